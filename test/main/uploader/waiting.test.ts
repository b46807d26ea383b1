// What ends a wait early, what does not, and how long an outage is said to have been.
import { beforeEach, expect, test, vi } from "vitest";
import { patience } from "../../support/catcher-patience.ts";
import { chaosCatcher, json, reset } from "../../support/chaos-catcher.ts";
import { delivered, rig, waiting } from "./rig.ts";

const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  vi.spyOn(console, "warn").mockImplementation((text: string) => void said.push(text));
});

test("the network that comes up ends the wait within a second, not for all machines at once, and backing off begins anew", async () => {
  const catcher = await chaosCatcher();
  catcher.always = reset;
  let random = 0.999;
  const run = await rig(catcher.url, { random: () => random });
  await run.write(1);
  for (let attempt = 0; attempt < 10; attempt++) {
    const { ms } = await waiting(run);
    const before = catcher.requests.length;
    await run.clock.advance(ms);
    await vi.waitFor(() => expect(catcher.requests.length).toBeGreaterThan(before), patience);
  }
  expect((await waiting(run)).ms).toBeGreaterThan(200_000);
  const before = catcher.requests.length;
  random = 0.4;
  run.uploader.networkUp();
  expect(await waiting(run)).toMatchObject({ ms: 400 });
  await run.clock.advance(399);
  expect(catcher.requests).toHaveLength(before);
  await run.clock.advance(1);
  await vi.waitFor(() => expect(catcher.requests.length).toBeGreaterThan(before), patience);
  random = 0.999;
  expect((await waiting(run)).ms).toBeLessThan(2_000);
});

test.each<[string, ReturnType<typeof json>]>([
  ["what the destination asked for", json(503, {}, { "retry-after": "3000" })],
  ["what a person has to end", json(401, {})],
])("the network that comes up does not shorten %s", async (_, answer) => {
  const catcher = await chaosCatcher(answer);
  const run = await rig(catcher.url);
  await run.write(1);
  const { ms } = await waiting(run);
  run.uploader.networkUp();
  expect((await waiting(run)).ms).toBe(ms);
});

test("a network that comes up while nothing is wrong changes nothing", async () => {
  const catcher = await chaosCatcher();
  const run = await rig(catcher.url, { coalesceMs: 60_000 });
  await run.write(1);
  await delivered(run);
  await run.write(1);
  run.uploader.networkUp();
  await run.clock.advance(59_000);
  expect(catcher.requests).toHaveLength(1);
});

test("an outage that a machine slept through is said to have been as long as it was", async () => {
  const catcher = await chaosCatcher(reset);
  const run = await rig(catcher.url);
  await run.write(1);
  await waiting(run);
  run.clock.sleepMachine(8 * 3_600_000);
  run.uploader.networkUp();
  await run.clock.advance(1_000);
  await delivered(run);
  expect(said).toEqual([
    expect.stringContaining("cut the connection before it answered"),
    `${catcher.url} takes the log again after 8 h 0 min.`,
  ]);
});

test("failures that take turns are each said once", async () => {
  const [failing, closed] = [json(500, {}), json(401, {})];
  const catcher = await chaosCatcher(failing, closed, failing, closed, failing);
  const run = await rig(catcher.url);
  await run.write(1);
  for (let attempt = 1; attempt <= 5; attempt++) {
    await vi.waitFor(() => expect(catcher.requests.length).toBeGreaterThanOrEqual(attempt), patience);
    await waiting(run);
    run.uploader.sendNow();
  }
  await delivered(run);
  expect(said.map((sentence) => sentence.replace(catcher.url, "C"))).toEqual([
    expect.stringMatching(/^C cannot take the log now/),
    expect.stringMatching(/^C does not accept this machine's identity/),
    expect.stringMatching(/^C takes the log again after/),
  ]);
});

test("a rate lets a backlog through in pieces, in the time that it takes", async () => {
  const catcher = await chaosCatcher(json(503, {}));
  const run = await rig(catcher.url, { bytesPerSecond: 16 * 1024 });
  const noise = () => Array.from({ length: 3_000 }, () => Math.random().toString(36)).join("");
  for (let n = 1; n <= 10; n++) {
    await run.spool.append("test", [{ line: JSON.stringify({ logtail: {}, text: noise() }), position: String(n) }]);
    await run.spool.committed();
  }
  await waiting(run);
  const begin = run.clock.now();
  run.uploader.sendNow();
  await vi.waitFor(async () => {
    await run.clock.advance(100);
    expect(run.uploader.progress).toMatchObject({ state: "idle", pendingEntries: 0 });
  }, patience);
  const sent = catcher.requests.map(({ body }) => body.length);
  expect(Math.max(...sent)).toBeLessThan(100_000);
  // The last request is not waited for, and the first one, which failed, took its time, too.
  const passed = sent.slice(0, -1).reduce((sum, bytes) => sum + bytes, 0);
  expect((run.clock.now() - begin) / 1_000).toBeGreaterThanOrEqual((passed - (sent[0] ?? 0)) / (16 * 1024) - 1);
});

test("a day's bytes end the day's sending, which is said once, and midnight goes on by itself, slept through or not", async () => {
  const catcher = await chaosCatcher();
  const run = await rig(catcher.url, { bytesPerDay: 700 });
  await run.write(1, 1, 1, 1);
  await vi.waitFor(() => expect(run.uploader.progress.state).toBe("limited"), patience);
  const { sentence, retryAt, trouble, ackedEntries } = run.uploader.progress;
  expect([sentence, retryAt, trouble]).toEqual([
    expect.stringContaining("the rest waits in the spool until midnight UTC"),
    Date.UTC(2026, 0, 2),
    null,
  ]);
  run.uploader.sendNow(); // A limit is a limit.
  await run.clock.advance(3_600_000);
  expect(run.uploader.progress).toMatchObject({ state: "limited", ackedEntries });
  run.clock.sleepMachine((retryAt ?? Number.NaN) - run.clock.now()); // No timer tells.
  run.uploader.networkUp();
  await delivered(run);
  expect(said).toEqual([expect.stringContaining("midnight")]);
  expect(run.ledger.days(10).map(({ day, entries }) => [day, entries])).toEqual([
    ["2026-01-02", 4 - ackedEntries],
    ["2026-01-01", ackedEntries],
  ]);
});
