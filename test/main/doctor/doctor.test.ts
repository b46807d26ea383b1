// The doctor of an app that runs, on machines that are made up: how an examination is shared, left, and fails.
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { diagnose } from "../../../main/doctor/diagnose.ts";
import { Doctor } from "../../../main/doctor/doctor.ts";
import type { Facts } from "../../../main/doctor/facts.ts";
import type { Looking } from "../../../main/doctor/probe.ts";
import type { Examination } from "../../../shared/rpc/shapes.ts";
import { stock } from "./machines.ts";

interface Look extends Looking {
  readonly find: (facts: Facts) => void;
  readonly fail: (error: Error) => void;
}

/** A doctor whose looks the test sees, and ends. */
function doctor(app = new AbortController().signal) {
  const looks: Look[] = [];
  const doctor = new Doctor((looking) => {
    const { promise, resolve, reject } = Promise.withResolvers<Facts>();
    looks.push({ ...looking, find: resolve, fail: reject });
    return promise;
  }, app);
  return {
    doctor,
    looks,
    begun: (count: number) => vi.waitUntil(() => looks.length === count, { timeout: 10_000, interval: 1 }),
  };
}

/** Somebody who asks, and what is said to them until it ends or they leave. */
function ask(doctor: Doctor) {
  const leave = new AbortController();
  const said: Examination[] = [];
  const listen = async () => {
    for await (const examination of doctor.examine(leave.signal)) said.push(examination);
  };
  return { said, over: listen(), leave: () => leave.abort() };
}

const found = { kind: "diagnosis", time: stock.now, diagnosis: diagnose(stock) };

test("however many ask, one examination is made, and each hears where it stands and how it ends", async () => {
  const { doctor: asked, looks, begun } = doctor();
  const first = ask(asked);
  await begun(1);
  looks[0]?.report(["the journal"]);
  await turn();
  const second = ask(asked);
  await turn();
  looks[0]?.find(stock);
  await Promise.all([first.over, second.over]);
  expect(first.said).toEqual([{ kind: "looking", at: [] }, { kind: "looking", at: ["the journal"] }, found]);
  expect(second.said).toEqual([{ kind: "looking", at: ["the journal"] }, found]);
  expect(looks.length).toBe(1);
});

test("whoever asks after the end gets a new examination, also while somebody has not heard the end yet", async () => {
  const { doctor: asked, looks, begun } = doctor();
  await asked.examine(new AbortController().signal).next();
  const first = ask(asked);
  await begun(1);
  looks[0]?.find(stock);
  await first.over;
  const second = ask(asked);
  await begun(2);
  looks[1]?.find({ ...stock, now: stock.now + 1 });
  await second.over;
  expect(second.said.at(-1)).toMatchObject({ kind: "diagnosis", time: stock.now + 1 });
});

test("one of two who leaves takes nothing from the other; the last one ends the examination", async () => {
  const { doctor: asked, looks, begun } = doctor();
  const [first, second] = [ask(asked), ask(asked)];
  await begun(1);
  first.leave();
  await first.over;
  expect(looks[0]?.signal.aborted).toBe(false);
  second.leave();
  await second.over;
  expect(looks[0]?.signal.aborted).toBe(true);
});

test("a new examination begins only once the one that was left is over", async () => {
  const { doctor: asked, looks, begun } = doctor();
  const left = ask(asked);
  await begun(1);
  left.leave();
  await left.over;
  const next = ask(asked);
  await turn();
  expect(looks.length).toBe(1);
  looks[0]?.find(stock);
  await begun(2);
  looks[1]?.find({ ...stock, now: 0 });
  await next.over;
  expect(next.said.at(-1)).toMatchObject({ kind: "diagnosis", time: 0 });
});

test("a look that fails is told in a sentence, and the next one is made", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const { doctor: asked, looks, begun } = doctor();
  const first = ask(asked);
  await begun(1);
  looks[0]?.fail(new Error("spawn EMFILE"));
  await first.over;
  expect(first.said.at(-1)).toEqual({
    kind: "failed",
    sentence: "This machine could not be examined (spawn EMFILE). Examine it again.",
  });
  const second = ask(asked);
  await begun(2);
  looks[1]?.find(stock);
  await second.over;
  expect(second.said.at(-1)).toEqual(found);
});

test("an app that closes ends the examination, waits for it, and begins no other, whoever has stopped reading", async () => {
  const app = new AbortController();
  const { doctor: asked, looks, begun } = doctor(app.signal);
  await asked.examine(new AbortController().signal).next();
  await begun(1);
  app.abort();
  expect(looks[0]?.signal.aborted).toBe(true);
  let isSettled = false;
  const settled = asked.settled.then(() => {
    isSettled = true;
  });
  await turn();
  expect(isSettled).toBe(false);
  looks[0]?.find(stock);
  await settled;
  const late = ask(asked);
  await late.over;
  expect([looks.length, late.said]).toEqual([1, []]);
});
