// A catcher that was away comes back, and with it a thousand machines: their real uploaders, each with a spool in memory and an identity of its own,
// over real sockets to a real catcher process.
import { createHash } from "node:crypto";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { identityFrom } from "../../../main/identity.ts";
import { systemClock } from "../../../main/platform/clock.ts";
import { parseAddress } from "../../../main/sinks/address.ts";
import { openSink } from "../../../main/sinks/index.ts";
import { seededRandom } from "../../../main/sources/demo/random.ts";
import { Cursor } from "../../../main/spool/cursor.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { Allowance } from "../../../main/uploader/allowance.ts";
import { Rejections } from "../../../main/uploader/rejections.ts";
import { type Progress, startUploader, type Uploader } from "../../../main/uploader/uploader.ts";
import { storedNumbers } from "../../support/catcher.ts";
import { runCatcher } from "../../support/catcher-process.ts";
import { FakeDisk } from "../../support/fake-disk.ts";
import { numberedEntry } from "../../support/frames.ts";
import { freePort } from "../../support/free-port.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const machineCount = 1_000;
/** Of each machine's log, a frame each. */
const frameSizes = [3, 5, 2];
const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const entries = upTo(10);
/** A thousand times whatever takes its time. */
const patience = { timeout: 120_000, interval: 50 };

interface Machine {
  readonly publicId: string;
  readonly uploader: Uploader;
}

interface Beginning {
  readonly url: string;
  /** The uploader's. */
  readonly clock: ManualClock;
}

async function startMachine(number: number, { url, clock }: Beginning): Promise<Machine> {
  const [disk, dataDir] = [new FakeDisk(), "/data"];
  const identity = identityFrom(createHash("sha256").update(`machine ${number}`).digest());
  const address = parseAddress(url);
  const { destination } = address;
  const cursor = await Cursor.open(disk, path.join(dataDir, "cursors"), "catcher");
  const spool = await Spool.open({ disk, clock: systemClock, dataDir, readers: [], commitIntervalMs: 0 });
  for (const size of frameSizes) {
    const next = spool.end;
    const lines = Array.from({ length: size }, (_, at) => ({ line: numberedEntry(next + at), position: "" }));
    await spool.append("test", lines);
    await spool.committed();
  }
  const stop = new AbortController();
  const uploader = startUploader({
    ...{ spool, cursor, clock, signal: stop.signal },
    sink: openSink({ address, trust: { ca: undefined, pins: [] }, identity, clock }),
    rejections: await Rejections.open({ disk, clock, dataDir, destination }),
    allowance: new Allowance({ clock, leftOn: () => 0 }),
    note: async () => undefined,
    coalesceMs: () => 0,
    uptimeMs: () => clock.monotonic(),
    random: seededRandom(number, 0).unit,
    changed: () => undefined,
  });
  onTestFinished(async () => {
    stop.abort();
    await uploader.done;
    await spool.close();
  });
  return { publicId: identity.publicId, uploader };
}

/** How many of the waits lie in each tenth of a second. */
function tenths(waitsMs: readonly number[]): readonly number[] {
  return upTo(10).map((tenth) => waitsMs.filter((ms) => Math.floor(ms / 100) === tenth - 1).length);
}

/** Of the answers to uploads, how many had each status; and of all requests that were refused, why. */
async function answersOf(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counted =
    /^gristmill_catcher_(?:request_duration_seconds_count\{route="\/v1\/frames",status|refused_total\{reason)="([^"]+)"\} (\d+)$/gm;
  return Object.fromEntries([...text.matchAll(counted)].map(([, what, count]) => [what, Number(count)]));
}

test("a thousand machines that come back at once are spread over a second, all answered 200, and lose nothing", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const [dir, listen] = [tempFolder(), `127.0.0.1:${await freePort()}`];
  const url = `http://${listen}`;
  const clock = new ManualClock();
  const machines = await Promise.all(upTo(machineCount).map((number) => startMachine(number, { url, clock })));
  const all = (is: Partial<Progress>) =>
    vi.waitFor(() => {
      for (const { uploader } of machines) expect(uploader.progress).toMatchObject(is);
    }, patience);
  await all({ state: "waiting", trouble: "refused" });

  await runCatcher(["--dir", dir, "--listen", listen]).listening;
  for (const { uploader } of machines) uploader.networkUp();
  const waits = machines.map(({ uploader }) => (uploader.progress.retryAt ?? 0) - clock.now());
  for (const count of tenths(waits)) expect(count).toBeGreaterThan(machineCount / 20);
  // A second in next to no time: far more at once than a catcher would see.
  await clock.advance(1_000);
  await all({ state: "idle", trouble: null, pendingEntries: 0 });

  expect(await answersOf(url)).toEqual({ 200: machineCount });
  for (const { publicId } of machines)
    expect(await storedNumbers(path.join(dir, "instances", publicId))).toEqual(entries);
});
