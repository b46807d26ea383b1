// The short form of `npm run soak`.
import { expect, test } from "vitest";
import { faultPointCount } from "../../log/fault-point.ts";
import { killAgainAndAgain } from "../soak/kills.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("fifty kills of agents, catcher and compaction, over a network that breaks: every line is stored once and in order, every 200 kept", {
  timeout: 300_000,
}, async () => {
  const report = await killAgainAndAgain({ folder: tempFolder(), kills: 50, seed: 1, agents: 2 });
  expect(report.kills).toBeGreaterThanOrEqual(50);
  // Which points a run reaches depends on the machine; that most are reached does not.
  expect(Object.keys(report.atPoints).length).toBeGreaterThan(faultPointCount / 2);
  expect(Object.keys(report.faults)).toEqual(expect.arrayContaining(["reset in request", "late", "narrow"]));
  expect(report.receipts).toBeGreaterThan(0);
});
