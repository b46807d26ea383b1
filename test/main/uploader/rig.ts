// A real spool and a real uploader whose clock the test moves, sending over real sockets.
import path from "node:path";
import { onTestFinished, vi } from "vitest";
import { type Disk, nodeDisk } from "../../../log/disk.ts";
import { identityFrom } from "../../../main/identity.ts";
import { systemClock } from "../../../main/platform/clock.ts";
import { parseAddress } from "../../../main/sinks/address.ts";
import { openSink } from "../../../main/sinks/index.ts";
import { Cursor } from "../../../main/spool/cursor.ts";
import { Spool, type SpoolOptions } from "../../../main/spool/spool.ts";
import { Allowance, type AllowanceOptions } from "../../../main/uploader/allowance.ts";
import { Ledger } from "../../../main/uploader/ledger.ts";
import { Rejections } from "../../../main/uploader/rejections.ts";
import { cursorName, startUploader, type Uploader } from "../../../main/uploader/uploader.ts";
import { patience } from "../../support/catcher-patience.ts";
import { numberedEntry } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

export const testIdentity = identityFrom(Buffer.alloc(32, 7));

export interface RigOptions extends Pick<AllowanceOptions, "bytesPerSecond" | "bytesPerDay"> {
  readonly coalesceMs?: number;
  readonly dataDir?: string;
  readonly disk?: Disk;
  readonly cursorDisk?: Disk;
  readonly spool?: Pick<SpoolOptions, "segmentBytes" | "budgetBytes">;
  readonly random?: () => number;
  /** The uploader's; the spool's is the system's. */
  readonly clock?: ManualClock;
}

export interface Rig {
  readonly dataDir: string;
  readonly spool: Spool;
  readonly cursor: Cursor;
  readonly rejections: Rejections;
  readonly ledger: Ledger;
  readonly uploader: Uploader;
  readonly clock: ManualClock;
  /** Commits one frame for each argument, with that many numbered entries. */
  write(...counts: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export async function rig(url: string, options: RigOptions = {}): Promise<Rig> {
  const { disk = nodeDisk, dataDir = tempFolder(), random = () => 0.5, clock = new ManualClock() } = options;
  const { bytesPerSecond, bytesPerDay, coalesceMs = 0 } = options;
  const address = parseAddress(url);
  const { destination } = address;
  const sink = openSink({ address, trust: { ca: undefined, pins: [] }, identity: testIdentity, clock });
  const cursor = await Cursor.open(options.cursorDisk ?? disk, path.join(dataDir, "cursors"), cursorName(sink));
  const acked = () => cursor.next;
  const readers = [cursor.place];
  const spool = await Spool.open({ disk, clock: systemClock, dataDir, readers, acked, ...options.spool });
  const stop = new AbortController();
  const rejections = await Rejections.open({ disk, clock, dataDir, destination });
  const ledger = await Ledger.open({ disk, clock, dataDir });
  const allowance = new Allowance({
    clock,
    leftOn: (day) => ledger.bytesOn(day),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(bytesPerDay === undefined ? {} : { bytesPerDay }),
  });
  const uploader = startUploader({
    ...{ spool, sink, cursor, rejections, allowance, clock, random },
    signal: stop.signal,
    note: (what) => ledger.note(destination, what),
    coalesceMs: () => coalesceMs,
    uptimeMs: () => clock.now(),
    changed: () => undefined,
  });
  const close = async () => {
    stop.abort();
    await uploader.done;
    await ledger.close();
    await spool.close();
  };
  onTestFinished(close);
  const write = async (...counts: readonly number[]) => {
    for (const count of counts) {
      const next = spool.end;
      const entries = Array.from({ length: count }, (_, at) => ({
        line: numberedEntry(next + at),
        position: String(next + at),
      }));
      await spool.append("test", entries);
      await spool.committed();
    }
  };
  return { dataDir, spool, cursor, rejections, ledger, uploader, clock, write, close };
}

/** Everything that is committed has been acked, and the cursor says so durably. */
export async function delivered({ uploader, cursor, spool }: Rig): Promise<void> {
  await vi.waitFor(() => {
    const { state, pendingEntries } = uploader.progress;
    if (state !== "idle" || pendingEntries > 0 || cursor.next !== spool.end) throw new Error(`still ${state}`);
  }, patience);
}

/** It waits after a failure; returns what is wrong, and for how many ms it waits. */
export async function waiting({ uploader, clock }: Rig): Promise<{ readonly sentence: string; readonly ms: number }> {
  return vi.waitFor(() => {
    const { state, sentence, retryAt } = uploader.progress;
    if (state !== "waiting" || sentence === null || retryAt === null) throw new Error(`still ${state}`);
    return { sentence, ms: retryAt - clock.now() };
  }, patience);
}
