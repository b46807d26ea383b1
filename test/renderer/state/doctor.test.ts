import { beforeEach, expect, test } from "vitest";
import { diagnose } from "../../../main/doctor/diagnose.ts";
import { examinationBegan, examinationLeft, examinationSaid, useDoctor } from "../../../renderer/state/doctor.ts";
import { stock } from "../../main/doctor/machines.ts";

beforeEach(() => useDoctor.setState(useDoctor.getInitialState(), true));

const diagnosis = diagnose(stock);

test("while an examination runs, the diagnosis before stays, and its progress is what it has begun to look at and is done with", () => {
  examinationSaid({ kind: "diagnosis", time: 1, diagnosis });
  examinationBegan();
  examinationSaid({ kind: "looking", at: ["the journal", "the intake's port"] });
  examinationSaid({ kind: "looking", at: ["the journal"] });
  expect(useDoctor.getState()).toEqual({ diagnosis, time: 1, looking: ["the journal"], places: 2, failure: null });
});

test("an examination that is left changes nothing about the diagnosis before", () => {
  examinationSaid({ kind: "diagnosis", time: 1, diagnosis });
  examinationBegan();
  examinationLeft();
  expect(useDoctor.getState()).toMatchObject({ diagnosis, time: 1, looking: null });
});

test("a failure stands beside the diagnosis before until the next examination begins", () => {
  examinationSaid({ kind: "diagnosis", time: 1, diagnosis });
  examinationBegan();
  examinationSaid({ kind: "failed", sentence: "It failed." });
  expect(useDoctor.getState()).toMatchObject({ diagnosis, looking: null, failure: "It failed." });
  examinationBegan();
  expect(useDoctor.getState()).toMatchObject({ diagnosis, looking: [], places: 0, failure: null });
});
