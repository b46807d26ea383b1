import { statSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { PtyError, startInPty } from "../../../main/platform/pty.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const node = (program: string, ...args: readonly string[]) => [process.execPath, "--eval", program, ...args];

test("a terminal whose native part is missing is an error that names it and what to do", async () => {
  const missing = startInPty(["log"], process.env, () => Promise.reject(new Error("Cannot find module 'node-pty'")));
  await expect(missing).rejects.toThrow(PtyError);
  await expect(missing).rejects.toThrow(/^the package node-pty, .* has no part for \w+-\w+ here: install .* npm ci/);
});

describe.skipIf(process.platform === "win32")("a program in a terminal", () => {
  test("sees a terminal, and what it writes there comes whole, long lines and both outputs, with its exit code", async () => {
    const program = `
      console.log(process.stdout.isTTY && process.stderr.isTTY, process.env.ONE);
      console.error("é".repeat(50_000));
      process.exitCode = 3;`;
    const run = await startInPty(node(program), { ...process.env, ONE: "1" });
    expect(await text(run.chunks)).toBe(`true 1\r\n${"é".repeat(50_000)}\r\n`);
    expect(await run.ended).toBe(3);
  });

  test("is ended by a kill, which has its name, though nobody has read what it wrote", async () => {
    const run = await startInPty(node(`for (;;) require("node:fs").writeSync(1, "x".repeat(4_096));`), process.env);
    await run.chunks[Symbol.asyncIterator]().next();
    run.kill();
    expect(await run.ended).toBe("SIGKILL");
  });

  test("is not killed once it is gone: its process ID may be another's by then", async () => {
    const run = await startInPty(node(`console.log("unread")`), process.env);
    expect(await run.ended).toBe(0);
    const kill = vi.spyOn(process, "kill");
    onTestFinished(() => kill.mockRestore());
    run.kill();
    expect(kill.mock.calls).toEqual([]);
  });

  test("blocks while nobody reads, and everything is there for who reads late", async () => {
    const progress = path.join(tempFolder(), "progress");
    const program = `
      const { appendFileSync, writeSync } = require("node:fs");
      const file = process.argv[1];
      for (let block = 0; block < 6_000; block++) {
        for (let bytes = Buffer.from("x".repeat(4_095) + "\\n"); bytes.length > 0; ) bytes = bytes.subarray(writeSync(1, bytes));
        appendFileSync(file, "+");
      }`;
    const run = await startInPty(node(program, progress), process.env);
    onTestFinished(() => run.kill());
    let before = -1;
    await vi.waitFor(
      () => {
        const now = statSync(progress).size;
        const isStill = now > 0 && now === before;
        before = now;
        if (!isStill) throw new Error("it is still writing");
      },
      { timeout: 30_000, interval: 200 },
    );
    expect(before).toBeLessThan(1_500); // Of 24 MB, not more than is held on the way.
    expect((await text(run.chunks)).length).toBe(6_000 * 4_097);
    expect(await run.ended).toBe(0);
  });
});
