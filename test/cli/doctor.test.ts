import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { doctorCommand } from "../../cli/commands/doctor.ts";
import { program, quoted } from "../../cli/program.ts";
import { diagnosisSchema } from "../../shared/rpc/shapes.ts";
import { gristmill } from "../support/gristmill-process.ts";
import { tempFolder } from "../support/temp-folder.ts";
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

test("commands that start Gristmill start it, from any folder: those of this machine's diagnosis, and the one by its file", async () => {
  const { stdout } = await gristmill("doctor", "--json");
  const { remedies } = diagnosisSchema.parse(JSON.parse(stdout));
  const starting = remedies.flatMap(({ commands }) => commands).filter((command) => / run --source /.test(command));
  for (const command of [...starting, `${program({ PATH: "" })} run`]) {
    const help = execFileSync("/bin/sh", ["-c", `${command} --help`], { cwd: tempFolder(), encoding: "utf8" });
    expect(help).toContain("--source S");
  }
});

test("a program that is on PATH is called by its name, any other by its file, in a shell's words", () => {
  const folder = tempFolder();
  expect(program({ PATH: folder })).toMatch(/^node \S*\/bin\/gristmill\.mjs$/);
  writeFileSync(path.join(folder, "gristmill"), "");
  expect(program({ PATH: `/nonexistent${path.delimiter}${folder}` })).toBe("gristmill");
  expect([quoted("/a/b.mjs", "linux"), quoted("/it's here/b.mjs", "linux"), quoted("C:\\a b\\c.mjs", "win32")]).toEqual(
    ["/a/b.mjs", "'/it'\\''s here/b.mjs'", '"C:\\a b\\c.mjs"'],
  );
});

test("what it does not know is wrong usage", async () => {
  expect(await runCommand(doctorCommand, ["--fix"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("gristmill doctor"),
  });
});
