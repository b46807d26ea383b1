// The sources that read bytes which somebody else writes, each with the means to write them.
import { appendFileSync, copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import { systemClock } from "../../../../main/platform/clock.ts";
import { demoSource } from "../../../../main/sources/demo/demo.ts";
import { fileSource } from "../../../../main/sources/file/file.ts";
import { journaldSource } from "../../../../main/sources/journald/journald.ts";
import type { Source } from "../../../../main/sources/source.ts";
import { stdinSource } from "../../../../main/sources/stdin.ts";
import { unifiedLogSource } from "../../../../main/sources/unified-log/unified-log.ts";
import { createJournal, hasJournals } from "../../../support/journal.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { UnifiedLog } from "../../../support/unified-log/unified-log.ts";
import { intakeLog, tapLog } from "./logtail-logs.ts";

/** A log in the making. Every text handed in here is to come out of the source once. */
export interface WrittenLog {
  /** A source that begins anew, as after a kill. */
  open(): Source;
  /** Each an entry, in as few writes as the kind of log has. */
  write(texts: readonly (string | Buffer)[]): Promise<void>;
  /** Bytes as they are, where the log is bytes. */
  readonly writeBytes?: (bytes: Buffer) => void;
  readonly rotate?: () => Promise<void>;
  /** copytruncate, while nobody writes. */
  readonly truncate?: () => void;
  readonly remove?: () => void;
  /** What is written while nobody reads is gone: then it is to come out as a loss. */
  readonly keepsNothing?: true;
  /** Resolves once somebody reads it, where that makes a difference. */
  readonly isRead?: () => Promise<void>;
}

export interface SourceRow {
  readonly name: string;
  /** Why it cannot be driven here at all; undefined = it can. */
  readonly absent?: string;
  readonly create?: () => WrittenLog | Promise<WrittenLog>;
  /** The cases that cannot apply to it, each with the reason. */
  readonly exempt: Readonly<Record<string, string>>;
}

const asLines = (texts: readonly (string | Buffer)[]) =>
  Buffer.concat(texts.flatMap((text) => [Buffer.from(text as string), Buffer.from("\n")]));

function fileLog(): WrittenLog {
  const log = path.join(tempFolder(), "tailscaled.log");
  let turn = 0;
  const writeBytes = (bytes: Buffer) => appendFileSync(log, bytes);
  return {
    open: () => fileSource({ pattern: log, clock: systemClock }),
    write: async (texts) => writeBytes(asLines(texts)),
    writeBytes,
    rotate: async () => {
      for (let old = turn; old >= 1; old--) renameSync(`${log}.${old}`, `${log}.${old + 1}`);
      turn += 1;
      renameSync(log, `${log}.1`);
      writeFileSync(log, "");
    },
    truncate: () => {
      copyFileSync(log, `${log}.9`);
      truncateSync(log, 0);
    },
    remove: () => rmSync(log),
  };
}

function journalLog(): WrittenLog {
  const directory = path.join(tempFolder(), "journal");
  let turn = 0;
  let time = Date.UTC(2026, 7, 22) * 1000;
  return {
    open: () => journaldSource({ directory, clock: systemClock }),
    write: async (texts) => {
      const journal = createJournal(directory, `turn${turn}.journal`);
      await journal.append(
        texts.map((message) => {
          time += 1_000;
          return { message, time };
        }),
      );
      await journal.close();
    },
    rotate: async () => {
      turn += 1;
    },
    remove: () => {
      for (let old = 0; old <= turn; old++) rmSync(path.join(directory, `turn${old}.journal`), { force: true });
      turn += 1;
    },
  };
}

/** What a pipe hands over at once. */
const pipeBytes = 64 * 1024;

function stdinLog(): WrittenLog {
  const input = new PassThrough();
  return {
    open: () => stdinSource(input, systemClock),
    write: async (texts) => {
      const bytes = asLines(texts);
      for (let at = 0; at < bytes.length; at += pipeBytes) input.write(bytes.subarray(at, at + pipeBytes));
    },
    writeBytes: (bytes) => void input.write(bytes),
  };
}

/** Read by a stand-in for macOS' program `log`. */
function unifiedLog(): WrittenLog {
  const log = new UnifiedLog();
  return {
    open: () => unifiedLogSource({ program: log.program, clock: systemClock }),
    write: async (texts) => log.write(texts),
    rotate: async () => log.keepLatest(4),
    remove: () => log.keepLatest(0),
  };
}

const once = "standard input can be read only once: what was read before a kill is gone";
const noFile = "standard input is no file: it cannot be rotated, truncated or deleted";
const records = "the journal keeps whole records with their lengths, not bytes between newlines";
const noFileBehind = "there is no file behind it";
const makesItsOwn = "it writes its log itself, so nobody can put lines or bytes into it";

export const sourceRows: readonly SourceRow[] = [
  { name: "file", create: fileLog, exempt: {} },
  {
    name: "journald",
    ...(hasJournals ? {} : { absent: "there is no journald on this system" }),
    create: journalLog,
    exempt: {
      truncation: "journald never truncates a journal in place",
      "partial line": records,
      "split UTF-8": records,
    },
  },
  {
    name: "unified-log",
    ...(process.platform === "win32" ? { absent: "a terminal of Windows is none that log could be given" } : {}),
    create: unifiedLog,
    exempt: {
      truncation:
        "macOS keeps its log in a store of its own: it throws away whole records, never what follows in a file",
      "partial line": "log shows whole records, not bytes between newlines",
      "split UTF-8": "log shows whole records, not bytes between newlines",
    },
  },
  {
    name: "stdin",
    create: stdinLog,
    exempt: { "resume after kill": once, rotation: noFile, truncation: noFile, deletion: noFile },
  },
  {
    name: "intake",
    create: intakeLog,
    exempt: {
      truncation: noFileBehind,
      deletion: noFileBehind,
      "partial line":
        "an upload is stored whole or not at all; intake.test.ts breaks one off in the middle of an entry",
    },
  },
  {
    name: "logtap",
    create: tapLog,
    exempt: {
      rotation: `${noFileBehind}; logtap.test.ts starts the daemon anew`,
      truncation: noFileBehind,
      deletion: noFileBehind,
    },
  },
  {
    name: "demo",
    create: () => ({ open: () => demoSource({ seed: 7, clock: systemClock }), write: async () => {} }),
    exempt: Object.fromEntries(
      [
        ...["resume after kill", "rotation", "truncation", "deletion", "partial line", "several lines in one write"],
        ...["split UTF-8", "invalid UTF-8", "1 MiB line", "NUL bytes", "back-pressure"],
      ].map((name) => [name, makesItsOwn]),
    ),
  },
];
