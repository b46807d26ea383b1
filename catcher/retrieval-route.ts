// GET /c/<collection>: stored entries, and with stream=true those that come from now on (logtail/api.md).
import type { IncomingMessage } from "node:http";
import type { Http2Stream } from "node:http2";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Disk } from "../log/disk.ts";
import type { Instant } from "../log/stored-times.ts";
import {
  AdminError,
  adminOnly,
  answerWith,
  asCollection,
  type Fields,
  field,
  instancesIn,
  queryFields,
} from "./admin.ts";
import type { Collections } from "./collections.ts";
import { formatInstant, parseInstant } from "./instant.ts";
import { followed, type Query, type RetrievalOptions, retrievalCache, stored } from "./retrieve.ts";
import type { Store } from "./store.ts";

export interface RetrievalRouteOptions {
  readonly store: Store;
  readonly collections: Collections;
  readonly disk: Disk;
  readonly adminKey: string | undefined;
  /** Ms since 1970. */
  readonly now: () => number;
}

/** Retrievals that may be at work at a time: each costs some 3 KiB for each stream of its collection. */
const maxRetrievals = 16;
/** Nothing may come to a follower for hours; one that has gone without a word is noticed by who asks it this often. */
const keepAliveMs = 20_000;

interface Request {
  readonly Params: { readonly collection: string };
}

export function retrievalRoute(app: FastifyInstance, options: RetrievalRouteOptions): void {
  const retrieval = { ...options, cache: retrievalCache() };
  const closing = new AbortController();
  let running = 0;
  app.addHook("preClose", async () => closing.abort());
  app.get<Request>("/c/:collection", { onRequest: adminOnly(options.adminKey) }, (request, reply) =>
    answerWith(reply, async () => {
      const { query, isStream } = await readQuery(options, request);
      if (running >= maxRetrievals)
        throw new AdminError(429, `There are ${maxRetrievals} retrievals at work; come back when one has ended.`);
      running += 1;
      reply.raw.once("close", () => {
        running -= 1;
      });
      const gone = clientGone(reply);
      const chunks = isStream
        ? streamed(retrieval, { query, now: options.now(), signal: AbortSignal.any([gone, closing.signal]) })
        : whole(retrieval, query, gone);
      reply.type(isStream ? "application/x-ndjson" : "application/json");
      if (isStream) keepConnection(request.raw, reply, gone);
      return Readable.from(chunks);
    }),
  );
}

/** Holds a follower's connection for as long as it follows, and no longer: nothing comes behind it, and a stop need not wait for what might. */
function keepConnection(request: IncomingMessage, reply: FastifyReply, gone: AbortSignal): void {
  const session = "stream" in request ? (request.stream as Http2Stream).session : undefined;
  if (session === undefined) {
    reply.header("connection", "close");
    request.socket.setKeepAlive(true, keepAliveMs);
    return;
  }
  session.setTimeout(0);
  const asking = setInterval(() => session.destroyed || session.ping(() => undefined), keepAliveMs).unref();
  const end = () => {
    clearInterval(asking);
    session.close();
  };
  gone.addEventListener("abort", end, { once: true });
}

function clientGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => gone.abort());
  return gone.signal;
}

async function readQuery(
  { collections }: RetrievalRouteOptions,
  request: FastifyRequest<Request>,
): Promise<{ readonly query: Query; readonly isStream: boolean }> {
  const collection = asCollection(request.params.collection);
  const fields = queryFields(request.url);
  const isStream = flag(fields, "stream");
  const [start, end] = [instant(fields, "time-start"), instant(fields, "time-end")];
  const maxCount = count(fields, "max-count");
  if (isStream && (end !== undefined || maxCount !== undefined))
    throw new AdminError(400, "A stream has no end: stream=true goes with neither time-end nor max-count.");
  const instances = new Set(instancesIn(fields));
  if (!(await collections.has(collection))) throw new AdminError(404, "There is no collection of this name.");
  const query = { collection, instances, range: { start, end }, maxCount: maxCount ?? Number.POSITIVE_INFINITY };
  return { query, isStream };
}

function flag(fields: Fields, name: string): boolean {
  const text = field(fields, name) ?? "false";
  if (!["true", "1", "false", "0"].includes(text)) throw new AdminError(400, `${name} is true or false.`);
  return text === "true" || text === "1";
}

function instant(fields: Fields, name: string): Instant | undefined {
  const text = field(fields, name);
  const parsed = text === undefined ? undefined : parseInstant(text);
  if (text !== undefined && parsed === undefined)
    throw new AdminError(400, `${name} is a time such as 2026-08-22T15:19:51.123456789Z.`);
  return parsed;
}

function count(fields: Fields, name: string): number | undefined {
  const text = field(fields, name);
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new AdminError(400, `${name} is a number from 1 up.`);
  return Number(text);
}

/** One JSON object; what was read before a failure stands in an answer that is cut off. */
async function* whole(options: RetrievalOptions, query: Query, signal: AbortSignal): AsyncGenerator<string> {
  let before = `{"collection":${JSON.stringify(query.collection)},"logs":[\n`;
  for await (const entries of stored(options, query, signal)) {
    yield `${before}${entries.join(",\n")}`;
    before = ",\n";
  }
  yield before.startsWith("{") ? `${before}]}\n` : "\n]}\n";
}

async function* streamed(
  options: RetrievalOptions,
  { query, now, signal }: { readonly query: Query; readonly now: number; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const header = { logtail: { server_time: formatInstant({ ms: now, ns: 0 }) }, collection: query.collection };
  yield `${JSON.stringify(header)}\n`;
  for await (const entries of followed(options, query, signal)) yield `${entries.join("\n")}\n`;
}
