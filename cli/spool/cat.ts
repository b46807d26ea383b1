// `gristmill spool cat`: the entries of every log in a folder, oldest first; with --follow, those that are committed from now on too.

import { findLogs } from "../../log/find-logs.ts";
import { entryLines } from "../../log/frame-codec.ts";
import { type ReadSoFar, readStored, type StoredPiece } from "../../log/read-stored.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { parseEntry } from "../../shared/entry.ts";
import type { Io } from "../command.ts";
import { printable } from "../printable.ts";
import type { InRange } from "./range.ts";

/** How often a followed log is looked at: it may be on any file system, and some tell nobody about changes. */
const lookMs = 200;

export interface CatOptions {
  readonly folder: string;
  readonly inRange: InRange;
  readonly text: boolean;
  /** Undefined = one pass. Else it goes on until this aborts. */
  readonly follow: AbortSignal | undefined;
}

export async function cat({ folder, inRange, text, follow }: CatOptions, io: Io): Promise<void> {
  const soFar: ReadSoFar | undefined = follow && new Map();
  const print = async (piece: StoredPiece) => {
    if (piece.kind !== "frame") {
      io.stderr.write(`${skipped(piece)}\n`);
      return;
    }
    const { first } = piece.frame.header;
    const lines = entryLines(piece.frame).filter((line, at) => inRange(first + at, line));
    if (lines.length > 0) await write(io.stdout, `${(text ? lines.map(asText) : lines).join("\n")}\n`);
  };
  do {
    for (const log of await findLogs(folder)) for await (const piece of readStored(log, soFar)) await print(piece);
    if (follow !== undefined) await systemClock.sleep(lookMs, follow);
  } while (follow !== undefined && !follow.aborted);
}

function skipped(piece: Exclude<StoredPiece, { readonly kind: "frame" }>): string {
  if (piece.kind === "vanished") return vanishedNote(piece.segment);
  const what =
    piece.kind === "unfinished"
      ? "of a frame that is not finished: its entries are not committed"
      : "belong to no intact frame; `gristmill spool verify` says more";
  return `${piece.segment} at byte ${piece.offset}: ${piece.length} bytes ${what}`;
}

export function vanishedNote(segment: string): string {
  return `${segment}: retired while the log was read; skipped`;
}

function asText(line: string): string {
  const { text } = parseEntry(line);
  return printable(typeof text === "string" ? text.replace(/\n$/, "") : line);
}

/** Waits for the pipe when it is full: a store may be larger than memory. */
function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return stream.write(text) ? Promise.resolve() : new Promise((resolve) => stream.once("drain", resolve));
}
