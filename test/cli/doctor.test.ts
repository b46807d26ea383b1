import { expect, test } from "vitest";
import { doctorCommand } from "../../cli/commands/doctor.ts";
import { gristmill } from "../support/gristmill-process.ts";
import { runCommand } from "./run-command.ts";

test("on whatever machine this is, the doctor comes to a diagnosis: one object, or lines for a person", async () => {
  const json = await gristmill("doctor", "--json");
  expect(json).toMatchObject({ code: 0, stderr: "" });
  const { checks } = JSON.parse(json.stdout) as { checks: { name: string; state: string; sentence: string }[] };
  const ofMac = process.platform === "darwin" ? ["unified-log"] : [];
  expect(checks.map(({ name }) => name)).toEqual(["tailscaled", "counters", "journald", ...ofMac, "logtap", "intake"]);
  const { code, stdout } = await runCommand(doctorCommand, []);
  expect(code).toBe(0);
  for (const { name, sentence } of checks) {
    expect(stdout).toMatch(new RegExp(`^[✓!–] ${name}`, "m"));
    expect(sentence).toMatch(/\.$/);
  }
});

test("what it does not know is wrong usage", async () => {
  expect(await runCommand(doctorCommand, ["--fix"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("gristmill doctor"),
  });
});
