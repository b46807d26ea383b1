// Source "unified-log" with a stand-in for macOS' program `log` (test/support/unified-log/log-stand-in.ts), in a real terminal.
// Long, because all of it needs the same stand-in and its store.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../main/platform/clock.ts";
import { startInPty } from "../../../main/platform/pty.ts";
import { logHoldsTailscaled, unifiedLogHasTailscaled } from "../../../main/sources/unified-log/holds-tailscaled.ts";
import { predicate } from "../../../main/sources/unified-log/log-program.ts";
import { unifiedLogSource } from "../../../main/sources/unified-log/unified-log.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { bootOne, bootTwo, localTime, UnifiedLog } from "../../support/unified-log/unified-log.ts";
import { type Followed, follow } from "./follow.ts";

const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);
const read = (
  log: UnifiedLog,
  position?: string,
  clock: Parameters<typeof unifiedLogSource>[0]["clock"] = systemClock,
) => follow(unifiedLogSource({ program: log.program, clock }), position);

/** Reads on from these of the positions that were handed over, all but the last if none is named, and expects what came after it. */
async function expectResumes(log: UnifiedLog, { entries, texts }: Followed, after?: readonly number[]): Promise<void> {
  for (const at of after ?? entries.slice(0, -1).keys()) {
    const rest = read(log, entries[at]?.position);
    await rest.count(entries.length - 1 - at);
    await rest.stop();
    expect(rest.texts).toEqual(texts.slice(at + 1));
  }
}

const startUs = Date.UTC(2026, 7, 22, 15, 19, 51) * 1000 + 123_456;

// A terminal of Windows is none that log could be given.
describe.skipIf(process.platform === "win32")("the unified log", () => {
  test("an entry has the text, the time to the microsecond, the process and the start of the machine", async () => {
    const log = new UnifiedLog();
    log.write(['^3.3M magicsock: "home" is now\nderp-4 (fra)/✓\n'], { timeUs: startUs, pid: 812 });
    const followed = read(log);
    await followed.count(1);
    expect(followed.entries[0]?.line).toBe(
      `{"logtail":{"client_time":"2026-08-22T15:19:51.123456Z"},"text":"^3.3M magicsock: \\"home\\" is now\\nderp-4 (fra)/✓","src":"unified-log","pid":812,"boot":"${bootOne}"}`,
    );
  });

  test("the daemon is known by all its names; other processes, macOS' frameworks in it, and what is no message are not taken", async () => {
    const log = new UnifiedLog();
    const write = () => {
      log.write(["of the App Store"], { process: "IPNExtension" });
      log.write(["standalone"], { process: "io.tailscale.ipn.macsys.network-extension" });
      log.write(["by itself"], { process: "tailscaled", subsystem: "" });
      log.write(["of another"], { process: "sshd" });
      log.write(["of a framework"], { subsystem: "com.apple.network" });
      log.write(["an activity"], { raw: { eventType: "activityCreateEvent", messageType: undefined } });
      log.write(["a signpost"], { raw: { eventType: "signpostEvent" } });
    };
    write();
    const followed = read(log);
    await followed.count(3);
    await log.ready();
    write();
    await followed.count(6);
    await followed.stop();
    const once = ["of the App Store", "standalone", "by itself"];
    expect(followed.texts).toEqual([...once, ...once]);
  });

  test("log holds a quiet daemon's line back from a pipe, and shows it to a terminal", async () => {
    const log = new UnifiedLog();
    const [file = "", ...args] = [...log.program, "stream", "--style", "ndjson", "--predicate", predicate];
    const pipe = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
    const gone = once(pipe, "close");
    const piped: string[] = [];
    pipe.stdout.on("data", (bytes: Buffer) => piped.push(bytes.toString()));
    const terminal = await startInPty([file, ...args], process.env);
    onTestFinished(async () => {
      terminal.kill();
      pipe.kill("SIGKILL");
      await Promise.all([terminal.ended, gone]);
    });
    await log.ready(2);
    log.write(["line 1"]);
    let shown = "";
    for await (const chunk of terminal.chunks) {
      shown += chunk.toString();
      if (shown.includes("line 1")) break;
    }
    expect(piped).toEqual([]);
    pipe.kill("SIGTERM");
    await gone;
    expect(piped.join("")).toContain("line 1");
  });
});

