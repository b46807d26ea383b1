// A history over a real spool of a simulated daemon's log; the clock is the test's own.
import path from "node:path";
import { onTestFinished } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import type { Frame } from "../../../log/frame-codec.ts";
import { Grinding } from "../../../main/grinding.ts";
import { History } from "../../../main/history/history.ts";
import { type Level, levels } from "../../../main/history/levels.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { bucketMs } from "../../../shared/rpc/history.ts";
import { asLogtail } from "../../support/log-formats.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { releases, simulateLog } from "../../support/simulated-log.ts";
import { tempFolder } from "../../support/temp-folder.ts";

export const started = Date.UTC(2026, 7, 22, 15, 20);

export interface RigOptions {
  readonly dataDir?: string;
  readonly clock?: ManualClock;
  /** Where the history is, if not in the data dir. */
  readonly historyDir?: string;
  readonly budgetBytes?: number;
  readonly spoolBytes?: number;
}

/** Lines of some hours of a daemon's life. */
export function daemonLines(seed: number, ticks: number): string[] {
  return simulateLog(releases["1.102"], { seed, ticks }).calls.map(asLogtail);
}

export class Rig {
  readonly clock: ManualClock;
  readonly dataDir: string;
  readonly spool: Spool;
  readonly history: History;
  readonly live: Grinding;
  #isClosed = false;

  private constructor(parts: Pick<Rig, "clock" | "dataDir" | "spool" | "history" | "live">) {
    this.clock = parts.clock;
    this.dataDir = parts.dataDir;
    this.spool = parts.spool;
    this.history = parts.history;
    this.live = parts.live;
  }

  /** Starts as the app does. */
  static async start(options: RigOptions = {}): Promise<Rig> {
    const { dataDir = tempFolder(), clock = new ManualClock(started), budgetBytes = 64e6, spoolBytes } = options;
    const { historyDir = dataDir } = options;
    const history = new History({ clock, dataDir: historyDir, budgetBytes, changed: () => undefined });
    const spool = await Spool.open({
      ...{ disk: nodeDisk, clock, dataDir, readers: [history.place], segmentBytes: 8_000 },
      ...(spoolBytes === undefined ? {} : { budgetBytes: spoolBytes }),
    });
    const rig = new Rig({ clock, dataDir, spool, history, live: await history.begin(spool) });
    onTestFinished(() => rig.close());
    return rig;
  }

  get file(): string {
    return path.join(this.dataDir, "history.db");
  }

  /** Commits lines in frames of `perFrame`, each `stepMs` after the one before. */
  async log(lines: readonly string[], { perFrame = 20, stepMs = 1_000 } = {}): Promise<void> {
    for (let at = 0; at < lines.length; at += perFrame) {
      await this.clock.advance(stepMs);
      const entries = lines.slice(at, at + perFrame).map((line) => ({ line, position: String(at) }));
      await this.spool.append("test", entries);
      await this.spool.committed();
    }
  }

  /** Grinds what the live grinding has not ground. */
  async grind(each: (frame: Frame) => void = () => undefined): Promise<void> {
    const start = Math.max(this.spool.begin, this.live.next);
    for (let frame = await this.spool.frameAt(start); frame !== undefined; ) {
      this.history.grind(this.live, frame);
      each(frame);
      frame = await this.spool.frameAt(frame.header.first + frame.header.count);
    }
  }

  /** Everything that the history says, of all time. */
  told() {
    return toldBy(this.history, this.live);
  }

  /** Ends without a word, as a process does that is killed: nothing that is not written gets to the disk. */
  async kill(): Promise<void> {
    this.#isClosed = true;
    await this.spool.close();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.spool.close();
    this.history.close();
  }
}

/** Of the peers that `live` knows. */
export function toldBy(history: History, live: Grinding) {
  const peers = live.graph
    .view()
    .tunnels.map(({ peer }) => peer)
    .sort();
  const window = (resolution: Level["name"]) => {
    const mid = Math.floor(started / bucketMs[resolution]) * bucketMs[resolution];
    return { from: mid - 10_000 * bucketMs[resolution], to: mid + 10_000 * bucketMs[resolution] };
  };
  const series = levels.map(({ name }) =>
    peers.map((peer) => [peer, history.ask((reads) => reads.series(peer, name, window(name)))] as const),
  );
  const paths = peers.map((peer) => [peer, history.ask((reads) => reads.paths(peer, window("1h")))] as const);
  const { events } = history.ask((reads) => reads.events({ limit: 100_000 }));
  return { series, paths, events };
}

/** A history that was never interrupted, of what `spool` holds. */
export async function twinOf(spool: Spool): Promise<ReturnType<typeof toldBy>> {
  const history = new History({
    ...{ clock: new ManualClock(started), dataDir: tempFolder(), budgetBytes: 64e6, changed: () => undefined },
  });
  const live = new Grinding();
  for (let frame = await spool.frameAt(1); frame !== undefined; ) {
    history.grind(live, frame);
    frame = await spool.frameAt(frame.header.first + frame.header.count);
  }
  const told = toldBy(history, live);
  history.close();
  return told;
}
