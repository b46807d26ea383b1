// The composition root: the only place where services are built. Both shells run this and serve its router.
import path from "node:path";
import { type Disk, nodeDisk } from "../log/disk.ts";
import { type Lock, takeLock } from "../log/lock.ts";
import { makeFolder } from "../log/make-folder.ts";
import type { Status } from "../shared/rpc/shapes.ts";
import { LocalDirectory } from "./directory/local-directory.ts";
import { whomToAsk } from "./directory/whom-to-ask.ts";
import { Doctor } from "./doctor/doctor.ts";
import { probe } from "./doctor/probe.ts";
import { GrinderReader } from "./grinder-reader.ts";
import { History, type HistoryOptions } from "./history/history.ts";
import { Pipeline } from "./pipeline.ts";
import { Changes } from "./platform/changes.ts";
import { systemClock } from "./platform/clock.ts";
import { closeAll } from "./platform/close-all.ts";
import { drop } from "./platform/drop.ts";
import { type AppRouter, router } from "./rpc/handlers.ts";
import { openSettings } from "./settings.ts";
import { intakePortOf, openSources } from "./sources/index.ts";
import type { NoteLeaving } from "./sources/intake/forwarder.ts";
import { budgetBytes, historyBudgetBytes } from "./spool/budget.ts";
import { allPlaces } from "./spool/cursor.ts";
import { Spool, type SpoolOptions } from "./spool/spool.ts";
import type { CatcherChoice } from "./uploader/choices.ts";
import { Uploads } from "./uploader/uploads.ts";

export interface AppOptions {
  readonly version: string;
  readonly shell: Status["shell"];
  /** What a person writes into a shell to start this Gristmill. */
  readonly program: string;
  readonly dataDir: string;
  /** Source specifications as on the command line. */
  readonly sources: readonly string[];
  /** Where the log is to go; undefined: where the settings say, once the user has said yes. */
  readonly catchers: readonly CatcherChoice[] | undefined;
  /** Socket of the tailscaled that is asked for names, "off" = nobody is; undefined: that of the log, or else this machine's. */
  readonly directory?: string | undefined;
  /** One sentence that the user should know about this run. */
  readonly notice: string | null;
  readonly demo: boolean;
  readonly disk?: Disk;
  /** Other sizes and times than a user's. */
  readonly spool?: Pick<SpoolOptions, "segmentBytes" | "budgetBytes" | "commitIntervalMs">;
  readonly history?: Pick<HistoryOptions, "flushMs">;
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
  makeFolder(options.dataDir, 0o700);
  const lock = takeLock(options.dataDir);
  try {
    return await startLocked(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function startLocked(options: AppOptions, lock: Lock): Promise<App> {
  const { dataDir, version, shell, program, notice, demo, disk = nodeDisk } = options;
  const clock = systemClock;
  const stop = new AbortController();
  const { signal } = stop;
  const changes = new Changes();

  const settings = await openSettings(disk, dataDir);
  const noteLeaving: NoteLeaving = (destination, what) => uploads.ledger.note(destination, what);
  const sources = openSources(options.sources, { clock, noteLeaving });
  const changed = () => changes.announce();
  const inSettings = settings.catchers.map((address) => ({ address, consent: "window" as const }));
  const catchers = options.catchers ?? inSettings;
  const uploads = await Uploads.open({ disk, clock, dataDir, catchers, settings, changed, signal });
  const diskBytes = await disk.capacity(dataDir).catch(() => undefined);
  const historyBudget = historyBudgetBytes(settings.historyBudgetMiB, diskBytes);
  const history = new History({ clock, dataDir, budgetBytes: historyBudget, changed, ...options.history });
  const spool = await Spool.open({
    disk,
    clock,
    dataDir,
    owned: () => lock.isHeld(),
    budgetBytes: budgetBytes(settings.spoolBudgetMiB, diskBytes),
    // Of every catcher that there ever was, and of the history: each proves what had been committed.
    readers: [...(await allPlaces(disk, path.join(dataDir, "cursors"))), history.place],
    acked: () => uploads.claim,
    ...options.spool,
  });
  spool.onChange(changed);
  await uploads.start(spool);

  const grinder = new GrinderReader(clock, { history, grinding: await history.begin(spool) });
  const grinding = grinder.run(spool, signal);
  const keeping = history.run(spool, signal);
  drop(grinding);
  drop(keeping);
  drop(grinder.publish(signal));
  const localApi = whomToAsk(options.directory, sources);
  const { liveCounters } = settings;
  const directory = new LocalDirectory({ localApi, clock, testimony: () => grinder.testimony(), liveCounters });
  const asking = directory.run(signal);
  drop(asking);
  const intakePort = intakePortOf(sources);
  const doctor = new Doctor((looking) => probe({ clock, gristmill: program, intakePort }, looking), signal);
  const pipelines = sources.map((source) => new Pipeline(source, { spool, clock, changes, signal }));

  const status = (): Status => ({
    version,
    shell,
    notice,
    demo,
    sources: pipelines.map((pipeline) => pipeline.status),
    spool: spool.status,
    history: history.status,
    uploads: uploads.status(),
  });
  return {
    router: router({ spool, grinder, history, directory, doctor, uploads, clock, changes, signal, status }),
    status,
    async close() {
      stop.abort();
      await closeAll([
        () => uploads.close(), // First, so that nothing reads the spool while it closes.
        () => spool.close(), // Before the sources, so that what waits for a disk that refuses is let go, and the sources with it.
        () => Promise.all(pipelines.map((pipeline) => pipeline.done)),
        () => grinding,
        () => keeping,
        () => history.close(),
        () => asking,
        () => doctor.settled,
        () => lock.release(),
      ]);
    },
  };
}
