// Source "journald" when processes die, stall and come late: real journalctl, real journald.
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../main/platform/clock.ts";
import { journaldSource } from "../../main/sources/journald/journald.ts";
import { childrenWith, follow } from "../main/sources/follow.ts";
import { createJournal, hasJournals, startJournald } from "../support/journal.ts";
import { tempFolder } from "../support/temp-folder.ts";

const sourceOf = (directory: string) => journaldSource({ directory, clock: systemClock });
const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ message: `line ${from + at}` }));
const lines = (from: number, to: number) => messages(from, to).map(({ message }) => message);

/** The journalctl that follows this directory, once there is one. */
async function followerOf(directory: string): Promise<number> {
  return vi.waitFor(
    () => {
      const [pid] = childrenWith(`--directory=${directory}`);
      if (pid === undefined || !readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--follow"))
        throw new Error("none yet");
      return pid;
    },
    { timeout: 10_000, interval: 5 },
  );
}

test.runIf(hasJournals)(
  "a journalctl that is killed again and again while the journal grows loses and doubles nothing, and each time is reported",
  async () => {
    const directory = tempFolder();
    const journal = createJournal(directory);
    const followed = follow(sourceOf(directory));
    for (let round = 0; round < 8; round++) {
      const pid = await followerOf(directory);
      const writing = journal.append(messages(round * 2_000 + 1, round * 2_000 + 2_000));
      await followed.count(round * 2_000 + 1 + round * 200);
      process.kill(pid, "SIGKILL");
      await writing;
      await vi.waitFor(() => expect(childrenWith(`--directory=${directory}`)).not.toContain(pid));
    }
    await followed.count(16_000);
    await followed.stop();
    await journal.close();
    expect(followed.texts).toEqual(lines(1, 16_000));
    expect(followed.reports).toContain(
      "waiting: journalctl was ended by SIGKILL; it is started again, and reading goes on after the last entry that was read.",
    );
    expect(followed.reports.at(-1)).toBe("following: null");
  },
);

test.runIf(hasJournals)(
  "after an abort no journalctl is left, whether the journal is silent or in full flow",
  async () => {
    const directory = tempFolder();
    const journal = createJournal(directory);
    const silent = follow(sourceOf(directory));
    await followerOf(directory);
    await silent.stop();
    expect(childrenWith(`--directory=${directory}`)).toEqual([]);
    await journal.append(messages(1, 20_000));
    const busy = follow(sourceOf(directory));
    await busy.count(500);
    await busy.stop();
    expect(childrenWith(`--directory=${directory}`)).toEqual([]);
    await journal.close();
  },
);

test.runIf(hasJournals)("a consumer that does not ask for more holds journalctl back", async () => {
  const directory = tempFolder();
  const journal = createJournal(directory);
  await journal.append(messages(1, 40_000));
  await journal.close();
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const batches = sourceOf(directory).entries(undefined, abort.signal, () => {});
  const iterator = batches[Symbol.asyncIterator]();
  await iterator.next();
  const pid = await followerOf(directory);
  const written = () => Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
  const asleep = () => readFileSync(`/proc/${pid}/wchan`, "utf8");
  let before = -1;
  await vi.waitFor(
    () => {
      const now = written();
      const isStill = now === before && asleep() !== "0";
      before = now;
      if (!isStill) throw new Error("journalctl is still writing");
    },
    { timeout: 10_000, interval: 200 },
  );
  expect(before).toBeLessThan(1024 * 1024);
  abort.abort();
  expect((await iterator.next()).done).toBe(true);
});

test.runIf(hasJournals)(
  "a real journald is followed entry by entry, and a restart of it changes nothing",
  async (context) => {
    const directory = path.join(tempFolder(), "journal");
    const first = await startJournald(directory);
    if ("why" in first) return context.skip(`NOT RUN: ${first.why}`);
    const followed = follow(sourceOf(directory));
    for (let number = 1; number <= 3; number++) {
      await first.log(`line ${number}`);
      await followed.count(number);
    }
    await first.close();
    const second = await startJournald(directory);
    if ("why" in second) throw new Error(second.why);
    await second.log("line 4");
    await followed.count(4);
    expect(followed.texts).toEqual(lines(1, 4));
    expect(followed.parsed[0]).toMatchObject({
      src: "journald",
      boot: expect.stringMatching(/^[0-9a-f]{32}$/),
      pid: process.pid,
    });
    await followed.stop();
    await second.close();
  },
);

test.runIf(hasJournals)("a line that journald splits comes whole, and so do those around it", async (context) => {
  const directory = path.join(tempFolder(), "journal");
  const journald = await startJournald(directory);
  if ("why" in journald) return context.skip(`NOT RUN: ${journald.why}`);
  const followed = follow(sourceOf(directory));
  const written = ["short", "a".repeat(5 * 1024), "é".repeat(35 * 1024), "b".repeat(200 * 1024), "last"];
  for (const line of written) await journald.log(line);
  await followed.said("last");
  expect(followed.texts).toEqual(written);
  await followed.stop();
  for (const [at, { position }] of followed.entries.entries()) {
    const rest = follow(sourceOf(directory), position);
    await rest.count(written.length - at - 1);
    await rest.stop();
    expect(rest.texts).toEqual(written.slice(at + 1));
  }
  await journald.close();
});

test.runIf(hasJournals)(
  "what journald's rate limit drops is counted: every line comes or is in a loss",
  async (context) => {
    const directory = path.join(tempFolder(), "journal");
    const journald = await startJournald(directory, "RateLimitIntervalSec=1s\nRateLimitBurst=100\n");
    if ("why" in journald) return context.skip(`NOT RUN: ${journald.why}`);
    const service = journald.startService();
    if ("why" in service) {
      await journald.close();
      return context.skip(`NOT RUN: ${service.why}`);
    }
    const followed = follow(sourceOf(directory));
    const burst = 5_000;
    await service.write(
      lines(1, burst)
        .map((line) => `${line}\n`)
        .join(""),
    );
    // journald says it with the first entry after the interval.
    let extra = 0;
    const dropped = () => followed.parsed.reduce((sum, { loss }) => sum + (loss?.count ?? 0), 0);
    await vi.waitFor(
      async () => {
        extra += 1;
        await service.write(`line ${burst + extra}\n`);
        expect(dropped()).toBeGreaterThan(0);
      },
      { timeout: 20_000, interval: 100 },
    );
    await service.write("end\n");
    await followed.said("end");
    await followed.stop();
    await journald.close();
    const read = followed.texts.filter((text) => text?.startsWith("line "));
    expect(read.length + dropped()).toBe(burst + extra);
    expect(followed.parsed.find(({ loss }) => loss)?.loss).toEqual({
      kind: "rate-limit",
      count: dropped(),
      why: "journald dropped entries of tailscaled, which came faster than its limit (RateLimitBurst in journald.conf)",
    });
  },
);

test.runIf(hasJournals)(
  "what a vacuum took after the last position is declared, and a vacuum that took nothing unread is not",
  async (context) => {
    const directory = path.join(tempFolder(), "journal");
    const journald = await startJournald(directory);
    if ("why" in journald) return context.skip(`NOT RUN: ${journald.why}`);
    const followed = follow(sourceOf(directory));
    for (let number = 1; number <= 3; number++) {
      await journald.log(`line ${number}`);
      await followed.count(number);
    }
    const archives = () => globSync("*/system@*.journal", { cwd: directory });
    const rotate = async () => {
      process.kill(journald.pid, "SIGUSR2");
      await vi.waitFor(() => expect(archives()).toHaveLength(1), { timeout: 10_000 });
    };
    await rotate();
    await journald.log("line 4");
    await followed.count(4);
    execFileSync("journalctl", [`--directory=${directory}`, "--vacuum-files=1", "--quiet"], { stdio: "ignore" });
    expect(archives()).toEqual([]);
    const [second, third] = [followed.entries[1]?.position, followed.entries[2]?.position];
    const nothingUnread = follow(sourceOf(directory), third);
    await nothingUnread.count(1);
    expect(nothingUnread.texts).toEqual(["line 4"]);
    const oneUnread = follow(sourceOf(directory), second);
    await oneUnread.count(2);
    expect(oneUnread.parsed[0]?.loss).toMatchObject({
      kind: "journal-gap",
      count: null,
      why: "the journal was vacuumed: 1 entry is gone that may be of any program",
    });
    expect(oneUnread.texts.slice(1)).toEqual(["line 4"]);
    await Promise.all([followed.stop(), nothingUnread.stop(), oneUnread.stop()]);
    await journald.close();
  },
);
