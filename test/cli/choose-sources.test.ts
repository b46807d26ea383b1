import { expect, test } from "vitest";
import { chooseSources } from "../../cli/choose-sources.ts";

/** A machine with these logs, which remembers what it was asked. */
function machineWith(journal: boolean, unifiedLog: boolean) {
  const asked: string[] = [];
  const answer = (what: string, has: boolean) => async () => {
    asked.push(what);
    return has;
  };
  return {
    asked,
    journalHasTailscaled: answer("journal", journal),
    unifiedLogHasTailscaled: answer("unified log", unifiedLog),
  };
}

test.each([
  ["the journal where it has tailscaled", true, true, ["journald"], ["journal"]],
  ["the unified log of a Mac, where there is no journal", false, true, ["unified-log"], ["journal", "unified log"]],
])("unnamed, what is read is %s", async (_, journal, unifiedLog, sources, asked) => {
  const machine = machineWith(journal, unifiedLog);
  expect(await chooseSources([], machine)).toEqual({ sources, demo: false, notice: null });
  expect(machine.asked).toEqual(asked);
});

test("where no log has tailscaled it is the demo, and the user is told", async () => {
  const choice = await chooseSources([], machineWith(false, false));
  expect(choice).toEqual({
    sources: ["demo"],
    demo: true,
    notice: expect.stringMatching(/^No tailscaled log was found/),
  });
});

test("what is named is taken as it is, and no log is asked", async () => {
  const machine = machineWith(true, true);
  expect(await chooseSources(["logtap", "demo:7"], machine)).toEqual({
    sources: ["logtap", "demo:7"],
    demo: false,
    notice: null,
  });
  expect(await chooseSources(["demo"], machine)).toMatchObject({ sources: ["demo"], demo: true });
  expect(machine.asked).toEqual([]);
});
