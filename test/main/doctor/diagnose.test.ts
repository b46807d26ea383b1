// What the doctor says of whole machines. The expected diagnoses are in test/fixtures/doctor, one for each machine.
import path from "node:path";
import { expect, test } from "vitest";
import { readableDiagnosis } from "../../../cli/commands/doctor.ts";
import { diagnose } from "../../../main/doctor/diagnose.ts";
import { machines, stock } from "./machines.ts";

const fixtures = path.resolve(import.meta.dirname, "../../fixtures/doctor");
const check = (facts: typeof stock, name: string) => diagnose(facts).checks.find((each) => each.name === name);

test.each(Object.entries(machines))("%s", async (name, facts) => {
  const diagnosis = `${JSON.stringify(diagnose(facts), null, 2)}\n`;
  await expect(diagnosis).toMatchFileSnapshot(path.join(fixtures, `${name}.json`));
});

test.each([
  ["verbosity-0", "attention", /prints no byte counters at verbosity 0/],
  ["verbosity-0-named", "attention", /at verbosity 0/], // Those of the process before say nothing.
  ["verbosity-1", "good", /in the journal/],
  ["verbosity-2", "good", /in the journal/],
  ["headless-1.98", "attention", /since 1\.98 only while somebody asks/],
  ["mac-app", "good", /in the log of macOS/],
  ["no-tailscaled", "off", /does not run/],
])("on %s counters are %s", (name, state, sentence) => {
  expect(check(machines[name] ?? stock, "counters")).toMatchObject({
    state,
    sentence: expect.stringMatching(sentence),
  });
});

test("the log of macOS is judged on a Mac only", () => {
  const judged = Object.entries(machines).map(([name, facts]) => [name, check(facts, "unified-log")?.state]);
  expect(judged.filter(([, state]) => state !== undefined)).toEqual([
    ["no-journal", "attention"],
    ["mac-app", "good"],
    ["mac-app-no-administrator", "attention"],
  ]);
});

test("a stock machine is told, for a person, what is missing, each way to get it and what that costs", () => {
  expect(readableDiagnosis(diagnose(stock))).toBe(`✓ tailscaled  tailscaled 1.96.2 runs (pid 812), at verbosity 0.
! counters    tailscaled prints no byte counters at verbosity 0, so none are in the journal: tunnels are shown, but not what they carry.
✓ journald    tailscaled writes to the journal.
– logtap      tailscaled's log tap is open to root and the operator only.
– intake      tailscaled does not send its log to this machine.

What you can do:

1. Have tailscaled print its counters, so that they are in the journal.
     echo TS_LOG_VERBOSITY=1 | sudo tee -a /etc/default/tailscaled
     sudo systemctl restart tailscaled
   Cost: The restart interrupts tunnels for some seconds, and counters begin at zero again. The journal grows by a few more lines a minute, which whoever reads it can see.

2. Read tailscaled's own log tap, which carries the counters at any verbosity.
     sudo tailscale set --operator=$USER
     gristmill run --source logtap
   Cost: The operator may change Tailscale's settings without sudo. It shows only what is written while Gristmill runs, and drops lines under load, which Gristmill counts.

3. Have tailscaled send its whole log to Gristmill instead of to Tailscale.
     gristmill run --source intake
     echo TS_LOG_TARGET=http://127.0.0.1:8475 | sudo tee -a /etc/default/tailscaled
     sudo systemctl restart tailscaled
   Cost: Tailscale gets no log of this machine any more, so its support cannot look into one, unless Gristmill sends it on: --source intake:8475,forward. The restart interrupts tunnels for some seconds, and counters begin at zero again.

4. Look at the counters once, without a log.
     tailscale status --json
   Cost: Nothing; nothing is kept either.
`);
});

test("where Gristmill is not started by its name, commands that start it say how it is, and no others change", () => {
  const { remedies } = diagnose({ ...stock, gristmill: "node '/home/a $& b/bin/gristmill.mjs'" });
  const before = diagnose(stock).remedies.flatMap(({ commands }) => commands);
  expect(remedies.flatMap(({ commands }) => commands)).toEqual(
    before.map((command) =>
      command.startsWith("gristmill ") ? `node '/home/a $& b/bin/gristmill.mjs'${command.slice(9)}` : command,
    ),
  );
});

test("each remedy is named once, has something to run, and says what it costs", () => {
  for (const facts of Object.values(machines)) {
    const { remedies } = diagnose(facts);
    expect(new Set(remedies.map(({ does }) => does)).size).toBe(remedies.length);
    for (const { commands, costs } of remedies) {
      expect(commands.length).toBeGreaterThan(0);
      expect(costs).toMatch(/\.$/);
    }
  }
});

test("a tailscaled that listens on a port, as the apps of macOS do, is not to be asked with curl: nobody copies its token", () => {
  const headless = machines["headless-1.98"] ?? stock;
  const onPort = { ...headless, localApi: { ...headless.localApi, socket: "127.0.0.1:50741" } };
  const asking = (facts: typeof stock) =>
    diagnose(facts).remedies.flatMap(({ commands }) => commands.filter((command) => command.startsWith("curl")));
  expect([asking(headless).length, asking(onPort)]).toEqual([1, []]);
});
