import { expect, test } from "vitest";
import { Draft } from "../../../main/spool/draft.ts";
import { EntryBytes } from "../../../main/spool/entry-bytes.ts";

const lines = ["", "plain", "é€😀", "€".repeat(50_000), "x".repeat(300_000), "the last"];

function draftOf(bytes: EntryBytes, cursors: Record<string, string>, entries: readonly string[]): Draft {
  const draft = new Draft(bytes, cursors);
  for (const [at, line] of entries.entries()) {
    draft.add(line);
    draft.move("test", String(at));
  }
  return draft;
}

test("a draft gives the entries as UTF-8, each with its newline, however long they are, and where every source stands after them", () => {
  expect(draftOf(new EntryBytes(), { other: "7", test: "before" }, lines).close()).toEqual({
    count: lines.length,
    characters: lines.join("").length + lines.length,
    cursors: { other: "7", test: String(lines.length - 1) },
    entries: Buffer.from(lines.map((line) => `${line}\n`).join("")),
  });
});

test("what a closed draft gave is not changed by the drafts after it", () => {
  const bytes = new EntryBytes();
  const first = draftOf(bytes, {}, ["first", "second"]).close();
  draftOf(bytes, first.cursors, ["another", "and more"]).close();
  expect([first.cursors, first.entries.toString()]).toEqual([{ test: "1" }, "first\nsecond\n"]);
});
