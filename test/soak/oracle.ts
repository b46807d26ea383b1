// Knows what was written and what was answered, and judges what is there.
import { existsSync } from "node:fs";
import path from "node:path";
import { findLogs, type StoredLog } from "../../log/find-logs.ts";
import { entryLines } from "../../log/frame-codec.ts";
import type { StoredFrame } from "../../log/packed.ts";
import { readStored } from "../../log/read-stored.ts";
import { verifyLog } from "../../log/verify.ts";
import { lineNumber } from "./log-writer.ts";

/** Longer than a receipt. */
const tailCharacters = 300;
const receipt = /\{"stream":"([0-9a-f]{32})","acked":(\d+),"hash":"([0-9a-f]{64})"\}/g;

/** Every receipt that a catcher gave, whether it reached anybody or not. */
export class Promises {
  /** By stream: the hash of each frame that a receipt named. */
  readonly #hashes = new Map<string, Map<number, string>>();
  /** What each connection carried last: a receipt may come in pieces. */
  readonly #tails = new Map<number, string>();

  get count(): number {
    return [...this.#hashes.values()].reduce((sum, { size }) => sum + size, 0);
  }

  heard(bytes: Buffer, connection: number): void {
    const text = (this.#tails.get(connection) ?? "") + bytes.toString("latin1");
    this.#tails.set(connection, text.slice(-tailCharacters));
    for (const [, stream = "", acked, hash = ""] of text.matchAll(receipt)) {
      const hashes = this.#hashes.get(stream) ?? new Map<number, string>();
      this.#hashes.set(stream, hashes.set(Number(acked), hash));
    }
  }

  /** What was promised last is on the disk, now that the catcher is dead. @throws where it is not. */
  async checkNewest(store: string): Promise<void> {
    for (const log of await storedLogs(store)) {
      const promised = Math.max(0, ...(this.#hashes.get(path.basename(log.folder))?.keys() ?? []));
      const last = await newestFrame(log);
      if (promised > (last?.header.seq ?? 0))
        throw new Error(
          `frame ${promised} of ${log.name} was answered 200, and the disk ends with frame ${last?.header.seq}`,
        );
    }
  }

  /** Every promise was kept, to the byte. @throws where one was not. */
  async checkAll(store: string): Promise<void> {
    const open = new Map([...this.#hashes].map(([stream, hashes]) => [stream, new Map(hashes)]));
    for (const log of await storedLogs(store)) {
      const hashes = open.get(path.basename(log.folder));
      for await (const { header, hash } of framesOf(log)) {
        const promised = hashes?.get(header.seq);
        if (promised !== undefined && promised !== hash)
          throw new Error(`frame ${header.seq} of ${log.name} is another than the one that was answered 200`);
        hashes?.delete(header.seq);
      }
    }
    for (const [stream, hashes] of open)
      for (const seq of hashes.keys())
        throw new Error(`frame ${seq} of stream ${stream} was answered 200, and is not stored`);
  }
}

async function storedLogs(store: string): Promise<readonly StoredLog[]> {
  return existsSync(store) ? findLogs(store) : [];
}

async function* framesOf(log: StoredLog): AsyncGenerator<StoredFrame> {
  for await (const piece of readStored(log)) if (piece.kind === "frame") yield piece.frame;
}

async function newestFrame(log: StoredLog): Promise<StoredFrame | undefined> {
  for (let from = log.segments.length - 1; from >= 0; from--) {
    let last: StoredFrame | undefined;
    for await (const frame of framesOf({ ...log, segments: log.segments.slice(from) })) last = frame;
    if (last !== undefined) return last;
  }
  return undefined;
}

/** Ordinal and line of every stored entry of one machine below `folder`. @throws where an ordinal is there twice. */
export async function storedEntries(folder: string): Promise<ReadonlyMap<number, string>> {
  const entries = new Map<number, string>();
  for (const log of await storedLogs(folder)) {
    for await (const frame of framesOf(log)) {
      for (const [at, line] of entryLines(frame).entries()) {
        const ordinal = frame.header.first + at;
        if (entries.has(ordinal)) throw new Error(`entry ${ordinal} is twice in ${folder}`);
        entries.set(ordinal, line);
      }
    }
  }
  return entries;
}

export interface Written {
  readonly dataDir: string;
  /** Where the catcher keeps what this machine sent. */
  readonly stored: string;
  readonly lines: number;
}

/** Every line is at the catcher once and in order, and the same in the spool. @throws with the first thing that is not as it was promised. */
export async function judgeMachine({ dataDir, stored, lines }: Written): Promise<void> {
  const [spooled, caught] = [await storedEntries(dataDir), await storedEntries(stored)];
  let expected = 0;
  for (const [ordinal, line] of [...caught].toSorted(([a], [b]) => a - b)) {
    expected += 1;
    if (lineNumber(line) !== expected)
      throw new Error(`${stored} has, as entry ${ordinal}, ${line}; line ${expected} was to come`);
  }
  if (expected !== lines) throw new Error(`${stored} has ${expected} of ${lines} lines`);
  for (const [ordinal, line] of spooled)
    if (caught.get(ordinal) !== line)
      throw new Error(`entry ${ordinal} is not the same in ${dataDir} and at the catcher`);
  for (const folder of [dataDir, stored]) {
    for (const log of await storedLogs(folder)) {
      const [fault] = (await verifyLog(log)).faults;
      if (fault !== undefined) throw new Error(`${folder}: ${fault.segment} at byte ${fault.offset}: ${fault.what}`);
    }
  }
}
