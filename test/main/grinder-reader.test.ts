import { expect, onTestFinished, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { type GraphUpdate, GrinderReader } from "../../main/grinder-reader.ts";
import { Spool } from "../../main/spool/spool.ts";
import { formatEntry } from "../../shared/entry.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { tempFolder } from "../support/temp-folder.ts";

interface ReadFault extends Disk {
  /** Reads that fail before the next one succeeds. */
  failures: number;
  reads: number;
}

/** The real disk, with a process that has no file descriptor left for some of its reads. */
function failingReads(): ReadFault {
  const disk: ReadFault = {
    ...nodeDisk,
    failures: 0,
    reads: 0,
    async readRange(file, offset, length) {
      disk.reads += 1;
      if (disk.failures === 0) return nodeDisk.readRange(file, offset, length);
      disk.failures -= 1;
      throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    },
  };
  return disk;
}

const count = 20;
/** A machine that is busy with other things may be slow; what is waited for comes or the test fails. */
const eventually = (condition: () => void | Promise<void>) => vi.waitFor(condition, 10_000);

/** A spool of many small segments that was opened anew, so that its frames have to be read from the disk. */
async function reopenedSpool(disk: Disk): Promise<Spool> {
  const options = { disk, clock: new ManualClock(), dataDir: tempFolder(), readers: [], segmentBytes: 1_000 };
  const spool = await Spool.open(options);
  for (let at = 0; at < count; at++) {
    const client_time = new Date(Date.UTC(2026, 7, 22) + at * 1_000).toISOString();
    const line = formatEntry({ logtail: { client_time }, v: 1, text: `Switching ipn state to ${at}` });
    await spool.append("test", [{ line, position: String(at) }]);
    await spool.committed();
  }
  await spool.close();
  return Spool.open(options);
}

test("a read that fails is said once and tried again until it succeeds; every entry is ground, and the recovery is said", async () => {
  const said: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation((sentence: string) => void said.push(sentence));
  onTestFinished(() => warn.mockRestore());
  const disk = failingReads();
  const spool = await reopenedSpool(disk);
  const clock = new ManualClock();
  const stop = new AbortController();
  const reader = new GrinderReader(clock);
  disk.failures = 2;
  disk.reads = 0;
  const running = reader.run(spool, stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
    await spool.close();
  });
  await eventually(() => expect({ reads: disk.reads, asleep: clock.sleepers }).toEqual({ reads: 1, asleep: 1 }));
  await clock.advance(1_000);
  await eventually(() => expect({ reads: disk.reads, asleep: clock.sleepers }).toEqual({ reads: 2, asleep: 1 }));
  await clock.advance(1_000);
  await eventually(async () => expect(await groundEntries(reader)).toBe(count));
  expect(said).toEqual([
    "The graph stands still: entry 1 of the spool cannot be read (EMFILE: too many open files). It is tried again every second.",
    "The graph goes on: the spool can be read again, and no entry was left out.",
  ]);
});

async function groundEntries(reader: GrinderReader): Promise<number> {
  const leave = new AbortController();
  const updates = reader.watch(leave.signal);
  const { value } = (await updates.next()) as { value: GraphUpdate };
  leave.abort();
  await updates.return(undefined);
  return value.kind === "snapshot" ? value.graph.lines.total : 0;
}
