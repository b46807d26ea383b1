import { expect, test } from "vitest";
import { shownEvents, withName } from "../../../renderer/panels/events/rows.ts";
import type { Disagreement } from "../../../shared/directory/model.ts";
import type { GraphEvent } from "../../../shared/graph/model.ts";

const event = (time: number | null): GraphEvent => ({
  ...{ kind: "path", peer: "[YkXSE]", sentence: `log at ${time}`, evidence: { at: time ?? 0, time } },
});
const disagreement = (time: number): Disagreement => ({
  ...{ time, peer: "[YkXSE]", about: "path", sentence: `daemon at ${time}`, evidence: { at: 1, time: 10 } },
});
const sentences = (events: readonly GraphEvent[], disagreements: readonly Disagreement[]) =>
  shownEvents(events, disagreements).map(({ sentence }) => sentence);

test("what tailscaled says stands where it became certain, and the log's events keep their order", () => {
  const events = [event(10), event(30), event(20), event(null)];
  expect(sentences(events, [disagreement(15), disagreement(25), disagreement(40)])).toEqual([
    ...["log at null", "daemon at 40", "daemon at 25", "log at 20", "log at 30", "daemon at 15", "log at 10"],
  ]);
  expect(sentences([], [disagreement(15), disagreement(25)])).toEqual(["daemon at 25", "daemon at 15"]);
  expect(sentences(events, [])).toHaveLength(4);
});

test("a name stands before its key, wherever the sentence has it", () => {
  expect([
    withName("[YkXSE] goes directly.", "[YkXSE]", "bob-$&"),
    withName("[YkXSE] goes directly.", "[YkXSE]", null),
  ]).toEqual(["bob-$& [YkXSE] goes directly.", "[YkXSE] goes directly."]);
});
