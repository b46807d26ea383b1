// A process of its own, for backfill-bench.ts: reads the journal in a folder into a new spool, from its first entry to the last, and prints
// what that took.
import { nodeDisk } from "../../log/disk.ts";
import { Pipeline } from "../../main/pipeline.ts";
import { Changes } from "../../main/platform/changes.ts";
import { systemClock as clock } from "../../main/platform/clock.ts";
import { preferSmallMemory } from "../../main/platform/small-memory.ts";
import { openSource } from "../../main/sources/index.ts";
import { Spool } from "../../main/spool/spool.ts";
import { cpuMs, residentBytes, writtenBytes } from "./processes.ts";

export interface BackfillCost {
  readonly ms: number;
  /** Of this process, starting it included; journalctl's is not in it. */
  readonly cpuMs: number | undefined;
  /** Of the pages that it made the system write. */
  readonly writtenBytes: number | undefined;
  readonly peakBytes: number | undefined;
}

const [folder = "", entries = "", dataDir = ""] = process.argv.slice(2);
preferSmallMemory(); // As `gristmill run` does.
const stop = new AbortController();
const started = performance.now();
const spool = await Spool.open({ disk: nodeDisk, clock, dataDir, readers: [] });
const source = openSource(`journald:${folder}`, { clock, noteLeaving: () => Promise.resolve() });
const pipeline = new Pipeline(source, { spool, clock, changes: new Changes(), signal: stop.signal });
await spool.waitFor(Number(entries), stop.signal);
const ms = performance.now() - started;
stop.abort();
await pipeline.done;
await spool.close();
const cost: BackfillCost = {
  ms,
  cpuMs: cpuMs(process.pid),
  writtenBytes: writtenBytes(process.pid),
  peakBytes: residentBytes(process.pid, "peak"),
};
process.stdout.write(JSON.stringify(cost));
