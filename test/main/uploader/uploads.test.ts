// Several destinations at once, what the user says about them, and what of it outlives a restart. Real spool, real sockets.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import { publicIdOf } from "../../../log/public-id.ts";
import { type Clock, systemClock } from "../../../main/platform/clock.ts";
import type { Power } from "../../../main/platform/power.ts";
import { Spool } from "../../../main/spool/spool.ts";
import type { CatcherChoice } from "../../../main/uploader/choices.ts";
import { Uploads } from "../../../main/uploader/uploads.ts";
import { defaultSettings } from "../../../shared/settings.ts";
import { catcherFor, storedFrames, storedNumbers } from "../../support/catcher.ts";
import { patience } from "../../support/catcher-patience.ts";
import { chaosCatcher, hang, json } from "../../support/chaos-catcher.ts";
import { numberedEntry } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const said: string[] = [];
const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);
const eventually = (condition: () => void | Promise<void>) => vi.waitFor(condition, patience);

beforeEach(() => {
  said.length = 0;
  for (const level of ["warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((text: string) => void said.push(text));
});

interface Options {
  readonly dataDir?: string;
  readonly settings?: Partial<typeof defaultSettings>;
  readonly segmentBytes?: number;
  readonly budgetBytes?: number;
  readonly clock?: Clock;
  readonly power?: Power;
}

async function open(catchers: readonly CatcherChoice[], options: Options = {}) {
  const { dataDir = tempFolder(), segmentBytes, budgetBytes } = options;
  const settings = { ...defaultSettings, uploadEverySeconds: 0, uploadEverySecondsOnBattery: 0, ...options.settings };
  const { clock = systemClock, power } = options;
  const [disk, stop, changed] = [nodeDisk, new AbortController(), () => undefined];
  const parts = { disk, clock, dataDir, catchers, settings, changed, signal: stop.signal };
  const uploads = await Uploads.open({ ...parts, ...(power === undefined ? {} : { power }) });
  const acked = () => uploads.claim;
  const sizes = { ...(segmentBytes ? { segmentBytes } : {}), ...(budgetBytes ? { budgetBytes } : {}) };
  const spool = await Spool.open({ disk, clock: systemClock, dataDir, readers: [], acked, ...sizes });
  await uploads.start(spool);
  let closed: Promise<void> | undefined;
  const close = () => {
    stop.abort();
    closed ??= uploads.close().then(() => spool.close());
    return closed;
  };
  onTestFinished(close);
  const write = async (count: number) => {
    for (let n = 0; n < count; n++) {
      await spool.append("test", [{ line: numberedEntry(spool.end), position: String(spool.end) }]);
      await spool.committed();
    }
  };
  return { uploads, spool, dataDir, write, close };
}

const agreed = (address: string): CatcherChoice => ({ address, consent: "command line" });
const asked = (address: string): CatcherChoice => ({ address, consent: "window" });
const states = ({ uploads }: { readonly uploads: Uploads }) => uploads.status().map(({ state }) => state);

test("each destination is sent everything at its own pace: one that fails holds up no other, and the spool keeps what it has yet to get", async () => {
  const [good, slow] = [await catcherFor(), await chaosCatcher()];
  slow.always = json(503, {}, { "retry-after": "3000" });
  const run = await open([agreed(good.url), agreed(slow.url)], { segmentBytes: 700, budgetBytes: 100_000 });
  await run.write(12);
  await eventually(async () => expect(await storedNumbers(good.dir)).toEqual(upTo(12)));
  await eventually(() => expect(states(run)).toEqual(["idle", "waiting"]));
  expect([run.uploads.claim, run.spool.begin]).toEqual([1, 1]);
  slow.always = (await chaosCatcher()).always;
  run.uploads.sendNow();
  await eventually(() => expect([states(run), run.uploads.claim]).toEqual([["idle", "idle"], 13]));
  const cursors = () => readdirSync(path.join(run.dataDir, "cursors")).filter((file) => file.endsWith(".json"));
  await eventually(() => expect(cursors()).toHaveLength(2));
  const received = slow.requests.slice(1).flatMap(({ frames }) => frames.map(({ header }) => header.seq));
  expect(received).toEqual(upTo(12));
});

test("over its budget the spool lets go of what every destination has, and declares what one of them has not", async () => {
  const [good, down] = [await catcherFor(), await chaosCatcher()];
  down.always = json(503, {}, { "retry-after": "3000" });
  const run = await open([agreed(good.url), agreed(down.url)], { segmentBytes: 700, budgetBytes: 2_100 });
  await run.write(30);
  const overflows = async () =>
    (await storedFrames(good.dir)).filter(({ entries }) => entries.includes('"kind":"overflow"'));
  await eventually(async () => expect((await overflows()).length).toBeGreaterThan(0));
  await eventually(async () => expect((await storedFrames(good.dir)).at(-1)?.header.first).toBe(run.spool.end - 1));
});

test("a destination that nobody has said yes to has no claim on the spool, one that is paused keeps its own", async () => {
  const [first, second] = [await catcherFor(), await catcherFor()];
  const run = await open([asked(first.url), asked(second.url)]);
  await run.write(2);
  expect(run.uploads.claim).toBe(Number.POSITIVE_INFINITY);
  await run.uploads.consent(first.url, true);
  await eventually(() => expect(run.uploads.claim).toBe(3));
  await run.uploads.pause(first.url);
  await run.write(1);
  await eventually(() => expect([run.uploads.claim, states(run)]).toEqual([3, ["paused", "asks"]]));
});

test("a catcher that lost what it had has a claim on it again", async () => {
  const catcher = await chaosCatcher();
  const run = await open([agreed(catcher.url)]);
  await run.write(3);
  await eventually(() => expect(run.uploads.claim).toBe(4));
  catcher.tricks.push(json(409, { expected: 1 }), json(503, {}, { "retry-after": "3000" }));
  await run.write(1);
  await eventually(() => expect([states(run), run.uploads.claim]).toEqual([["waiting"], 1]));
  expect(run.uploads.receipts()).toMatchObject([{ receipt: null, until: null, entries: 0 }]);
});

test("yes, no and pause outlive a restart", async () => {
  const [yes, no, paused] = [await catcherFor(), await catcherFor(), await catcherFor()];
  const catchers = [yes, no, paused].map(({ url }) => asked(url));
  const first = await open(catchers);
  await first.uploads.consent(yes.url, true);
  await first.uploads.consent(no.url, false);
  await first.uploads.consent(paused.url, true);
  await first.uploads.pause(paused.url);
  await first.close();
  const run = await open(catchers, { dataDir: first.dataDir });
  await run.write(2);
  await eventually(async () => expect(await storedNumbers(yes.dir)).toEqual([1, 2]));
  expect([states(run).slice(1), await storedNumbers(no.dir), await storedNumbers(paused.dir)]).toEqual([
    ["declined", "paused"],
    [],
    [],
  ]);
  expect(run.uploads.status().map(({ agreed: by }) => by?.by)).toEqual(["window", undefined, "window"]);
});

test("an address on the command line is a yes by whoever runs it, and is noted; a pause holds against it, over restarts", async () => {
  const { url, dir } = await catcherFor();
  const first = await open([agreed(url)]);
  const noted = JSON.parse(readFileSync(path.join(first.dataDir, "consent.json"), "utf8"));
  expect(noted.answers).toEqual([expect.objectContaining({ destination: url, answer: "yes", by: "command line" })]);
  await first.uploads.pause(url);
  await first.close();
  const run = await open([agreed(url)], { dataDir: first.dataDir });
  await run.write(1);
  expect([states(run), await storedNumbers(dir)]).toEqual([["paused"], []]);
  await run.uploads.resume(url);
  await eventually(async () => expect(await storedNumbers(dir)).toEqual([1]));
});

test("a no to an address on the command line holds until somebody runs it with that address again", async () => {
  const { url, dir } = await catcherFor();
  const first = await open([agreed(url)]);
  await first.uploads.consent(url, false);
  await first.write(1);
  expect([states(first), await storedNumbers(dir)]).toEqual([["declined"], []]);
  await first.close();
  const asking = await open([asked(url)], { dataDir: first.dataDir });
  expect(states(asking)).toEqual(["declined"]);
  await asking.close();
  await open([agreed(url)], { dataDir: first.dataDir });
  await eventually(async () => expect(await storedNumbers(dir)).toEqual([1]));
});

test("a pause ends a request that is under way, and what it carried is stored once after all", async () => {
  const catcher = await chaosCatcher(hang);
  const run = await open([agreed(catcher.url)]);
  await run.write(1);
  await eventually(() => expect(catcher.requests).toHaveLength(1));
  await run.uploads.pause(catcher.url);
  await run.write(1);
  expect(states(run)).toEqual(["paused"]);
  await run.uploads.resume(catcher.url);
  await eventually(() => expect(states(run)).toEqual(["idle"]));
  expect(catcher.requests.map(({ frames }) => frames.map(({ header }) => header.seq))).toEqual([[1], [1, 2]]);
});

test("what one destination refuses is set aside for that one, and stored at the others", async () => {
  const [fussy, tolerant] = [await catcherFor(), await chaosCatcher()];
  const run = await open([agreed(fussy.url), agreed(tolerant.url)]);
  await run.spool.append("test", [{ line: "this is no JSON", position: "1" }]);
  await run.spool.committed();
  await run.write(2);
  await eventually(() => expect(states(run)).toEqual(["idle", "idle"]));
  expect(run.uploads.status().map(({ rejectedEntries }) => rejectedEntries)).toEqual([1, 0]);
  const atTolerant = tolerant.requests.flatMap(({ frames }) => frames.map(({ header }) => header.seq));
  expect(atTolerant.slice(0, 3)).toEqual([1, 2, 3]);
});

test("a logtail server and a catcher get the same entries, under secrets of their own", async () => {
  const [catcher, logtail] = [await catcherFor(), await catcherFor()];
  const run = await open([agreed(catcher.url), agreed(`logtail+${logtail.url}/c/tailnode.log.tailscale.io`)]);
  await run.write(5);
  await eventually(() => expect(states(run)).toEqual(["idle", "idle"]));
  expect(await storedNumbers(logtail.dir)).toEqual(await storedNumbers(catcher.dir));
  const [own, derived] = [catcher.dir, logtail.dir].map((dir) => readdirSync(path.join(dir, "instances"))[0]);
  const { privateId } = JSON.parse(readFileSync(path.join(run.dataDir, "identity.json"), "utf8"));
  expect(own).toBe(publicIdOf(privateId));
  expect(derived).not.toBe(own);
  expect(run.uploads.receipts().map(({ protocol, entries }) => [protocol, entries])).toEqual([
    ["frames", 5],
    ["logtail", 5],
  ]);
});

test("without an identity it says so and what to do, sends nothing, and goes on when there is one", async () => {
  const { url, dir } = await catcherFor();
  const dataDir = tempFolder();
  const file = path.join(dataDir, "identity.json");
  const read = vi.spyOn(nodeDisk, "read").mockImplementation(async (name) => {
    if (name === file) throw Object.assign(new Error("EACCES: made by the test"), { code: "EACCES" });
    return readFileSync(name);
  });
  onTestFinished(() => read.mockRestore());
  const run = await open([agreed(url)], { dataDir });
  await run.write(1);
  expect(run.uploads.status()).toMatchObject([
    { state: "waiting", sentence: expect.stringContaining("cannot be read") },
  ]);
  expect(said).toEqual([expect.stringContaining(`Nothing can be sent to ${url}`)]);
  read.mockRestore();
  run.uploads.sendNow();
  await eventually(async () => expect(await storedNumbers(dir)).toEqual([1]));
});

test("the day's bytes are for all destinations together, and the sentence says until when it waits", async () => {
  const [first, second] = [await chaosCatcher(), await chaosCatcher()];
  const run = await open([agreed(first.url), agreed(second.url)], { settings: { uploadDailyMiB: 1 } });
  const noise = () => Array.from({ length: 60_000 }, () => Math.random().toString(36)).join("");
  for (let n = 1; n <= 4; n++) {
    await run.spool.append("test", [{ line: JSON.stringify({ logtail: {}, text: noise() }), position: String(n) }]);
    await run.spool.committed();
  }
  await eventually(() => expect(states(run)).toEqual(["limited", "limited"]));
  const bytes = [first, second].flatMap(({ requests }) => requests.map(({ body }) => body.length));
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(1024 * 1024);
  expect(run.uploads.status()[0]).toMatchObject({
    sentence: expect.stringContaining("Today's 1 MiB have been sent"),
    retryAt: expect.any(Number),
  });
});

test("a machine that wakes tries again, long before it would have", async () => {
  const [catcher, clock] = [await chaosCatcher(), new ManualClock()];
  catcher.always = json(500, {});
  const run = await open([agreed(catcher.url)], { clock });
  await run.write(1);
  const retryIn = () => (run.uploads.status()[0]?.retryAt ?? Number.NaN) - clock.now();
  for (let attempt = 1; !(retryIn() > 30_000); attempt++) {
    await eventually(() => expect([catcher.requests.length, retryIn() > 0]).toEqual([attempt, true]));
    if (retryIn() <= 30_000) await clock.advance(retryIn());
  }
  const before = catcher.requests.length;
  clock.sleepMachine(600_000);
  await clock.advance(5_000);
  await clock.advance(1_000);
  await eventually(() => expect(catcher.requests.length).toBe(before + 1));
});

test.each([
  ["at the mains", false, 2_000],
  ["on its battery", true, 60_000],
])("%s uploads are as far apart as its setting says", async (_, onBattery, apart) => {
  const [catcher, clock] = [await chaosCatcher(), new ManualClock()];
  const power = { onBattery: async () => onBattery };
  const settings = { uploadEverySeconds: 2, uploadEverySecondsOnBattery: 60 };
  const run = await open([agreed(catcher.url)], { clock, power, settings });
  await run.write(1);
  await eventually(() => expect(states(run)).toEqual(["idle"]));
  await run.write(3);
  await clock.advance(apart - 1);
  await clock.advance(1);
  await eventually(() => expect(catcher.requests.map(({ frames }) => frames.length)).toEqual([1, 3]));
  const [{ first, last } = { first: "", last: "" }] = run.uploads.ledger.days(1);
  expect(Date.parse(last) - Date.parse(first)).toBe(apart);
});

test("a start says which destinations it may not send to", async () => {
  const first = await open([asked("http://127.0.0.1:1"), agreed("http://127.0.0.1:2")]);
  await first.uploads.pause("http://127.0.0.1:2");
  await first.close();
  said.length = 0;
  await open([asked("http://127.0.0.1:1"), agreed("http://127.0.0.1:2")], { dataDir: first.dataDir });
  expect(said).toEqual([
    "Nothing is sent to http://127.0.0.1:1 before somebody says yes to it in the window.",
    "Sending to http://127.0.0.1:2 is paused; it is resumed in the window.",
  ]);
});

test("a destination that is named twice is one", async () => {
  const { url, dir } = await catcherFor();
  const run = await open([agreed(url), agreed(`${url}/`)]);
  await run.write(1);
  await eventually(async () => expect(await storedNumbers(dir)).toEqual([1]));
  expect(run.uploads.status()).toHaveLength(1);
});

test("what the settings name wrongly is said and left out; on the command line it is an error", async () => {
  const wrong = ["ftp://example.com", "https://c.example.com#ca=/nowhere/ca.pem"];
  const run = await open(wrong.map(asked));
  // Uploads of the test before may still have something to say.
  expect([run.uploads.status(), said.filter((sentence) => sentence.startsWith("The settings"))]).toEqual([
    [],
    [expect.stringContaining("is no address of a catcher"), expect.stringContaining("/nowhere/ca.pem")],
  ]);
  for (const address of wrong) await expect(open([agreed(address)])).rejects.toThrow(/no address|\/nowhere/);
});

test("what is kept of the uploads is for this user's eyes only", async () => {
  const { url } = await catcherFor();
  const run = await open([agreed(url)]);
  await run.write(1);
  await eventually(() => expect(states(run)).toEqual(["idle"]));
  const modes = ["consent.json", "ledger.ndjson", "identity.json"].map((name) =>
    (statSync(path.join(run.dataDir, name)).mode & 0o777).toString(8),
  );
  expect(modes).toEqual(["600", "600", "600"]);
});
