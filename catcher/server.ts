// The catcher: an HTTP server in front of a store. It has one job, never to lose a log that it said it has.
//
//   client ──▶ web-server ─▶ door (space, rates, size, time, memory) ─▶ frames-route ──▶ body (split, check) ────▶ store ─▶ stream-log
//             (connections)                                           └▶ logtail-route ─▶ log/logtail-body (lines) ─▶   (judge or frame,
//                                                                                                                   append, fdatasync) ─▶ 200
import { accessSync, constants } from "node:fs";
import { type Disk, nodeDisk } from "../log/disk.ts";
import { makeFolder } from "../log/make-folder.ts";
import { listenTrouble, parseListen } from "./address.ts";
import { Collections } from "./collections.ts";
import { collectionsRoutes } from "./collections-route.ts";
import { Connections } from "./connections.ts";
import { Door } from "./door.ts";
import { nodeFiles } from "./files.ts";
import { framesRoutes } from "./frames-route.ts";
import { instancesRoutes } from "./instances-route.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { logtailRoute } from "./logtail-route.ts";
import { catcherMetrics } from "./metrics.ts";
import type { Reserve } from "./no-space.ts";
import { type OperatorLog, textLog } from "./operator-log.ts";
import { operatorRoutes } from "./operator-routes.ts";
import { ownFolder } from "./own-folder.ts";
import { Retention } from "./retention.ts";
import { retrievalRoute } from "./retrieval-route.ts";
import { Room } from "./room.ts";
import { Space } from "./space.ts";
import { StorageTrouble } from "./storage-trouble.ts";
import { Store } from "./store.ts";
import { instancesFolder } from "./streams.ts";
import { readTls, type TlsFiles } from "./tls.ts";
import { startUpkeep } from "./upkeep.ts";
import { watchedDisk } from "./watched-disk.ts";
import { webServer } from "./web-server.ts";

export interface CatcherOptions {
  /** Where everything is kept; made where it is not there. One catcher at a time. */
  readonly dir: string;
  /** HOST:PORT; port 0 takes any free one. */
  readonly listen: string;
  /** Without one, nobody may ask what is stored. */
  readonly adminKey?: string | undefined;
  /** Without them it speaks plain HTTP. */
  readonly tls?: TlsFiles | undefined;
  /** Bytes that everything in `dir` may take; undefined = as much as the disk has. */
  readonly quotaBytes?: number | undefined;
  /** What stays free on the disk; undefined = 256 MiB or 5 %, whichever is less. */
  readonly reserve?: Reserve | undefined;
  readonly limits?: Partial<Limits>;
  readonly log?: OperatorLog;
  readonly disk?: Disk;
  /** Undefined = as in every log. */
  readonly segmentBytes?: number;
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

/** What a stop waits for at most: requests that came whole are answered within this, slow ones are sent again later. */
const stopMs = 5_000;

/** @throws with a sentence when `dir`, the address or the certificate cannot be had; LockedError when another catcher has `dir`. */
export async function startCatcher(options: CatcherOptions): Promise<Catcher> {
  const { dir, listen, log = textLog } = options;
  const address = parseListen(listen);
  const tls = options.tls === undefined ? undefined : readTls(options.tls);
  makeStoreFolder(dir);
  const lock = await ownFolder(dir);
  const parts = assemble(options, log);
  const { app, close: closeServer } = webServer({ ...parts, tls });
  const { store, space, metrics, upkeep } = parts;
  framesRoutes(app, parts);
  logtailRoute(app, parts);
  retrievalRoute(app, parts.operator);
  collectionsRoutes(app, parts.operator);
  instancesRoutes(app, parts.operator);
  operatorRoutes(app, { store, space, metrics });
  const close = async () => {
    await closeServer(stopMs);
    await upkeep.close();
    await store.close();
    await space.close();
    lock.release();
    log.info("The catcher has stopped.");
  };
  try {
    const url = (await app.listen(address)).replace(/^http:/, tls === undefined ? "http:" : "https:");
    log.info("The catcher listens.", { url, dir });
    return { url, close };
  } catch (error) {
    await close();
    throw new Error(listenTrouble(error as NodeJS.ErrnoException, listen), { cause: error });
  }
}

function assemble(options: CatcherOptions, log: OperatorLog) {
  const { dir, quotaBytes, reserve } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const space = new Space({ dir, quotaBytes, reserve });
  const room = new Room(limits.memoryBytes, limits.memoryWaitMs);
  const trouble = new StorageTrouble(log);
  const connections = new Connections(limits, () => metrics.refused.inc({ reason: "connections" }));
  const metrics = catcherMetrics({
    connections: () => connections.open,
    requestMemoryBytes: () => room.taken,
    freeBytes: () => space.freeBytes,
    storedBytes: () => space.storedBytes,
    quotaBytes,
    isHealthy: () => trouble.sentence === undefined,
  });
  const disk = watchedDisk(options.disk ?? nodeDisk, space, {
    wrote: (bytes) => metrics.writtenBytes.inc(bytes),
    synced: (seconds) => metrics.syncSeconds.observe(seconds),
  });
  const door = new Door({ dir, limits, room, space, trouble, metrics });
  return { limits, space, trouble, connections, metrics, door, log, ...keeping(options, disk, trouble) };
}

/** The store, who may ask what is in it, and what goes from it. */
function keeping(options: CatcherOptions, disk: Disk, trouble: StorageTrouble) {
  const { dir, adminKey, now = Date.now, keepMs, keepBytes, sweepMs, segmentBytes } = options;
  // Without a key nobody can adopt, and everything is kept.
  const wantsAdoption = adminKey !== undefined;
  const store = new Store({ disk, dir, now, wantsAdoption, trouble, segmentBytes });
  const collections = new Collections({ disk, dir, instances: store.instances });
  const retention = new Retention({ store, disk, files: nodeFiles, now, wantsAdoption, keepMs, keepBytes });
  const upkeep = startUpkeep({ store, retention, disk, dir, sweepMs });
  return { store, upkeep, operator: { store, disk, adminKey, collections, now } };
}

function makeStoreFolder(dir: string): void {
  try {
    makeFolder(instancesFolder(dir), 0o700);
    accessSync(dir, constants.W_OK);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "EACCES" || code === "EPERM" || code === "EROFS" ? "may not be written to" : `fails (${code})`;
    throw new Error(`The folder ${dir} ${why}; choose another with --dir, or give this user write permission.`, {
      cause,
    });
  }
}
