// Another grinder than the one that made the history. It is played by changing what the history notes of the one that made it.
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test, vi } from "vitest";
import { crcOf } from "../../../main/history/schema.ts";
import { daemonLines, Rig, twinOf } from "./rig.ts";

function heard(): string[] {
  const said: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation((sentence: string) => void said.push(sentence));
  onTestFinished(() => warn.mockRestore());
  return said;
}

/** The history as an older grinder would have left it, which knew fewer lines. */
function asOfAnOlderGrinder({ file }: Rig, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(`UPDATE snapshot SET grinder = 'older'; DELETE FROM note WHERE name = 'grinder'; ${sql}`);
  database.exec(`INSERT INTO note VALUES ('grinder', '"older"', ${crcOf("grinder", '"older"')})`);
  database.close();
}

test("what an older grinder made is made anew from the spool, and what changed is reported", async () => {
  const said = heard();
  const rig = await Rig.start();
  await rig.log(daemonLines(21, 400));
  await rig.grind();
  const told = rig.told();
  const { matched, total } = rig.live.graph.view().lines;
  await rig.close();
  asOfAnOlderGrinder(
    rig,
    "DELETE FROM event WHERE kind = 'path'; UPDATE tally SET matched = matched - 5, events = events - 2 WHERE thousand = 0;",
  );
  const again = await Rig.start({ dataDir: rig.dataDir, clock: rig.clock });
  expect(again.live.next).toBe(1);
  await again.grind();
  expect(again.told()).toEqual(told);
  expect(again.history.status.regrown).toMatchObject({
    entries: total,
    matched: { before: matched - 5, after: matched },
    events: { before: told.events.length - 2, after: told.events.length },
  });
  expect(said).toEqual([expect.stringContaining("understands 5 more, and tells 2 more events")]);
  await again.close();
  const third = await Rig.start({ dataDir: rig.dataDir, clock: rig.clock });
  expect(third.live.next).toBe(third.spool.end);
});

test("a re-grind that is killed goes on where it was", async () => {
  heard();
  const rig = await Rig.start();
  await rig.log(daemonLines(22, 200));
  await rig.grind();
  await rig.close();
  asOfAnOlderGrinder(rig, "UPDATE tally SET events = 0");
  const again = await Rig.start({ dataDir: rig.dataDir, clock: rig.clock });
  const frame = await again.spool.frameAt(1);
  if (frame !== undefined) again.history.grind(again.live, frame);
  again.told();
  await again.kill();
  const third = await Rig.start({ dataDir: rig.dataDir, clock: rig.clock });
  await third.grind();
  expect(third.told()).toEqual(await twinOf(third.spool));
  expect(third.history.status.regrown?.events.before).toBe(0);
});

test("what the spool has let go of stays as the older grinder left it, and nothing is counted twice", async () => {
  heard();
  const { dataDir, clock, ...rig } = await filled();
  const again = await Rig.start({ dataDir, clock, spoolBytes: 40_000 });
  const { begin } = again.spool;
  expect(begin).toBeGreaterThan(100);
  await again.grind();
  const told = again.told();
  expect(told.events.filter(({ evidence }) => evidence.at < begin)).toEqual(
    rig.told.events.filter(({ evidence }) => evidence.at < begin),
  );
  const sums = (of: typeof told) =>
    of.series.map((peers) =>
      peers.map(([peer, buckets]) => [peer, buckets.reduce((sum, { rx, undatedRx }) => sum + rx + undatedRx, 0)]),
    );
  for (const [index, peers] of sums(told).entries()) {
    for (const [at, [peer, sum]] of peers.entries()) {
      const before = Number(sums(rig.told)[index]?.[at]?.[1]);
      // Where the older figures end and the new ones begin, a first sample says less than the pair of samples did.
      expect([peer, Number(sum) <= before, Number(sum) > before * 0.8]).toEqual([peer, true, true]);
    }
  }
});

async function filled() {
  const rig = await Rig.start({ spoolBytes: 40_000 });
  const lines = daemonLines(23, 1_500);
  for (let at = 0; at < lines.length; at += 200) {
    await rig.log(lines.slice(at, at + 200));
    await rig.grind();
  }
  const told = rig.told();
  await rig.close();
  asOfAnOlderGrinder(rig, "");
  return { dataDir: rig.dataDir, clock: rig.clock, told };
}
