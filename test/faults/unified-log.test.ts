// Source "unified-log" when processes die: a stand-in for `log`, killed for real.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, expect, test, vi } from "vitest";
import { systemClock } from "../../main/platform/clock.ts";
import { unifiedLogSource } from "../../main/sources/unified-log/unified-log.ts";
import { follow } from "../main/sources/follow.ts";
import { UnifiedLog } from "../support/unified-log/unified-log.ts";

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);
/** Pauses between attempts are a test's to wait for; those before another look are not. */
const hasty = { ...systemClock, sleep: (ms: number, signal: AbortSignal) => systemClock.sleep(ms / 10, signal) };
const sourceOf = (log: UnifiedLog) => unifiedLogSource({ program: log.program, clock: hasty });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function kill(pid: number | undefined): void {
  if (pid !== undefined && isAlive(pid)) process.kill(pid, "SIGKILL");
}

const pids = (log: UnifiedLog) => [...log.runs("show"), ...log.runs("stream")].map(({ pid }) => pid);

// A terminal of Windows is none that log could be given.
describe.skipIf(process.platform === "win32")("the unified log", () => {
  test("log is killed again and again, streaming and showing, while the log grows: nothing is lost or doubled, and each time is reported", async () => {
    const log = new UnifiedLog();
    const followed = follow(sourceOf(log));
    let written = 0;
    const write = (count: number) => {
      log.write(lines(written + 1, written + count));
      written += count;
    };
    await log.ready();
    for (let round = 0; round < 6; round++) {
      write(1_500);
      await followed.count(written - 1_000);
      write(500);
      const shown = log.runs("show").length;
      kill(log.runs("stream").at(-1)?.pid);
      write(250);
      await vi.waitFor(() => expect(log.runs("show").length).toBeGreaterThan(shown), { timeout: 20_000, interval: 1 });
      kill(log.runs("show").at(-1)?.pid);
      write(250);
    }
    await followed.count(written);
    write(1);
    await followed.count(written);
    await followed.stop();
    expect(followed.texts).toEqual(lines(1, written));
    expect(followed.reports).toContain(
      "waiting: log was ended by SIGKILL; Gristmill keeps trying, and goes on after the last entry that was read.",
    );
    expect(followed.reports.at(-1)).toBe("following: null");
  });

  test("after an abort no log is left, whether the log is silent, in full flow, or being looked through", async () => {
    const log = new UnifiedLog();
    const silent = follow(sourceOf(log));
    await log.ready();
    await silent.stop();
    expect(pids(log).filter(isAlive)).toEqual([]);
    log.write(lines(1, 20_000));
    const busy = follow(sourceOf(log));
    await busy.count(500);
    await busy.stop();
    expect(pids(log).filter(isAlive)).toEqual([]);
  });

  test("a Gristmill that is killed takes the stream with it, which has nobody to show anything to any more", async () => {
    const log = new UnifiedLog();
    log.write(["line 1"]);
    const pty = path.resolve(import.meta.dirname, "../../main/platform/pty.ts");
    const holder = `import { startInPty } from ${JSON.stringify(pty)};
      const [, ...command] = process.argv;
      const run = await startInPty(command, process.env);
      for await (const _ of run.chunks);`;
    const command = [...log.program, "stream", "--style", "ndjson"];
    const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", holder, "--", ...command], {
      stdio: "ignore",
    });
    const gone = once(child, "close");
    const stream = await log.ready();
    expect(isAlive(stream)).toBe(true);
    child.kill("SIGKILL");
    await gone;
    await vi.waitFor(() => expect(isAlive(stream)).toBe(false), { timeout: 20_000, interval: 5 });
  });
});
