import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { LockedError, takeLock } from "../../log/lock.ts";
import { loopbackOnlyNodeOptions } from "../support/loopback-only.ts";
import { tempFolder } from "../support/temp-folder.ts";

const holder = `import { takeLock } from ${JSON.stringify(new URL("../../log/lock.ts", import.meta.url).href)};
takeLock(process.argv[1]); globalThis.gc(); process.stdout.write("held"); setInterval(() => {}, 1000);`;

test("a second process is told who holds the folder, and gets it once that one was killed", async () => {
  const folder = tempFolder();
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "-e", holder, folder], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NODE_OPTIONS: loopbackOnlyNodeOptions },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await once(child.stdout, "data");
  expect(() => takeLock(folder)).toThrow(LockedError);
  expect(() => takeLock(folder)).toThrow(`(process ${child.pid})`);
  child.kill("SIGKILL");
  await once(child, "exit");
  takeLock(folder).release();
});

test("a lock that was released can be taken again in the same process", () => {
  const folder = tempFolder();
  takeLock(folder).release();
  takeLock(folder).release();
});
