// The short form of `npm run soak`.
import { expect, test } from "vitest";
import { faultPointCount } from "../../log/fault-point.ts";
import { killAgainAndAgain } from "../soak/kills.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("fifty kills of agent and catcher, at every fault point: every line is at the catcher once and in order, and the same in the spool", {
  timeout: 300_000,
}, async () => {
  const { kills, atPoints } = await killAgainAndAgain({ folder: tempFolder(), kills: 50, seed: 1 });
  expect(kills).toBe(50);
  // Which points a run reaches depends on the machine; that most are reached does not.
  expect(Object.keys(atPoints).length).toBeGreaterThan(faultPointCount / 2);
});
