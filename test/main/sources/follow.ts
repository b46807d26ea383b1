// Runs a source for a test and keeps what it yields and reports.
import { readdirSync, readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import type { Source, SourceEntry } from "../../../main/sources/source.ts";
import { type Entry, parseEntry } from "../../../shared/entry.ts";

export interface Followed {
  readonly entries: readonly SourceEntry[];
  readonly texts: readonly (string | undefined)[];
  readonly parsed: readonly Entry[];
  /** "<state>: <sentence>" of each report. */
  readonly reports: readonly string[];
  /** Resolves once there are so many entries. The test's own timeout is the limit. */
  count(entries: number): Promise<void>;
  /** Resolves once there is an entry with this text, whether or not a newline ends it. */
  said(text: string): Promise<void>;
  /** Resolves once a report matches. */
  reported(pattern: RegExp): Promise<void>;
  /** Aborts; resolves once the source has ended. */
  stop(): Promise<void>;
}

/** As many entries as are durable before the reader is killed; a source that waits to hear that hears it of no others. */
export interface Durability {
  readonly durable: number;
}

export function follow(source: Source, position?: string, { durable }: Durability = { durable: Infinity }): Followed {
  const entries: SourceEntry[] = [];
  const reports: string[] = [];
  const abort = new AbortController();
  let wake: () => void = () => {};
  const until = async (isThere: () => boolean) => {
    while (!isThere()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const run = async () => {
    const report = (state: string, sentence: string | null) => {
      reports.push(`${state}: ${sentence}`);
      wake();
    };
    for await (const batch of source.entries(position, abort.signal, report)) {
      for (const entry of batch) {
        entries.push(entry);
        if (entries.length <= durable) entry.committed?.();
      }
      wake();
    }
  };
  const ended = run();
  const stop = () => {
    abort.abort();
    return ended;
  };
  onTestFinished(stop);
  return {
    entries,
    reports,
    get parsed() {
      return entries.map(({ line }) => parseEntry(line));
    },
    get texts() {
      return this.parsed.map(({ text }) => text);
    },
    count: (wanted) => until(() => entries.length >= wanted),
    said: (wanted) => until(() => entries.some(({ line }) => parseEntry(line).text?.replace(/\n$/, "") === wanted)),
    reported: (pattern) => until(() => reports.some((report) => pattern.test(report))),
    stop,
  };
}

/** Processes, zombies too, that this process started with `argument` among their arguments; of zombies nobody knows the arguments. */
export function childrenWith(argument: string): readonly number[] {
  const tasks = readdirSync("/proc/self/task");
  const children = tasks.flatMap((task) => readIfThere(`/proc/self/task/${task}/children`).trim().split(" "));
  return children
    .filter((pid) => pid !== "" && readIfThere(`/proc/${pid}/cmdline`).split("\0").includes(argument))
    .map(Number);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // It ended between the listing and the look.
  }
}