describe.skipIf(process.platform === "win32")("between what is kept and what is streamed", () => {
  test("nothing falls: what was written before the stream was ready comes in its place once the stream shows something", async () => {
    const log = new UnifiedLog();
    log.write(lines(1, 3));
    log.hold();
    const followed = read(log, undefined, new ManualClock()); // It never looks again by itself.
    await followed.count(3);
    await vi.waitFor(() => expect(followed.reports).toEqual(["following: null"]));
    log.write(lines(4, 5));
    log.release();
    await log.ready();
    log.write(["line 6"]);
    await followed.count(6);
    expect(followed.texts).toEqual(lines(1, 6));
  });

  test("nobody waits: what was written before the stream was ready comes, though the daemon writes no more", async () => {
    const log = new UnifiedLog();
    log.write(lines(1, 3));
    log.hold();
    const followed = read(log);
    await followed.count(3);
    log.write(lines(4, 5));
    log.release();
    await followed.count(5);
    expect(followed.texts).toEqual(lines(1, 5));
  });

  test("what comes both ways comes once, however alike the messages are, and so it is after a restart at any of them", async () => {
    const log = new UnifiedLog();
    const alike = { mach: 30_000_000_000_000, timeUs: Date.now() * 1000 };
    log.write(["tick", "tick", "tock"], alike);
    const followed = read(log);
    await followed.count(3);
    await log.ready();
    log.write(["tick", "tick"], alike);
    log.write(["tick"], { ...alike, thread: 5 });
    log.write(["last"]);
    await followed.count(7);
    await followed.stop();
    expect(followed.texts).toEqual(["tick", "tick", "tock", "tick", "tick", "tick", "last"]);
    await expectResumes(log, followed);
  });

  test("what the stream shows while a look is under way comes once, in whatever order the stream has it", async () => {
    const log = new UnifiedLog();
    log.write(lines(1, 20_000));
    const followed = read(log);
    await log.ready();
    await followed.count(1);
    for (let from = 20_001; from < 21_000; from += 100) log.write(lines(from, from + 99));
    await followed.count(21_000);
    log.write(["last"]);
    await followed.count(21_001);
    expect(followed.texts).toEqual([...lines(1, 21_000), "last"]);
  });

  test("what macOS keeps nowhere comes from the stream", async () => {
    const log = new UnifiedLog();
    log.write(["line 1"]);
    const followed = read(log);
    await followed.count(1);
    await log.ready();
    log.write(["line 2"], { level: "Debug" });
    log.write(["line 3"]);
    log.write(["line 4"], { level: "Debug" });
    await followed.count(4);
    await followed.stop();
    expect(new Set(followed.texts)).toEqual(new Set(lines(1, 4)));
    expect(followed.entries).toHaveLength(4);
  });

  test("a reader that does not read for long loses nothing: what the stream dropped is in the kept log", async () => {
    const log = new UnifiedLog();
    log.write(["line 1"]);
    const abort = new AbortController();
    onTestFinished(() => abort.abort());
    const source = unifiedLogSource({ program: log.program, clock: systemClock });
    const batches = source.entries(undefined, abort.signal, () => {})[Symbol.asyncIterator]();
    const texts: string[] = [];
    const take = async () => {
      const { value } = await batches.next();
      for (const { line } of value) texts.push((JSON.parse(line) as { text: string }).text);
    };
    await take();
    await log.ready();
    const long = (from: number, to: number) => lines(from, to).map((line) => `${line} ${"x".repeat(2_000)}`);
    log.write(long(2, 2));
    while (texts.length < 2) await take();
    const last = 8_000; // 20 MB: more than all that holds something on the way.
    for (let from = 3; from < last; from += 500) log.write(long(from, Math.min(last, from + 499)));
    while (texts.length < last) await take();
    expect(log.hasDropped).toBe(true);
    expect(texts).toEqual(["line 1", ...long(2, last)]);
    abort.abort();
    await batches.return?.();
  });
});

