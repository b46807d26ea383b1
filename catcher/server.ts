// The catcher: an HTTP server in front of a store. It has one job, never to lose a log that it said it has.
//
//   client ──POST /v1/frames──▶ frames-route ─▶ body (split, check) ─▶ store ─▶ stream-log (judge, append, fdatasync) ─▶ 200 receipt
import { accessSync, constants, mkdirSync } from "node:fs";
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from "fastify";
import { type Disk, nodeDisk } from "../log/disk.ts";
import { Collections } from "./collections.ts";
import { collectionsRoutes } from "./collections-route.ts";
import { nodeFiles } from "./files.ts";
import { framesRoutes } from "./frames-route.ts";
import { instancesRoutes } from "./instances-route.ts";
import { logtailRoute } from "./logtail-route.ts";
import { ownFolder } from "./own-folder.ts";
import { Retention } from "./retention.ts";
import { type RetrievalRouteOptions, retrievalRoute } from "./retrieval-route.ts";
import { Store } from "./store.ts";
import { instancesFolder } from "./streams.ts";
import { startUpkeep } from "./upkeep.ts";

export interface CatcherOptions {
  /** Where everything is kept; made where it is not there. One catcher at a time. */
  readonly dir: string;
  /** HOST:PORT; port 0 takes any free one. */
  readonly listen: string;
  /** Without one, nobody may ask what is stored. */
  readonly adminKey?: string | undefined;
  readonly disk?: Disk;
  /** Ms since 1970. */
  readonly now?: () => number;
  /** How long the logs of adopted instances are kept, in ms; for ever without. */
  readonly keepMs?: number | undefined;
  /** How many bytes of logs are kept; as many as the disk has without. */
  readonly keepBytes?: number | undefined;
  /** How often what is too old is deleted, in ms. */
  readonly sweepMs?: number;
}

export interface Catcher {
  /** http://HOST:PORT, where it listens. */
  readonly url: string;
  /** Answers what was accepted, and lets go of everything. */
  close(): Promise<void>;
}

/** A request that has not come whole after this is given up; 1 MiB then came at less than 4 kB/s. */
const requestTimeoutMs = 300_000;
/** Longer than any client pauses between two sends, so that a busy client keeps its connection. */
const keepAliveMs = 75_000;
/** What a stop waits for at most: requests that came whole are answered within this, slow ones are sent again later. */
const stopMs = 5_000;

const routes = [
  "POST /v1/frames",
  "POST /c/<collection>/<private ID>",
  "GET /c/<collection>",
  "GET, POST /collections",
  "POST /instances",
  "GET /v1/instances",
  "GET /healthz",
];

/** @throws with a sentence when `dir` or the address cannot be had; LockedError when another catcher has `dir`. */
export async function startCatcher(options: CatcherOptions): Promise<Catcher> {
  const { dir, listen, adminKey, disk = nodeDisk, now = Date.now, keepMs, keepBytes, sweepMs } = options;
  const address = parseListen(listen);
  makeFolder(dir);
  const lock = await ownFolder(dir);
  // Without a key nobody can adopt, and everything is kept.
  const wantsAdoption = adminKey !== undefined;
  const store = new Store({ disk, dir, now, wantsAdoption });
  const collections = new Collections({ disk, dir, instances: store.instances });
  const app = server(store, { disk, adminKey, collections, now });
  const retention = new Retention({ store, disk, files: nodeFiles, now, wantsAdoption, keepMs, keepBytes });
  const upkeep = startUpkeep({ store, retention, disk, dir, sweepMs });
  let isClosing = false;
  app.addHook("onSend", async (_request, reply) => {
    if (isClosing) reply.header("connection", "close"); // Else the stop would wait until the client lets go of it.
  });
  const close = async () => {
    isClosing = true;
    const impatience = setTimeout(() => app.server.closeAllConnections(), stopMs);
    await app.close();
    clearTimeout(impatience);
    await upkeep.close();
    await store.close();
    lock.release();
  };
  try {
    return { url: await app.listen(address), close };
  } catch (error) {
    await close();
    throw new Error(listenTrouble(error as NodeJS.ErrnoException, listen), { cause: error });
  }
}

function server(store: Store, options: Omit<RetrievalRouteOptions, "store">): FastifyInstance {
  const app = fastify({ requestTimeout: requestTimeoutMs, keepAliveTimeout: keepAliveMs, frameworkErrors: refuse });
  // Bodies are bytes, whatever they are called, if they are called anything: they are checked by what they hold.
  app.addHook("onRequest", async ({ raw }) => {
    raw.headers["content-type"] = "application/octet-stream";
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  framesRoutes(app, store);
  logtailRoute(app, store);
  retrievalRoute(app, { store, ...options });
  collectionsRoutes(app, options);
  instancesRoutes(app, { store, ...options });
  app.get("/healthz", (_request, reply) => {
    if (store.healthy) return reply.send({ ok: true });
    return reply
      .code(503)
      .send({ ok: false, error: "The last attempt to store failed; the catcher's messages say why." });
  });
  // The address is not repeated in any answer: it may hold a secret.
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "There is no such route here.", routes }));
  app.setErrorHandler(refuse);
  return app;
}

/** Whatever failed outside a route's own answers: a request that cannot be read, or a bug. */
function refuse(error: FastifyError, _request: unknown, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  if (status >= 500) console.error("a request failed, which is a bug in Gristmill:", error);
  reply.code(status).send({ error: refusals[status] ?? "This request could not be read." });
}

const refusals: Readonly<Record<number, string>> = {
  408: "The request did not come whole in time.",
  413: "The body is larger than this route takes; send fewer frames at a time.",
  500: "The catcher failed to handle this request. Keep what was not acknowledged and send it again.",
};

function parseListen(listen: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new Error(`A catcher listens on HOST:PORT, such as 127.0.0.1:8474, not "${listen}".`);
  return { host: match[1] ?? match[2] ?? "", port };
}

function makeFolder(dir: string): void {
  try {
    mkdirSync(instancesFolder(dir), { recursive: true, mode: 0o700 });
    accessSync(dir, constants.W_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "EACCES" || code === "EPERM" || code === "EROFS" ? "may not be written to" : `fails (${code})`;
    throw new Error(`The folder ${dir} ${why}; choose another with --dir, or give this user write permission.`, {
      cause,
    });
  }
}

function listenTrouble({ code, message }: NodeJS.ErrnoException, listen: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `${listen} is in use by another program; choose another address with --listen HOST:PORT.`;
    case "EACCES":
      return `This user may not listen on ${listen}; choose a port above 1023 with --listen HOST:PORT.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${listen} is no address of this machine; choose one with --listen HOST:PORT.`;
    default:
      return `Cannot listen on ${listen} (${message}); choose another address with --listen HOST:PORT.`;
  }
}
