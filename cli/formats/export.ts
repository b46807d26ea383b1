// `journalctl -o export`, or what systemd-journal-remote takes. Positions count entries, from 1.
import { entryLineWriter } from "../../main/sources/journald/entry-line.ts";
import { JournalExportParser, type JournalRecord } from "../../main/sources/journald/export-format.ts";
import type { Format } from "./format.ts";
import { OwnEntries } from "./own-entries.ts";

type PlacedRecord = JournalRecord & { readonly at: number };

export const journalExport: Format = {
  name: "export",
  begins: (head) => /^__[A-Z_]+=/.test(head),
  async *entries(bytes, note) {
    const parser = new JournalExportParser();
    const lineOf = entryLineWriter();
    const own = new OwnEntries<PlacedRecord>((records) => ({
      kind: "stored",
      lines: records.map(lineOf).join("\n"),
      first: records[0]?.at ?? 0,
    }));
    let at = 0;
    let tail = "\n\n";
    /** Why what stands before the first entry could not be read: where no entry follows, this is no journal at all. */
    let unread: string | undefined;
    const damaged = (reason: string) =>
      note(`The journal is damaged behind entry ${at}: ${reason}. Reading goes on at the next whole entry.`);
    for await (const chunk of bytes) {
      const records: PlacedRecord[] = [];
      for (const piece of parser.push(Buffer.from(chunk))) {
        if (piece.kind === "damage") {
          if (at === 0) unread = piece.reason;
          else damaged(piece.reason);
          continue;
        }
        if (unread !== undefined) damaged(unread);
        unread = undefined;
        records.push({ ...piece, at: ++at });
      }
      yield* own.batches(records);
      tail = (tail + Buffer.from(chunk.subarray(-2)).toString("latin1")).slice(-2);
    }
    const last = parser.end().filter((piece) => piece.kind === "record");
    yield* own.batches(last.map((record) => ({ ...record, at: ++at })));
    if (unread !== undefined)
      throw new Error(
        "it is no journal export. Leave --format out, or write one with `journalctl -u tailscaled -o export`.",
      );
    if (tail !== "\n\n") note(`The log ends in the middle of an entry; the ${at} before it were read.`);
  },
};
