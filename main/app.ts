// The composition root: the only place where services are built. Both shells run this and serve its router.
import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { type Disk, nodeDisk } from "../log/disk.ts";
import { type Lock, takeLock } from "../log/lock.ts";
import type { Status } from "../shared/rpc/shapes.ts";
import { Doctor } from "./doctor/doctor.ts";
import { probe } from "./doctor/probe.ts";
import { GrinderReader } from "./grinder-reader.ts";
import { openIdentity } from "./identity.ts";
import { Pipeline } from "./pipeline.ts";
import { Changes } from "./platform/changes.ts";
import { systemClock } from "./platform/clock.ts";
import { closeAll } from "./platform/close-all.ts";
import { drop } from "./platform/drop.ts";
import { type AppRouter, router } from "./rpc/handlers.ts";
import { openSettings } from "./settings.ts";
import { openSink } from "./sinks/index.ts";
import { openSource } from "./sources/index.ts";
import { budgetBytes } from "./spool/budget.ts";
import { allPlaces, Cursor } from "./spool/cursor.ts";
import { Spool, type SpoolOptions } from "./spool/spool.ts";
import { cursorName, startUploader, type Uploader, uploadOff } from "./uploader/uploader.ts";

export interface CatcherChoice {
  readonly url: string;
  /** Its cursor's name, for a catcher that is known by something else than its address, which may change. */
  readonly cursor?: string;
}

export interface AppOptions {
  readonly version: string;
  readonly shell: Status["shell"];
  /** What a person writes into a shell to start this Gristmill. */
  readonly program: string;
  readonly dataDir: string;
  /** Source specifications as on the command line. */
  readonly sources: readonly string[];
  /** The catcher that the user said yes to; undefined = nothing leaves this machine. */
  readonly catcher: CatcherChoice | undefined;
  /** One sentence that the user should know about this run. */
  readonly notice: string | null;
  readonly demo: boolean;
  readonly disk?: Disk;
  /** Other sizes and times than a user's. */
  readonly spool?: Pick<SpoolOptions, "segmentBytes" | "budgetBytes" | "commitIntervalMs">;
}

export interface App {
  readonly router: AppRouter;
  status(): Status;
  /** Commits what was read, unless the disk refuses, and lets go of everything. */
  close(): Promise<void>;
}

/**
 * Starts the whole pipeline.
 * @throws LockedError when another Gristmill has the data dir, or the system's error when it cannot be made.
 */
export async function startApp(options: AppOptions): Promise<App> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const lock = takeLock(options.dataDir);
  try {
    return await startLocked(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(options: AppOptions, lock: Lock): Promise<App> {
  const { dataDir, version, shell, program, notice, demo, catcher, disk = nodeDisk } = options;
  const clock = systemClock;
  const stop = new AbortController();
  const { signal } = stop;
  const changes = new Changes();

  const settings = await openSettings(disk, dataDir);
  const sources = options.sources.map((spec) => openSource(spec, { clock }));
  const sink = catcher && openSink(catcher.url, await openIdentity(disk, dataDir));
  const cursors = path.join(dataDir, "cursors");
  const cursor = sink && (await Cursor.open(disk, cursors, catcher?.cursor ?? cursorName(sink)));
  const spool = await Spool.open({
    disk,
    clock,
    dataDir,
    owned: () => lock.isHeld(),
    budgetBytes: budgetBytes(settings.spoolBudgetMiB, await disk.capacity(dataDir).catch(() => undefined)),
    readers: await allPlaces(disk, cursors), // Of every catcher that there ever was: each proves what had been committed.
    ...(cursor === undefined ? {} : { acked: () => cursor.next }),
    ...options.spool,
  });
  spool.onChange(() => changes.announce());

  const uploader: Uploader =
    sink === undefined || cursor === undefined
      ? uploadOff
      : startUploader({
          spool,
          sink,
          cursor,
          clock,
          signal,
          random: () => randomInt(2 ** 32) / 2 ** 32,
          changed: () => changes.announce(),
        });
  const grinder = new GrinderReader(clock);
  const grinding = grinder.run(spool, signal);
  drop(grinding);
  drop(grinder.publish(signal));
  const doctor = new Doctor((looking) => probe({ clock, gristmill: program }, looking), signal);
  const pipelines = sources.map((source) => new Pipeline(source, { spool, clock, changes, signal }));

  const status = (): Status => ({
    version,
    shell,
    notice,
    demo,
    sources: pipelines.map((pipeline) => pipeline.status),
    spool: spool.status,
    upload: uploader.status(),
  });
  return {
    router: router({ spool, grinder, doctor, clock, changes, signal, status, sendNow: () => uploader.sendNow() }),
    status,
    async close() {
      stop.abort();
      await closeAll([
        () => spool.close(), // Begun first, so that what waits for a disk that refuses is let go, and the sources with it.
        () => Promise.all(pipelines.map((pipeline) => pipeline.done)),
        () => uploader.done,
        () => grinding,
        () => doctor.settled,
        () => lock.release(),
      ]);
    },
  };
}
