// POST /c/<collection>/<private ID>: uploads as tailscaled sends them with TS_LOG_TARGET. 200 is the only success such a client knows, and
// it sends a batch again until it gets one: whatever came is stored, and only what cannot be stored is an error.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { badEntry, entriesOf, maxLogtailBytes, unpackBody } from "../log/logtail-body.ts";
import { publicIdOf } from "../log/public-id.ts";
import { collectionName, sourceOf, streamOf } from "./collection.ts";
import type { Store } from "./store.ts";

const privateId = /^[0-9a-f]{64}$/;
/** Of a body that nobody can unpack, so many bytes are kept. */
const maxBadBytes = 64 * 1024;

interface LogtailRequest {
  readonly Params: { readonly collection: string; readonly privateId: string };
  readonly Querystring: { readonly copyId?: string | readonly string[] };
}

export function logtailRoute(app: FastifyInstance, store: Store): void {
  app.route<LogtailRequest>({
    method: "POST",
    url: "/c/:collection/:privateId",
    bodyLimit: maxLogtailBytes,
    handler: (request, reply) => takeEntries(store, request, reply),
  });
}

async function takeEntries(
  store: Store,
  request: FastifyRequest<LogtailRequest>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { params, query, headers } = request;
  const { collection } = params;
  if (!collectionName.test(collection)) return reply.code(403).send({ error: "invalid collection name" });
  // A client may name a second log that is to hold the same entries.
  const ids = [params.privateId, query.copyId].filter((id) => id !== undefined);
  if (!ids.every((id) => typeof id === "string" && privateId.test(id)))
    return reply.code(400).send({ error: "A log is named by its private ID, 64 hex digits." });
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const unpacked = await unpackBody(body, headers["content-encoding"]);
  if (unpacked === "too-large")
    return reply.code(413).send({ error: `An upload may unpack to ${maxLogtailBytes} bytes.` });
  const damaged = () => badEntry("not valid zstd", body.subarray(0, maxBadBytes).toString("base64"));
  const lines = unpacked === "damaged" ? [damaged()] : entriesOf(unpacked);
  for (const id of lines.length === 0 ? [] : ids) {
    const name = { instance: publicIdOf(String(id)), stream: streamOf(collection) };
    const time = new Date().toISOString();
    const taken = await store.take(name, {
      kind: "entries",
      stream: name.stream,
      lines,
      source: sourceOf(collection),
      time,
    });
    if (taken.kind === "refused")
      return reply.code(taken.status).header("retry-after", taken.retryAfterSeconds).send({ error: taken.sentence });
  }
  return reply.code(200).send();
}
