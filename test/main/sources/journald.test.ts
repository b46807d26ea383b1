// Source "journald" with the real journalctl on journals that systemd-journal-remote wrote. Long, because all of it needs the same journals.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { messageLimit } from "../../../log/entry-text.ts";
import { systemClock } from "../../../main/platform/clock.ts";
import { holdsTailscaled } from "../../../main/sources/journald/holds-tailscaled.ts";
import { journaldSource } from "../../../main/sources/journald/journald.ts";
import type { Source } from "../../../main/sources/source.ts";
import { createJournal, hasJournals, type JournalEntry, testBoot } from "../../support/journal.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { type Followed, follow } from "./follow.ts";

const startUs = 1_795_471_391_000_000;
const sourceOf = (directory: string): Source => journaldSource({ directory, clock: systemClock });
const numbered = (from: number, to: number): readonly JournalEntry[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({
    message: `line ${from + at}`,
    time: startUs + (from + at) * 1_000,
  }));
const lines = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `line ${from + at}`);

async function write(directory: string, entries: readonly JournalEntry[], name?: string): Promise<void> {
  const journal = createJournal(directory, name);
  await journal.append(entries);
  await journal.close();
}

/** Puts a shell script in front of the real journalctl for the rest of the test. */
function replaceJournalctl(script: string): void {
  const folder = tempFolder();
  writeFileSync(path.join(folder, "journalctl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  chmodSync(folder, 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

describe.runIf(hasJournals)("what an entry becomes", () => {
  test("logtail JSON with the time to the microsecond, the process and the boot", async () => {
    const directory = tempFolder();
    const stamp = { fields: { _SOURCE_REALTIME_TIMESTAMP: String(startUs - 5) } };
    await write(directory, [
      { message: "magicsock: home is now derp-4 (fra)", time: startUs + 7, pid: 812 },
      { message: 'quoted "text" \\ ✓', time: startUs + 8, pid: 812, ...stamp },
    ]);
    const followed = follow(sourceOf(directory));
    await followed.count(2);
    expect(followed.entries.map(({ line }) => line)).toEqual([
      `{"logtail":{"client_time":"2026-11-23T22:03:11.000007Z"},"text":"magicsock: home is now derp-4 (fra)","src":"journald","pid":812,"boot":"${testBoot}"}`,
      `{"logtail":{"client_time":"2026-11-23T22:03:10.999995Z"},"text":"quoted \\"text\\" \\\\ ✓","src":"journald","pid":812,"boot":"${testBoot}"}`,
    ]);
    expect(followed.entries[0]?.position).toMatch(/^s=[0-9a-f]{32};i=1;b=/);
  });

  test("messages with newlines, with any bytes, of 70 KiB, empty and beyond the limit come whole or marked", async () => {
    const directory = tempFolder();
    const long = "0123456789".repeat(7 * 1024);
    const messages = [
      "two\nlines",
      Buffer.from([0, 0xff, 0x41, 10]),
      long,
      "",
      undefined,
      "x".repeat(messageLimit + 9),
    ];
    await write(
      directory,
      messages.map((message, at) => ({ message, time: startUs + at })),
    );
    const followed = follow(sourceOf(directory));
    await followed.count(messages.length);
    expect(followed.texts).toEqual([
      "two\nlines",
      "\u0000\ufffdA\n",
      long,
      "",
      undefined,
      `${"x".repeat(messageLimit)}…+9`,
    ]);
    expect(followed.parsed.at(-2)?.loss).toMatchObject({ kind: "journal-gap", count: 1 });
    expect(followed.parsed.at(-1)?.logtail.error).toEqual({
      detail: `message cut after ${messageLimit} bytes: 9 bytes are missing`,
    });
  });

  test("entries of the service and of the name are taken, those of other programs are not", async () => {
    const directory = tempFolder();
    await write(directory, [
      { message: "by name", time: startUs },
      { message: "of another", time: startUs + 1, identifier: "sshd", fields: { _SYSTEMD_UNIT: "ssh.service" } },
      {
        message: "by unit",
        time: startUs + 2,
        identifier: "iptables",
        fields: { _SYSTEMD_UNIT: "tailscaled.service" },
      },
    ]);
    const followed = follow(sourceOf(directory));
    await followed.count(2);
    expect(followed.texts).toEqual(["by name", "by unit"]);
  });
});

describe.runIf(hasJournals)("order and place", () => {
  test("everything comes once and in order, over all boots, and then what is appended", async () => {
    const directory = tempFolder();
    const journal = createJournal(directory);
    await journal.append(numbered(1, 300).map((entry) => ({ ...entry, boot: "a".repeat(32) })));
    await journal.append(numbered(301, 600));
    const followed = follow(sourceOf(directory));
    await followed.count(600);
    await journal.append(numbered(601, 900));
    await followed.count(900);
    expect(followed.texts).toEqual(lines(1, 900));
    expect(followed.reports.at(-1)).toBe("following: null");
    await journal.close();
  });

  test("a new boot, and a clock that is set back in it, are followed entry by entry, and from any position in the boot", async () => {
    const directory = tempFolder();
    const hour = 3_600_000_000;
    const [first, second] = ["a".repeat(32), "b".repeat(32)];
    const entries = numbered(1, 9).map((entry, at) => ({
      ...entry,
      boot: at < 3 ? first : second,
      monotonic: at < 3 ? 500_000_000 + at : 1_000 + at,
      time: (entry.time ?? 0) - (at < 6 ? 0 : hour),
    }));
    const journal = createJournal(directory, "one.journal");
    const followed = follow(sourceOf(directory));
    for (const entry of entries.slice(0, 8)) {
      await journal.append([entry]);
      await followed.said(entry.message as string);
    }
    await journal.close();
    // journald begins a new file when it sees the clock go back.
    await write(directory, entries.slice(8), "two.journal");
    await followed.count(9);
    expect(followed.texts).toEqual(lines(1, 9));
    // From the boot before, what a clock that was set back has dated earlier comes before the position: journalctl orders boots by time.
    for (const [at, { position }] of [...followed.entries.entries()].slice(3)) {
      const rest = follow(sourceOf(directory), position);
      await rest.count(8 - at);
      await rest.stop();
      expect(rest.texts).toEqual(lines(at + 2, 9));
    }
  });

  test("a start at any position goes on right after it", async () => {
    const directory = tempFolder();
    await write(directory, numbered(1, 8));
    const whole = follow(sourceOf(directory));
    await whole.count(8);
    await whole.stop();
    await write(directory, numbered(9, 9), "other.journal");
    for (const [at, { position }] of whole.entries.entries()) {
      const rest = follow(sourceOf(directory), position);
      await rest.count(8 - at);
      await rest.stop();
      expect(rest.texts).toEqual(lines(at + 2, 9));
    }
  });

  test("an empty directory gets its first file, and a directory below it, while it is followed", async () => {
    const directory = tempFolder();
    const followed = follow(sourceOf(directory));
    await followed.reported(/^waiting: The journal in .* holds no entry of tailscaled yet/);
    await write(directory, numbered(1, 3));
    await followed.count(3);
    await write(path.join(directory, "0123456789abcdef0123456789abcdef"), numbered(4, 6), "system.journal");
    await followed.count(6);
    expect(followed.texts).toEqual(lines(1, 6));
    expect(followed.reports.at(-1)).toBe("following: null");
  });

  test("a directory that is not there is named, and read once it is", async () => {
    const directory = path.join(tempFolder(), "later");
    const followed = follow(sourceOf(directory));
    await followed.reported(/^waiting: There is no directory .*later: create it/);
    await write(directory, numbered(1, 2));
    await followed.count(2);
    expect(followed.texts).toEqual(lines(1, 2));
  });

  test("a directory that is replaced while it is followed is read on, and the gap is declared", async () => {
    const directory = path.join(tempFolder(), "journal");
    await write(directory, numbered(1, 2));
    const followed = follow(sourceOf(directory));
    await followed.count(2);
    await write(`${directory}.next`, numbered(3, 4));
    renameSync(directory, `${directory}.gone`);
    renameSync(`${directory}.next`, directory);
    await followed.count(5);
    expect(followed.texts).toEqual(["line 1", "line 2", undefined, "line 3", "line 4"]);
    expect(followed.parsed[2]?.loss).toMatchObject({ kind: "journal-gap", count: null });
  });
});

describe.runIf(hasJournals)("a position that leads nowhere", () => {
  /** Reads all of a journal and stops. */
  async function readTo(directory: string, count: number): Promise<string | undefined> {
    const followed = follow(sourceOf(directory));
    await followed.count(count);
    await followed.stop();
    return followed.entries.at(-1)?.position;
  }

  test("because the journal was vacuumed: the gap is declared once, with its times", async () => {
    const directory = tempFolder();
    await write(directory, numbered(1, 5), "old.journal");
    const position = await readTo(directory, 5);
    await write(directory, numbered(6, 8), "next.journal");
    rmSync(path.join(directory, "old.journal"));
    const followed = follow(sourceOf(directory), position);
    await followed.count(4);
    await followed.stop();
    expect(followed.parsed[0]?.loss).toEqual({
      kind: "journal-gap",
      count: null,
      from: "2026-11-23T22:03:11.005Z",
      to: "2026-11-23T22:03:11.006Z",
      why: "the journal that was read is gone, and the one in its place begins later",
    });
    expect(followed.texts.slice(1)).toEqual(lines(6, 8));
    const again = follow(sourceOf(directory), followed.entries[0]?.position);
    await again.count(3);
    expect(again.texts).toEqual(lines(6, 8));
  });

  test("because another journal with the same entries has taken its place: nothing is read twice, nothing is declared", async () => {
    const directory = tempFolder();
    await write(directory, numbered(1, 5), "volatile.journal");
    const position = await readTo(directory, 5);
    rmSync(path.join(directory, "volatile.journal"));
    await write(directory, numbered(1, 8), "persistent.journal");
    const followed = follow(sourceOf(directory), position);
    await followed.count(3);
    expect(followed.texts).toEqual(lines(6, 8));
  });

  test("because everything there is now is older: it is read, and that is declared", async () => {
    const directory = tempFolder();
    await write(directory, numbered(100, 105), "old.journal");
    const position = await readTo(directory, 6);
    rmSync(path.join(directory, "old.journal"));
    await write(directory, numbered(1, 3), "next.journal");
    const followed = follow(sourceOf(directory), position);
    await followed.count(4);
    expect(followed.parsed[0]?.loss).toMatchObject({ kind: "journal-gap", from: "2026-11-23T22:03:11.105Z" });
    expect(followed.texts.slice(1)).toEqual(lines(1, 3));
  });

  test("because the journal is empty for now: it is looked for again when entries come", async () => {
    const directory = tempFolder();
    await write(directory, numbered(1, 5), "kept.journal");
    const position = await readTo(directory, 3);
    const aside = path.join(tempFolder(), "kept.journal");
    renameSync(path.join(directory, "kept.journal"), aside);
    const followed = follow(sourceOf(directory), position);
    await followed.reported(/^waiting: /);
    renameSync(aside, path.join(directory, "kept.journal"));
    await write(directory, numbered(6, 6), "more.journal");
    await followed.count(1);
    expect(followed.texts[0]).toBe("line 6");
  });

  test("because it is no cursor: everything is read, and that is declared", async () => {
    const directory = tempFolder();
    await write(directory, numbered(1, 2));
    const followed = follow(sourceOf(directory), "garbage");
    await followed.count(3);
    expect(followed.parsed[0]?.loss).toMatchObject({ why: "the position that was kept is no journal cursor" });
    expect(followed.texts.slice(1)).toEqual(lines(1, 2));
  });
});

describe.runIf(hasJournals)("a damaged journal file", () => {
  /** Entries as long as those that a journal does not compress, so that they can be found in the file. */
  const padded = (from: number, to: number) =>
    numbered(from, to).map((entry) => ({ ...entry, message: `${String(entry.message)} ${"x".repeat(200)}` }));
  const numbersIn = ({ texts }: Followed) =>
    texts.flatMap((text) => /^line (\d+)/.exec(text ?? "")?.[1] ?? []).map(Number);
  const lossesIn = ({ parsed }: Followed) => parsed.flatMap(({ loss }) => loss ?? []);

  function overwrite(file: string, at: string, length: number): void {
    const bytes = readFileSync(file);
    bytes.fill(0xff, bytes.indexOf(at) - 100, bytes.indexOf(at) + length);
    writeFileSync(file, bytes);
  }

  async function twoFiles(): Promise<{ readonly directory: string; readonly damaged: string }> {
    const directory = tempFolder();
    await write(directory, padded(1, 400), "damaged.journal");
    await write(directory, padded(401, 500), "whole.journal");
    return { directory, damaged: path.join(directory, "damaged.journal") };
  }

  test("of which only the beginning can be read: the rest is declared once, the files after it are read", async () => {
    const { directory, damaged } = await twoFiles();
    overwrite(damaged, "line 200 ", 4_000);
    const followed = follow(sourceOf(directory));
    await followed.said(padded(500, 500)[0]?.message as string);
    // The entry in which the damage begins may still be there, without its message: that is a loss of its own, of one.
    const rests = (by = followed) => lossesIn(by).filter(({ count }) => count === null);
    await vi.waitFor(() => expect(rests()).toHaveLength(1), { timeout: 10_000 });
    await followed.stop();
    const read = numbersIn(followed);
    const last = read.indexOf(401);
    expect(last).toBeGreaterThan(100);
    expect(read).toEqual(
      [...Array(last).keys(), ...Array.from({ length: 100 }, (_, at) => 400 + at)].map((at) => at + 1),
    );
    expect(rests()).toEqual([
      {
        kind: "journal-gap",
        count: null,
        from: "2026-11-23T22:03:11.001Z",
        to: "2026-11-23T22:03:11.400Z",
        why: `${damaged} is damaged, and journalctl leaves out what it cannot read of it: entries of any program may be missing`,
      },
    ]);
    const again = follow(sourceOf(directory), followed.entries.at(-1)?.position);
    const fromLoss = follow(
      sourceOf(directory),
      followed.entries[followed.parsed.findIndex(({ loss }) => loss?.count === null)]?.position,
    );
    await write(directory, padded(501, 501), "more.journal");
    for (const later of [again, fromLoss]) {
      await later.said(padded(501, 501)[0]?.message as string);
      await later.stop();
    }
    expect([numbersIn(again), lossesIn(again), rests(fromLoss)]).toEqual([[501], [], []]);
  });

  test.each([
    ["cut short", (file: string) => truncateSync(file, 4 * 1024 * 1024), "2026-11-23T22:03:11.001Z"],
    [
      "without its head",
      (file: string) => writeFileSync(file, "not a journal, but as long as one's head".repeat(9)),
      undefined,
    ],
  ])("that is %s: what it held is declared, the files beside it are read", async (_, damage, from) => {
    const { directory, damaged } = await twoFiles();
    damage(damaged);
    const followed = follow(sourceOf(directory));
    await followed.said(padded(500, 500)[0]?.message as string);
    await vi.waitFor(() => expect(lossesIn(followed)).toHaveLength(1), { timeout: 10_000 });
    expect(numbersIn(followed)).toEqual(Array.from({ length: 100 }, (_, at) => 401 + at));
    expect(lossesIn(followed)[0]).toMatchObject({ kind: "journal-gap", count: null, ...(from && { from }) });
  });

  test("all of which had been read before is no loss", async () => {
    const { directory, damaged } = await twoFiles();
    const before = follow(sourceOf(directory));
    await before.count(500);
    await before.stop();
    overwrite(damaged, "line 200 ", 4_000);
    truncateSync(damaged, 4 * 1024 * 1024);
    const followed = follow(sourceOf(directory), before.entries.at(-1)?.position);
    await write(directory, padded(501, 501), "more.journal");
    await followed.count(1);
    await followed.stop();
    expect([numbersIn(followed), lossesIn(followed)]).toEqual([[501], []]);
  });

  test("that cannot give one message: that entry is counted as lost, all others come", async () => {
    const directory = tempFolder();
    const long = numbered(1, 20).map((entry, at) => ({
      ...entry,
      message: `line ${at + 1} ${`${at * 7} `.repeat(300)}`,
    }));
    await write(directory, long, "one.journal");
    const file = path.join(directory, "one.journal");
    const bytes = readFileSync(file);
    const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
    const tenth = Array.from({ length: 10 }).reduce<number>((at) => bytes.indexOf(zstd, at + 1), 0);
    bytes.fill(0xff, tenth + 8, tenth + 40);
    writeFileSync(file, bytes);
    const followed = follow(sourceOf(directory));
    await followed.count(20);
    expect(numbersIn(followed)).toEqual([...Array(20).keys()].map((at) => at + 1).filter((number) => number !== 10));
    expect(followed.parsed[9]).toMatchObject({
      logtail: { client_time: "2026-11-23T22:03:11.010000Z" },
      loss: { kind: "journal-gap", count: 1 },
    });
  });
});

describe.runIf(hasJournals)("a journalctl that cannot do its work", () => {
  test("because it is not installed: a sentence with the remedy, and reading begins once it is", async () => {
    const directory = tempFolder();
    await write(directory, numbered(1, 2));
    const real = process.env.PATH;
    vi.stubEnv("PATH", "/nowhere");
    onTestFinished(() => void vi.unstubAllEnvs());
    const followed = follow(sourceOf(directory));
    await followed.reported(
      /^waiting: journalctl is not installed, or not on PATH: install .*; Gristmill keeps trying\.$/,
    );
    expect(await holdsTailscaled({ directory })).toBe(false);
    vi.stubEnv("PATH", real);
    await followed.count(2);
    expect(await holdsTailscaled({ directory })).toBe(true);
  });

  test("because this user may not read the journal: a sentence that names the groups", async () => {
    const directory = tempFolder();
    await write(directory, numbered(1, 2));
    chmodSync(directory, 0);
    if (process.getuid?.() === 0) {
      replaceJournalctl('exec setpriv --reuid=65534 --regid=65534 --clear-groups /usr/bin/journalctl "$@"');
    }
    const followed = follow(sourceOf(directory));
    await followed.reported(
      /^waiting: This user may not read the journal in .*systemd-journal or adm; Gristmill keeps trying\.$/,
    );
  });

  test("because it shows this user only his own journal, in which tailscaled is not: the groups again", async () => {
    // systemd 252's own words; the real one says them only to a user with a journal and without a group.
    const hint = "Hint: You are currently not seeing messages from other users and the system.";
    replaceJournalctl(`echo '${hint}' >&2`);
    const followed = follow(journaldSource({ directory: undefined, clock: systemClock }));
    await followed.reported(/^waiting: This user may not read the system's journal: .* systemd-journal or adm /);
  });

  test("because it fails: its exit code and its reason", async () => {
    replaceJournalctl("echo 'Failed to open journal: Bad message' >&2; exit 3");
    const followed = follow(sourceOf(tempFolder()));
    await followed.reported(
      /^waiting: journalctl failed with exit code 3: Failed to open journal: Bad message; Gristmill keeps trying\.$/,
    );
  });

  test("because it writes something that is no entry: what comes after is read, and the damage is declared", async () => {
    const entry = (number: number) =>
      `__CURSOR=c${number}\\n__REALTIME_TIMESTAMP=1\\n_BOOT_ID=\\nMESSAGE=line ${number}\\n\\n`;
    const stop = "exec sleep 60";
    replaceJournalctl(`printf '${entry(1)}noise\\n\\n${entry(2)}'\ncase "$*" in *--follow*) ${stop};; esac`);
    const followed = follow(sourceOf(tempFolder()));
    await followed.count(3);
    expect(followed.texts).toEqual(["line 1", undefined, "line 2"]);
    expect(followed.parsed[1]?.loss).toMatchObject({
      kind: "journal-gap",
      why: expect.stringContaining("is no entry"),
    });
  });
});

const currentBoot = hasJournals
  ? readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().replaceAll("-", "")
  : "";

/** Makes the journal in `directory` this machine's for every journalctl of the rest of the test. */
function showAsOwnJournal(directory: string): void {
  replaceJournalctl(
    `exec unshare --mount --propagation=private sh -c 'mount --bind "$0" /var/log/journal && exec /usr/bin/journalctl "$@"' ${directory} "$@"`,
  );
}

const canHidePlaces = process.getuid?.() === 0 && existsSync("/usr/bin/unshare");
test.runIf(canHidePlaces)(
  "this machine's own journal is read without a directory, and journals of other machines beside it are not",
  async () => {
    const directory = tempFolder();
    await write(directory, numbered(1, 2), "system.journal");
    const other = { fields: { _MACHINE_ID: "b".repeat(32) } };
    mkdirSync(path.join(directory, "remote"));
    showAsOwnJournal(directory);
    const followed = follow(journaldSource({ directory: undefined, clock: systemClock }));
    await followed.count(2);
    await write(
      path.join(directory, "remote"),
      [{ message: "of another machine", time: startUs + 3_000, ...other }],
      "other.journal",
    );
    await write(directory, numbered(4, 4), "more.journal");
    await followed.count(3);
    expect(followed.texts).toEqual(["line 1", "line 2", "line 4"]);
    expect(await holdsTailscaled({ directory: undefined })).toBe(true);
  },
);

test.runIf(canHidePlaces)(
  "a boot whose clock is behind that of the boot before is read whole and once, and so is what the boot before had left",
  async () => {
    const directory = tempFolder();
    showAsOwnJournal(directory);
    const own = () => journaldSource({ directory: undefined, clock: systemClock });
    await write(directory, numbered(1, 6), "before.journal");
    const killed = follow(own());
    await killed.count(6);
    await killed.stop();
    // After a power cut journald begins a new file, with numbers of its own. The clock is set right with the third entry.
    const now = numbered(7, 10).map((entry, at) => ({
      ...entry,
      boot: currentBoot,
      monotonic: 1_000 + at,
      time: (entry.time ?? 0) + (at < 2 ? -60_000_000 : 60_000_000),
    }));
    const journal = createJournal(directory, "now.journal");
    await journal.append(now.slice(0, 1));
    const followed = follow(own(), killed.entries[3]?.position);
    await followed.count(3);
    for (const entry of now.slice(1)) {
      await journal.append([entry]);
      await followed.said(entry.message as string);
    }
    await followed.stop();
    expect(followed.texts).toEqual(lines(5, 10));
    for (const [at, { position }] of followed.entries.entries()) {
      const rest = follow(own(), position);
      await rest.count(5 - at);
      await rest.stop();
      expect(rest.texts).toEqual(lines(at + 6, 10));
    }
    await journal.close();
  },
);

test.runIf(canHidePlaces)(
  "a boot whose clock is behind is read whole and once by whoever begins while it lasts",
  async () => {
    const directory = tempFolder();
    showAsOwnJournal(directory);
    const own = () => journaldSource({ directory: undefined, clock: systemClock });
    await write(directory, numbered(1, 3), "before.journal");
    const behind = numbered(4, 7).map((entry, at) => ({
      ...entry,
      boot: currentBoot,
      monotonic: 1_000 + at,
      time: (entry.time ?? 0) - 60_000_000,
    }));
    const journal = createJournal(directory, "now.journal");
    await journal.append(behind.slice(0, 2));
    const followed = follow(own());
    await followed.count(5);
    await journal.append(behind.slice(2, 3));
    await followed.count(6);
    await followed.stop();
    await journal.append(behind.slice(3));
    const again = follow(own(), followed.entries[4]?.position);
    await again.count(2);
    await again.stop();
    await journal.close();
    expect([followed.texts, again.texts]).toEqual([lines(1, 6), lines(6, 7)]);
  },
);