describe.skipIf(process.platform === "win32")("a place in a log that has changed", () => {
  test("because the machine was started anew, where ticks begin again: nothing is lost or doubled", async () => {
    const log = new UnifiedLog();
    log.write(lines(1, 20));
    const followed = read(log);
    await followed.count(20);
    await log.ready();
    log.restartMachine();
    log.write(lines(21, 45));
    await followed.count(45);
    await followed.stop();
    expect(followed.parsed.map(({ boot }) => boot)).toEqual([...Array(20).fill(bootOne), ...Array(25).fill(bootTwo)]);
    await expectResumes(log, followed, [19, 38]);
  });

  test("because the clock was set back: nothing is lost or doubled", async () => {
    const log = new UnifiedLog();
    log.write(lines(1, 20));
    log.write(["line 21"], { timeUs: (Date.now() - 1_030_000) * 1000 });
    log.write(lines(22, 40));
    const followed = read(log);
    await followed.count(40);
    await followed.stop();
    expect(followed.texts).toEqual(lines(1, 40));
    await expectResumes(log, followed, [19, 20]);
  });

  test("because macOS made room: what may be gone is declared, once", async () => {
    const log = new UnifiedLog(startUs / 1000);
    log.write(lines(1, 3));
    const followed = read(log);
    await followed.count(3);
    await followed.stop();
    log.write(["gone"]);
    log.write(["line 5"], { timeUs: startUs + 3_600_000_000 });
    log.keepLatest(1);
    const later = read(log, followed.entries.at(-1)?.position);
    await later.count(2);
    await later.stop();
    expect(later.parsed[0]?.loss).toEqual({
      kind: "journal-gap",
      count: null,
      from: "2026-08-22T15:19:51.126Z",
      to: "2026-08-22T16:19:51.123Z",
      why: "macOS no longer keeps the log entry where reading stopped, so entries that followed it may be gone too",
    });
    expect(later.texts[1]).toBe("line 5");
    const again = read(log, later.entries[0]?.position);
    await again.count(1);
    await again.stop();
    expect(again.texts).toEqual(["line 5"]);
  });

  test("is no loss where the entry that was read last was one that macOS never kept", async () => {
    const log = new UnifiedLog(startUs / 1000);
    log.write(["line 1"], { level: "Info", isKept: true });
    const followed = read(log);
    await followed.count(1);
    await followed.stop();
    log.write(["line 2"], { timeUs: startUs + 3_600_000_000 });
    log.keepLatest(1);
    const later = read(log, followed.entries[0]?.position);
    await later.count(1);
    expect(later.texts).toEqual(["line 2"]);
  });
});

describe.skipIf(process.platform === "win32")("what is no message", () => {
  test("messages that macOS dropped are a loss entry with its count and times, shown or streamed, once", async () => {
    const log = new UnifiedLog(startUs / 1000);
    const times = { lossStartTimestamp: localTime(startUs - 2_000_000), lossEndTimestamp: localTime(startUs) };
    log.lose(7, { raw: times });
    const followed = read(log);
    await followed.count(1);
    await log.ready();
    log.lose(3, { raw: { lossCountSaturated: true } });
    log.write(["line 1"]);
    await followed.count(3);
    await followed.stop();
    const dropped = "macOS dropped messages that were written faster than it could keep them";
    expect(followed.parsed.map(({ loss, text }) => loss ?? text)).toEqual([
      {
        kind: "journal-gap",
        count: 7,
        from: "2026-08-22T15:19:49.123Z",
        to: "2026-08-22T15:19:51.123Z",
        why: dropped,
      },
      { kind: "journal-gap", count: 3, why: `${dropped}, and more than it could count` },
      "line 1",
    ]);
    const rest = read(log, followed.entries[1]?.position);
    await rest.count(1);
    expect(rest.texts).toEqual(["line 1"]);
  });

  test("a record that cannot be read is declared once, and what is around it is read", async () => {
    const bytes = '{"eventType":"logEvent","eventMessage":"li';
    const log = new UnifiedLog();
    log.write(["line 1"]);
    log.writeBytes(bytes);
    log.write(["line 3"]);
    const followed = read(log);
    await followed.count(3);
    await log.ready();
    log.writeBytes(`${bytes} again`);
    log.write(["line 5"]);
    await followed.count(5);
    await followed.stop();
    const shown = followed.parsed.map(({ loss, text }) => loss?.count ?? text);
    expect(shown).toEqual(["line 1", 1, "line 3", 1, "line 5"]);
    expect(followed.parsed[1]?.loss?.why).toContain(bytes);
    await expectResumes(log, followed, [1]);
  });

  test("sentences between the records are none", async () => {
    const log = new UnifiedLog();
    log.writeBytes("getpwuid_r did not find a match for uid 501");
    log.writeBytes("");
    log.write(["line 1"]);
    const followed = read(log);
    await followed.count(1);
    await log.ready();
    log.writeBytes("getpwuid_r did not find a match for uid 501");
    log.write(["line 2"]);
    await followed.count(2);
    expect(followed.texts).toEqual(lines(1, 2));
  });

  test("what macOS hides is kept as it shows it, and the user is told how to see it from then on", async () => {
    const log = new UnifiedLog();
    log.write(["line 1"]);
    const followed = read(log);
    await followed.count(1);
    await log.ready();
    log.write(["<private>"]);
    await followed.count(2);
    expect(followed.texts).toEqual(["line 1", "<private>"]);
    expect(followed.reports).toEqual(["following: null", expect.stringMatching(/^following: .*Enable-Private-Data/)]);
  });
});

