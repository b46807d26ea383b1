// The head of a journal file, of which a damaged file often has at least this much left. The format is fixed: https://systemd.io/JOURNAL_FILE_FORMAT
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export interface JournalExtent {
  /** Microseconds since 1970 of its oldest and its newest entry. */
  readonly headUs: bigint;
  readonly tailUs: bigint;
  /** Of the machine that wrote it, as in /etc/machine-id; undefined where the head cannot be read. */
  readonly machine: string | undefined;
}

const signature = "LPKSHHRH";
const headBytes = 208;
const [machineAt, entriesAt, headTimeAt, tailTimeAt] = [40, 152, 184, 192];

/**
 * From when to when the entries of `file` are; undefined where it has none. Where the head is damaged itself they may be of any time up to
 * when the file was last written. Throws what the file system throws.
 */
export function extentOf(file: string): JournalExtent | undefined {
  const descriptor = openSync(file, "r");
  try {
    const head = Buffer.alloc(headBytes);
    const { mtimeMs, size } = fstatSync(descriptor);
    if (size === 0) return undefined;
    readSync(descriptor, head, 0, headBytes, 0);
    const writtenUs = BigInt(Math.floor(mtimeMs)) * 1000n;
    if (head.toString("latin1", 0, signature.length) !== signature)
      return { headUs: 0n, tailUs: writtenUs, machine: undefined };
    if (head.readBigUInt64LE(entriesAt) === 0n) return undefined;
    return {
      headUs: head.readBigUInt64LE(headTimeAt),
      tailUs: head.readBigUInt64LE(tailTimeAt),
      machine: head.toString("hex", machineAt, machineAt + 16),
    };
  } finally {
    closeSync(descriptor);
  }
}
