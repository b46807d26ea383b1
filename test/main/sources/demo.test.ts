// Source "demo": back-fill, then live, and every start goes on where the last one ended.
import { expect, test } from "vitest";
import { askStatus, readStatus } from "../../../main/directory/ask-status.ts";
import type { LocalApi } from "../../../main/local-api/local-api.ts";
import type { Clock } from "../../../main/platform/clock.ts";
import { demoSource } from "../../../main/sources/demo/demo.ts";
import { type Node, tailnetOf } from "../../../shared/directory/tailnet.ts";
import { judge } from "../../../shared/directory/witness.ts";
import { entryTimeMs } from "../../../shared/entry.ts";
import { Graph } from "../../../shared/graph/reduce.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { type Followed, follow } from "./follow.ts";

const now = Date.UTC(2026, 7, 22, 15, 0, 0);
const minutes = 60_000;

/** Lets the source reach the present and `liveMs` beyond. */
async function run(
  clock: ManualClock,
  { liveMs, position }: { readonly liveMs: number; readonly position?: string },
): Promise<Followed> {
  const followed = follow(demoSource({ seed: undefined, clock }), position);
  while (clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let ms = 0; ms < liveMs; ms += 1_000) await clock.advance(1_000);
  await followed.stop();
  return followed;
}

const times = (followed: Followed) => followed.parsed.map((entry) => entryTimeMs(entry) as number);
const place = (followed: Followed) =>
  followed.entries.map(({ line }) => {
    const { logtail } = JSON.parse(line) as { logtail: { proc_id: number; proc_seq: number } };
    return `${logtail.proc_id}/${logtail.proc_seq}`;
  });

test("the first start begins ten minutes ago, and goes on live", async () => {
  const followed = await run(new ManualClock(now), { liveMs: 60_000 });
  const all = times(followed);
  expect(all[0]).toBe(now - 10 * minutes);
  expect(all.filter((ms) => ms > now).length).toBeGreaterThan(20);
  expect(all.every((ms) => ms <= now + 60_000)).toBe(true);
  expect(followed.texts[0]).toMatch(/^Program starting: /);
  expect(followed.reports).toEqual(["following: null"]);
});

test("a start with a position goes on after it as another process; no entry comes twice", async () => {
  const clock = new ManualClock(now);
  const first = await run(clock, { liveMs: 10_000 });
  const last = first.entries.at(-1);
  const second = await run(clock, { liveMs: 20_000, ...(last && { position: last.position }) });
  expect(second.texts[0]).toMatch(/^Program starting: /);
  expect(Math.min(...times(second))).toBeGreaterThan(Math.max(...times(first)));
  const places = [...place(first), ...place(second)];
  expect(new Set(places).size).toBe(places.length);
});

test("a start in the middle of the back-fill, as after a crash, goes on from there", async () => {
  const clock = new ManualClock(now);
  const first = await run(clock, { liveMs: 0 });
  const middle = first.entries[200];
  const second = await run(clock, { liveMs: 0, ...(middle && { position: middle.position }) });
  expect(Math.min(...times(second))).toBeGreaterThan(times(first)[200] as number);
  expect(Math.min(...times(second))).toBeLessThan(now - 5 * minutes);
});

test("after days, and after a sleep of the machine, it begins ten minutes ago, not days", async () => {
  const first = await run(new ManualClock(now), { liveMs: 5_000 });
  const clock = new ManualClock(now + 3 * 24 * 60 * minutes);
  let sleptMs = 0;
  const jumping: Clock = {
    now: () => clock.now() + sleptMs,
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
  const second = follow(demoSource({ seed: undefined, clock: jumping }), first.entries.at(-1)?.position);
  while (clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(times(second)[0]).toBe(clock.now() - 10 * minutes);
  const before = second.entries.length;
  sleptMs = 60 * minutes;
  await clock.advance(1_000);
  while (clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
  await second.stop();
  expect(second.texts[before]).toMatch(/^Program starting: /);
  expect(times(second)[before]).toBeGreaterThanOrEqual(jumping.now() - 11 * minutes);
});

test("a clock that was set back makes no entry twice and does not stop the demo", async () => {
  const first = await run(new ManualClock(now), { liveMs: 5_000 });
  const position = first.entries.at(-1)?.position ?? "";
  const second = await run(new ManualClock(now - 60 * minutes), { liveMs: 30_000, position });
  expect(second.entries.length).toBeGreaterThan(50);
  const places = [...place(first), ...place(second)];
  expect(new Set(places).size).toBe(places.length);
});

test("its tailscaled names every peer of the log, counts what the log says, and has no path that the log gainsays", async () => {
  const clock = new ManualClock(now);
  const source = demoSource({ seed: undefined, clock });
  const followed = follow(source);
  while (clock.sleepers === 0) await new Promise((resolve) => setImmediate(resolve));
  const [grinder, graph] = [new Grinder(), new Graph()];
  for (const [at, entry] of followed.parsed.entries()) graph.take(grinder.grind(entry, at), entry, at);
  const said = graph.testimony();
  const tailnet = tailnetOf(
    readStatus(await askStatus(source.localApi as LocalApi, clock, new AbortController().signal)),
  );
  const byKey = new Map([...tailnet.peers.values()].map((node) => [node.key, node]));
  const verdicts = said.peers.map((logged) => {
    const node = byKey.get(logged.peer) as Node;
    const counters = node.hasTunnel ? { rx: node.rx, tx: node.tx } : null;
    const { path, lastHandshake } = node;
    return judge(logged, { time: clock.now(), path, counters, lastHandshake }, null);
  });
  expect(tailnet.self?.key).toBe(said.self);
  expect(verdicts.length).toBe(12);
  const states = verdicts.flatMap(({ counters, path }) => [counters.state, path.state]);
  expect(states.filter((state) => state === "disagrees")).toEqual([]);
  expect(states.filter((state) => state === "agrees").length).toBeGreaterThan(6);
  await followed.stop();
});
