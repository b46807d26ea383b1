// The unit and the container file: what they start is started here, as far as it can be without systemd and a container engine.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { runCatcher } from "../support/catcher-process.ts";
import { loopbackOnlyNodeOptions } from "../support/loopback-only.ts";
import { tempFolder } from "../support/temp-folder.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, "catcher", file), "utf8");
const unit = read("gristmill-catcher.service");
const containerfile = read("Containerfile");

const hasSystemd = (() => {
  try {
    execFileSync("systemd-analyze", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.log("skipped: there is no systemd-analyze here");
    return false;
  }
})();

test.runIf(hasSystemd)("systemd finds no fault with the unit, and little that it leaves exposed", () => {
  const file = path.join(tempFolder(), "gristmill-catcher.service");
  writeFileSync(file, unit.replace("/usr/bin/node", process.execPath));
  const said = execFileSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8", stdio: "pipe" });
  expect(said).toBe("");
  // 1.4 of 10 with systemd 252; fails above 2.
  execFileSync("systemd-analyze", ["security", "--offline=true", "--threshold=20", file], { stdio: "ignore" });
});

test("the unit's command line is one that the catcher understands", async () => {
  const [, command = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  const [program, script, name, ...args] = command.split(" ");
  expect([program, script, name]).toEqual(["/usr/bin/node", "/opt/gristmill/bin/gristmill.mjs", "catcher"]);
  const state = tempFolder();
  const filledIn = args.flatMap((arg) => {
    if (arg === "$OPTIONS") return ["--quota", "100G"];
    return [arg.replace("%S", state).replace(/\$\{LISTEN\}/, "127.0.0.1:0")];
  });
  expect(await runCatcher(filledIn).listening).toEqual({ listening: expect.stringMatching(/^http:/) });
});

test("what the container file copies is all that a catcher needs, and its entry point starts one", async () => {
  const image = tempFolder();
  const copied = [...containerfile.matchAll(/^COPY (.+) (\S+)$/gm)];
  for (const [, sources = "", target = ""] of copied) {
    for (const source of sources.split(" ")) {
      const to = path.join(image, target.endsWith("/") ? path.join(target, path.basename(source)) : target);
      mkdirSync(path.dirname(to), { recursive: true });
      cpSync(path.join(root, source), to, { recursive: true });
    }
  }
  symlinkSync(path.join(root, "node_modules"), path.join(image, "node_modules"));
  const [, entry = "[]"] = /^ENTRYPOINT (.*)$/m.exec(containerfile) ?? [];
  const [program, script = "", ...args] = JSON.parse(entry) as string[];
  expect(program).toBe("node");
  const state = args.map((arg) => (arg === "/var/lib/gristmill-catcher" ? path.join(image, "state") : arg));
  const inImage = script.replace("/opt/gristmill", image);
  const child = spawn(process.execPath, [inImage, ...state, "--listen", "127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, NODE_OPTIONS: loopbackOnlyNodeOptions },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { listening } = JSON.parse(line) as { listening: string };
  const [, check = ""] = /^ {2}CMD (.*)$/m.exec(containerfile) ?? [];
  const [, ...checked] = JSON.parse(check.replace("http://127.0.0.1:8474", listening)) as string[];
  execFileSync(process.execPath, checked, { stdio: "inherit" });
});
