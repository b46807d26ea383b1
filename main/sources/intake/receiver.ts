// The HTTP half of the intake: a server on loopback that hands over uploads and answers each once its fate is known.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../platform/clock.ts";
import { drop } from "../../platform/drop.ts";
import type { Forwarded } from "./forwarder.ts";
import { type Body, isFromThisMachine, logOf, readBody } from "./upload.ts";

/** Entries that somebody waits to have stored. */
export interface Upload {
  /** The public ID of the log that they belong to. */
  readonly log: string;
  readonly lines: readonly string[];
  /** To be called once all of them are durable. */
  readonly stored: () => void;
  /** Aborts when nobody waits for the answer any more: the entries will be sent again. */
  readonly withdrawn: AbortSignal;
}

export interface ReceiverOptions {
  /** 0 takes any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** @returns false when too many uploads wait already. */
  readonly deliver: (upload: Upload) => boolean;
  /** Called with each upload that has been answered 200. */
  readonly stored?: (upload: Forwarded) => void;
}

export interface Receiver {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** Lets go of the port; uploads that wait are answered that they must be sent again. */
  close(): Promise<void>;
}

/** A client gives up after 45 s (reference 3.1); it must hear from us before. */
const patienceMs = 30_000;
/** Whole seconds: clients understand nothing else. Without it they wait for 30 to 60. */
const retryAfterSeconds = "10";
/** Clients keep an idle connection for an hour. They must be the ones to close it, or an upload may run into the closing. */
const keepAliveMs = 65 * 60_000;
/** tailscaled keeps two. */
const maxConnections = 64;
/** What a close waits for answers that are under way. */
const closeMs = 1_000;

/** Every answer of an intake has it, so that a doctor who asks whose port this is can be told. */
const serverName = "Gristmill intake";

/** Whether an intake of Gristmill's gave this answer. */
export function isIntakeAnswer({ headers }: IncomingMessage): boolean {
  return headers.server === serverName;
}

/** @throws the system's error when the port cannot be had. */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
    response.setHeader("server", serverName);
    drop(answer(request, response, { ...options, signal }));
  });
  server.maxConnections = maxConnections;
  server.listen(options.port, "127.0.0.1");
  await once(server, "listening");
  server.on("error", (error) => console.warn(`The intake could not take a connection: ${error.message}.`));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      over.abort();
      await closeServer(server, options.clock);
    },
  };
}

async function closeServer(server: Server, clock: Clock): Promise<void> {
  const closed = new AbortController();
  server.close(() => closed.abort());
  await clock.sleep(closeMs, closed.signal);
  server.closeAllConnections();
}

async function answer(request: IncomingMessage, response: ServerResponse, options: ReceiverOptions): Promise<void> {
  if (!isFromThisMachine(request))
    return refuse(request, response, 403, "This address takes logs of this machine only.");
  const log = logOf(request);
  if (log === undefined)
    return refuse(request, response, 404, "Gristmill takes logtail uploads here: POST /c/<collection>/<private ID>.");
  let body: Body;
  try {
    body = await readBody(request);
  } catch {
    return; // The client went away, and there is nobody to answer.
  }
  const { lines, bytes } = body;
  if (lines.length === 0 || (await isStored({ log, lines }, options))) {
    response.writeHead(200, { "content-length": 0, ...connection(options.signal) }).end();
    if (bytes !== undefined) options.stored?.(forwarded(request, { bytes, entries: lines.length }));
    return;
  }
  const later = { "retry-after": retryAfterSeconds, ...connection(options.signal) };
  response.writeHead(503, later).end("Gristmill cannot store at the moment; send this again.\n");
}

function forwarded(
  { url = "", headers }: IncomingMessage,
  { bytes, entries }: { readonly bytes: Buffer; readonly entries: number },
): Forwarded {
  const names = ["content-encoding", "orig-content-length"] as const;
  const kept = names.flatMap((name) => (typeof headers[name] === "string" ? [[name, headers[name]] as const] : []));
  return { path: url, headers: Object.fromEntries(kept), body: bytes, entries };
}

/** Resolves to whether the lines are durable; to false after some patience. */
async function isStored({ log, lines }: Pick<Upload, "log" | "lines">, options: ReceiverOptions): Promise<boolean> {
  const over = new AbortController();
  let isDurable = false;
  const stored = () => {
    isDurable = true;
    over.abort();
  };
  if (options.deliver({ log, lines, stored, withdrawn: over.signal }))
    await options.clock.sleep(patienceMs, AbortSignal.any([options.signal, over.signal]));
  over.abort();
  return isDurable;
}

/** The request's body is not read, so the connection ends with the answer. */
function refuse(request: IncomingMessage, response: ServerResponse, status: 403 | 404, sentence: string): void {
  response.writeHead(status, { connection: "close" }).end(`${sentence}\n`);
  request.resume();
}

/** A server that closes waits for its connections. */
function connection(signal: AbortSignal): { readonly connection?: "close" } {
  return signal.aborted ? { connection: "close" } : {};
}
