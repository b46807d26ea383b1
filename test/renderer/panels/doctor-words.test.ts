import { expect, test } from "vitest";
import { diagnose } from "../../../main/doctor/diagnose.ts";
import { factsOf, listed, subjectOf, verdict } from "../../../renderer/panels/doctor/words.ts";
import type { Finding } from "../../../shared/rpc/shapes.ts";
import { machines, stock } from "../../main/doctor/machines.ts";

const verdictOn = (machine: string) => verdict(diagnose(machines[machine] ?? stock));

test("the verdict counts what needs attention, and does not call a machine without tailscaled in order", () => {
  expect(["verbosity-0", "no-group", "verbosity-1", "no-tailscaled"].map(verdictOn)).toEqual([
    "1 thing needs attention",
    "2 things need attention",
    "Everything is in order",
    "tailscaled does not run on this machine",
  ]);
});

test("every check that there is has a subject in a person's words, and a new one goes by its name", () => {
  const names = diagnose(stock).checks.map(({ name }) => name);
  expect(names.filter((name) => subjectOf(name).about === "")).toEqual([]);
  expect(subjectOf("syslog")).toEqual({ title: "syslog", about: "" });
});

test("of a source four things are known, of tailscaled three", () => {
  const diagnosis = diagnose(stock);
  const facts = (name: string) => {
    const finding = diagnosis.checks.find((check) => check.name === name) as Finding;
    return factsOf(finding, diagnosis).map((fact) => `${fact.name}: ${fact.words}`);
  };
  expect(facts("journald")).toEqual(["Exists: yes", "Readable: yes", "Flowing: yes", "Byte counters: none"]);
  expect(facts("logtap")).toEqual(["Exists: yes", "Readable: no", "Flowing: no", "Byte counters: possible"]);
  expect(facts("tailscaled")).toEqual(["Running: yes", "Version: 1.96.2", "Verbosity: 0"]);
  expect(facts("counters")).toEqual([]);
});

test("places are listed as in a sentence", () => {
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listed)).toEqual(["", "a", "a and b", "a, b and c"]);
});