describe.skipIf(process.platform === "win32")("a log that cannot be read", () => {
  test("is not one whose log show takes its time to end once all is shown", async () => {
    const log = new UnifiedLog();
    log.write(["line 1"]);
    const folder = tempFolder();
    mkdirSync(folder, { recursive: true });
    const [closed, gate] = [path.join(folder, "closed"), path.join(folder, "gate")];
    const lingers = `
      case " $* " in *" stream "*) exec "$@";; esac
      "$@"; how=$?; exec >&-; : > '${closed}'
      until test -e '${gate}'; do sleep 0.01; done
      exit $how`;
    const program = ["/bin/sh", "-c", lingers, "log", ...log.program];
    const followed = follow(unifiedLogSource({ program, clock: systemClock }));
    await followed.count(1);
    await vi.waitFor(() => statSync(closed), { timeout: 20_000, interval: 5 });
    for (let turn = 0; turn < 10; turn++) await setImmediate(); // The reader, in this process, sees in one of them that all is shown.
    writeFileSync(gate, "");
    await log.ready();
    log.write(["line 2"]);
    await followed.count(2);
    await followed.stop();
    expect(followed.reports).toEqual(["following: null"]);
  });

  test("because this user may not: a sentence that says who may, and reading begins once he may", async () => {
    const log = new UnifiedLog();
    log.write(["line 1"]);
    log.deny();
    const followed = read(log);
    await followed.reported(
      /^waiting: macOS does not show its log to this user: .*administrator.*; Gristmill keeps trying/,
    );
    expect(await logHoldsTailscaled(systemClock, log.program)).toBe(false);
    log.allow();
    await followed.count(1);
    expect(followed.texts).toEqual(["line 1"]);
    expect(followed.reports.at(-1)).toBe("following: null");
  });

  test("because the program is not there: a sentence that names it", async () => {
    const followed = follow(unifiedLogSource({ program: ["/nowhere/log"], clock: systemClock }));
    await followed.reported(/^waiting: macOS' program log is not at \/usr\/bin\/log: .*; Gristmill keeps trying/);
    expect(await logHoldsTailscaled(systemClock, ["/nowhere/log"])).toBe(false);
  });

  test("is tried again after pauses that grow to a minute, and that begin anew once it could be read", async () => {
    const log = new UnifiedLog();
    log.write(["line 1"]);
    log.deny();
    const slept: number[] = [];
    const impatient = { ...systemClock, sleep: async (ms: number) => void slept.push(ms) };
    const followed = read(log, undefined, impatient);
    await vi.waitFor(() => expect(slept.length).toBeGreaterThanOrEqual(18), { timeout: 30_000 });
    // Each attempt waits first for the stream to begin.
    expect(slept.slice(0, 18).filter((_, at) => at % 2 === 1)).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
    expect(followed.reports).toHaveLength(1);
    log.allow();
    await followed.count(1);
    const before = log.runs("show").length;
    await vi.waitFor(() => expect(log.runs("show").length).toBe(before + 3), { timeout: 30_000 }); // It looks again, and then only waits.
    const tried = slept.length;
    process.kill(log.runs("stream").at(-1)?.pid ?? 0, "SIGKILL");
    await followed.reported(
      /^waiting: log was ended by SIGKILL; Gristmill keeps trying, and goes on after the last entry/,
    );
    await vi.waitFor(() => expect(slept.length).toBeGreaterThan(tried));
    expect(slept[tried]).toBe(500);
  });

  test("because it is empty: the user is told what may be the reason, until something comes", async () => {
    const log = new UnifiedLog();
    log.write(["of another"], { process: "sshd" });
    const followed = read(log);
    await followed.reported(/^waiting: The log of macOS holds nothing of Tailscale yet\. .*--syslog/);
    expect(await logHoldsTailscaled(systemClock, log.program)).toBe(false);
    log.write(["line 1"]);
    await followed.count(1);
    expect(followed.reports.at(-1)).toBe("following: null");
    expect(await logHoldsTailscaled(systemClock, log.program)).toBe(true);
  });
});

test("a Mac is one to read the unified log of if Tailscale's app is there, or its log has tailscaled; no other system is", async () => {
  const nowhere = { app: "/nowhere/Tailscale.app", program: ["/nowhere/log"] };
  const log = new UnifiedLog();
  log.write(["line 1"]);
  const machines = [
    { ...nowhere, platform: "darwin" },
    { ...nowhere, platform: "darwin", app: import.meta.dirname },
    { ...nowhere, platform: "darwin", program: log.program },
    { platform: "linux", app: import.meta.dirname, program: log.program },
    { platform: "win32", app: import.meta.dirname, program: log.program },
  ] as const;
  const found = await Promise.all(machines.map((machine) => unifiedLogHasTailscaled(systemClock, machine)));
  expect(found).toEqual([false, true, true, false, false]);
});
