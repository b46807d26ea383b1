// POST /c/<collection>/<private ID>: uploads as tailscaled sends them with TS_LOG_TARGET. 200 is the only success such a client knows, and
// it sends a batch again until it gets one: whatever came is stored, and only what cannot be stored is an error. What comes again is
// recognised by tailscaled's own numbers (framed.ts).
import type { FastifyInstance, FastifyRequest } from "fastify";
import { badEntry } from "../log/bad-entry.ts";
import { logtailLines, maxLogtailBytes, tooLargeUpload, unpackedBytes } from "../log/logtail-body.ts";
import { publicIdOf } from "../log/public-id.ts";
import { collectionName, sourceOf, streamOf } from "./collection.ts";
import { crowded, type Received } from "./door.ts";
import { countStored, type IntakeParts } from "./frames-route.ts";
import { answer, type Outcome, type Refusal, refuse } from "./refusal.ts";
import type { Lease } from "./room.ts";

const privateId = /^[0-9a-f]{64}$/i;
/** The body unpacked, as text, as lines, and as frames. */
const copiesInMemory = 4;
const route = "/c/:collection/:privateId";

interface LogtailRequest {
  readonly Params: { readonly collection: string; readonly privateId: string };
  readonly Querystring: { readonly copyId?: string | readonly string[] };
}

/** Where the entries of a request go. */
interface Destination {
  readonly collection: string;
  /** Public IDs: of whoever sends, and of a second log that is to hold the same entries. */
  readonly instances: readonly [string, ...string[]];
  readonly isCopyIdBad: boolean;
}

export function logtailRoute(app: FastifyInstance, parts: IntakeParts): void {
  const { door, metrics } = parts;
  app.route<LogtailRequest>({
    method: "POST",
    url: route,
    onRequest: async (request, reply) => {
      const destination = destinationOf(request);
      if ("status" in destination) return refuse(reply, metrics, destination);
      request.instance = destination.instances[0];
      const refusal = await door.admit(request.instance);
      return refusal === undefined ? undefined : refuse(reply, metrics, refusal);
    },
    handler: async (request, reply) => {
      const destination = destinationOf(request);
      if ("status" in destination) return refuse(reply, metrics, destination);
      const encoding = request.headers["content-encoding"];
      const take = (received: Received, lease: Lease) => takeEntries(parts, destination, { received, encoding, lease });
      return answer(reply, metrics, await door.receive(request, maxLogtailBytes, take));
    },
  });
}

/** The private IDs go no further than this. */
function destinationOf({ params, query }: FastifyRequest<LogtailRequest>): Destination | Refusal {
  const { collection } = params;
  if (!collectionName.test(collection)) return { status: 403, reason: "bad", sentence: "invalid collection name" };
  if (!privateId.test(params.privateId))
    return { status: 400, reason: "no-identity", sentence: "A log is named by its private ID, 64 hex digits." };
  const sender = publicIdOf(params.privateId);
  const { copyId } = query;
  const copy = typeof copyId === "string" && privateId.test(copyId) ? publicIdOf(copyId) : undefined;
  const instances: [string, ...string[]] = copy === undefined || copy === sender ? [sender] : [sender, copy];
  return { collection, instances, isCopyIdBad: copyId !== undefined && copy === undefined };
}

interface Upload {
  readonly received: Received;
  readonly encoding: string | undefined;
  readonly lease: Lease;
}

async function takeEntries(parts: IntakeParts, destination: Destination, upload: Upload): Promise<Outcome> {
  const lines = await linesOf(upload);
  if (lines === undefined) return { refusal: crowded };
  const [sender] = destination.instances;
  parts.door.spend(
    sender,
    lines.reduce((sum, line) => sum + line.length, 0),
  );
  const noCopy = destination.isCopyIdBad ? [badEntry("copyId is not a private ID: no copy is stored", null)] : [];
  return { refusal: await store(parts, destination, [...lines, ...noCopy]) };
}

/** Undefined where there was no memory for them. */
async function linesOf({ received, encoding, lease }: Upload): Promise<readonly string[] | undefined> {
  if (received.kind === "too-large") return [tooLargeUpload(`${received.length} bytes`)];
  const { body } = received;
  if (!(await lease.grow(copiesInMemory * unpackedBytes(body, encoding)))) return undefined;
  return logtailLines(body, encoding);
}

/** Why the entries could not be made durable in each of the logs; undefined once they are. */
async function store(
  { store, metrics }: IntakeParts,
  { collection, instances }: Destination,
  lines: readonly string[],
): Promise<Refusal | undefined> {
  const source = sourceOf(collection);
  const stream = streamOf(collection);
  for (const instance of lines.length === 0 ? [] : instances) {
    const time = new Date().toISOString();
    const taken = await store.take({ instance, stream }, { kind: "entries", stream, lines, source, time });
    if (taken.kind === "refused") return taken;
    if (taken.kind === "stored") countStored(metrics, route, { sent: lines.length, stored: taken.entries });
  }
  return undefined;
}
