import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import type { GraphView } from "../../../shared/graph/model.ts";
import { daemonLines, Rig, started, twinOf } from "./rig.ts";

function heard(): string[] {
  const said: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation((sentence: string) => void said.push(sentence));
  onTestFinished(() => warn.mockRestore());
  return said;
}

test("at every resolution the buckets add up to what the graph says that each peer carried", async () => {
  const rig = await Rig.start();
  await rig.log(daemonLines(1, 900));
  await rig.grind();
  const { tunnels } = rig.live.graph.view();
  const totals = tunnels.map(({ peer, near }) => [peer, near.counters && [near.counters.rx, near.counters.tx]]).sort();
  const sums = rig.told().series.map((peers) =>
    peers.map(([peer, buckets]) => {
      const sum = (of: (bucket: (typeof buckets)[number]) => number) =>
        buckets.reduce((total, bucket) => total + of(bucket), 0);
      const carried = [sum(({ rx, undatedRx }) => rx + undatedRx), sum(({ tx, undatedTx }) => tx + undatedTx)];
      return [peer, buckets.length === 0 ? null : carried];
    }),
  );
  expect(tunnels.length).toBeGreaterThan(3);
  expect(sums).toEqual([totals, totals, totals]);
});

test("wherever it is killed, and however often: after the next start it tells what one tells that was never interrupted", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1_000),
      fc.array(fc.record({ frames: fc.nat(12), flush: fc.boolean(), clean: fc.boolean() }), { maxLength: 4 }),
      async (seed, lives) => {
        let rig = await Rig.start();
        const { dataDir } = rig;
        await rig.log(daemonLines(seed, 150));
        for (const { frames, flush, clean } of lives) {
          let left = frames;
          const start = Math.max(rig.spool.begin, rig.live.next);
          for (let frame = await rig.spool.frameAt(start); frame !== undefined && left > 0; left--) {
            rig.history.grind(rig.live, frame);
            frame = await rig.spool.frameAt(frame.header.first + frame.header.count);
          }
          if (flush) rig.told();
          await (clean ? rig.close() : rig.kill());
          rig = await Rig.start({ dataDir, clock: rig.clock });
        }
        await rig.grind();
        expect(rig.told()).toEqual(await twinOf(rig.spool));
        await rig.close();
      },
    ),
    { numRuns: 15 },
  );
});

test("a start after a clean end goes on from where it ended, and grinds nothing again", async () => {
  const first = await Rig.start();
  await first.log(daemonLines(3, 200));
  await first.grind();
  const view = first.live.graph.view();
  first.told(); // Everything is written by then.
  await first.close();
  const second = await Rig.start({ dataDir: first.dataDir, clock: first.clock });
  expect(second.live.next).toBe(second.spool.end);
  expect(second.live.graph.view()).toEqual(view);
});

test("the graph at any time is the live graph as it was then", async () => {
  let rig = await Rig.start();
  const recorded: { readonly time: number; readonly view: GraphView }[] = [];
  const lines = daemonLines(4, 400);
  for (let part = 0; part < 4; part++) {
    await rig.log(lines.slice((part * lines.length) / 4, ((part + 1) * lines.length) / 4));
    await rig.grind(({ header }) => recorded.push({ time: Date.parse(header.time), view: rig.live.graph.view() }));
    if (part === 1) await rig.kill();
    else if (part === 2) await rig.close();
    else continue;
    rig = await Rig.start({ dataDir: rig.dataDir, clock: rig.clock });
    if (part === 1) await rig.grind(); // Again, from the beginning: it was killed before the first snapshot.
  }
  const signal = new AbortController().signal;
  for (const { time, view } of recorded) {
    expect(await rig.history.graphAt(rig.spool, time, signal)).toEqual({ asOf: time, exact: true, graph: view });
    expect((await rig.history.graphAt(rig.spool, time + 500, signal))?.graph).toEqual(view);
  }
  expect(recorded.length).toBeGreaterThan(20);
  expect(await rig.history.graphAt(rig.spool, started - 1, signal)).toBeNull();
});

test("of a time whose entries are gone, the graph is of the snapshot before, and says so", async () => {
  const rig = await Rig.start();
  const { dataDir, clock } = rig;
  await rig.log(daemonLines(5, 100));
  await rig.grind();
  const [asOf, graph] = [clock.now(), rig.live.graph.view()];
  await rig.close(); // With a snapshot.
  const next = await Rig.start({ dataDir, clock, spoolBytes: 24_000 });
  await next.log(daemonLines(6, 3_000));
  await next.grind();
  expect(next.spool.begin).toBeGreaterThan(next.live.next / 2);
  const past = await next.history.graphAt(next.spool, asOf + 5_000, new AbortController().signal);
  expect(past).toEqual({ asOf: expect.any(Number), exact: false, graph });
  expect(past?.asOf).toBeLessThanOrEqual(asOf);
});

test("what an outage held back lands at the times of its entries", async () => {
  const lines = daemonLines(7, 300);
  const [late, onTime] = [await Rig.start(), await Rig.start()];
  await onTime.log(lines);
  await onTime.grind();
  await late.log(lines.slice(0, 100));
  await late.grind();
  await late.clock.advance(86_400_000);
  await late.log(lines.slice(100), { perFrame: 500 });
  await late.grind();
  expect(late.told()).toEqual(onTime.told());
});

test("a history that another program holds locked waits, says so, stops nothing, and catches up", async () => {
  const said = heard();
  const rig = await Rig.start();
  const lines = daemonLines(8, 300);
  await rig.log(lines.slice(0, 100));
  await rig.grind();
  const before = rig.told();
  const other = new DatabaseSync(rig.file);
  other.exec("BEGIN EXCLUSIVE");
  await rig.log(lines.slice(100));
  await rig.grind();
  expect(rig.live.next).toBe(rig.spool.end);
  expect(rig.history.ask((reads) => reads.events({ limit: 500 })).events).toEqual(before.events);
  expect(rig.history.status).toMatchObject({ state: "waiting", sentence: said[0] });
  other.exec("ROLLBACK");
  other.close();
  expect(rig.told()).toEqual(await twinOf(rig.spool));
  expect(rig.history.status).toMatchObject({ state: "ready", sentence: null });
  expect(said).toEqual([expect.stringContaining("waits: another"), expect.stringContaining("nothing was lost")]);
});

test("a history that is damaged while it is at work is set aside, said, and made again from the spool", async () => {
  const said = heard();
  const rig = await Rig.start();
  await rig.log(daemonLines(9, 300));
  await rig.grind();
  const told = rig.told();
  const vandal = new DatabaseSync(rig.file);
  vandal.exec("UPDATE rollup_10s SET cells = x'00112233445566'");
  vandal.close();
  expect(() => rig.told()).toThrow(/damaged/);
  expect(rig.history.status.setAside).toMatchObject({ reason: "a rollup fails its checksum" });
  const stop = new AbortController();
  const running = rig.history.run(rig.spool, stop.signal);
  await vi.waitFor(() => expect(rig.history.status.state).toBe("ready"), 10_000);
  stop.abort();
  await running;
  expect(rig.told()).toEqual(told);
  expect(said).toEqual([expect.stringContaining("a new one is made from the spool")]);
  expect(readdirSync(rig.dataDir).filter((name) => /^history\.db\.damaged-\d{8}T\d{9}Z$/.test(name))).toHaveLength(1);
});
