// The parser of the Journal Export Format against arbitrary chunks, damage, and what the real journalctl writes.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { messageLimit } from "../../../log/entry-text.ts";
import { JournalExportParser, type JournalPiece } from "../../../main/sources/journald/export-format.ts";
import { createJournal, hasJournals } from "../../support/journal.ts";

type Value = string | Uint8Array;

function text(name: string, value: string): Buffer {
  return Buffer.from(`${name}=${value}\n`);
}

function binary(name: string, value: Value, claimed?: bigint): Buffer {
  const bytes = Buffer.from(value as string);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(claimed ?? BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), size, bytes, Buffer.from("\n")]);
}

function entry(number: number, ...fields: readonly Buffer[]): Buffer {
  const head = [text("__CURSOR", `c${number}`), text("__REALTIME_TIMESTAMP", String(number)), text("_BOOT_ID", "b")];
  return Buffer.concat([...head, ...fields, Buffer.from("\n")]);
}

function parse(bytes: Buffer, cuts: readonly number[] = []): readonly JournalPiece[] {
  const parser = new JournalExportParser();
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.flatMap((edge, index) => parser.push(bytes.subarray(edge, edges[index + 1] ?? bytes.length)));
}

function record(number: number, fields: Partial<Extract<JournalPiece, { kind: "record" }>>): JournalPiece {
  return {
    kind: "record",
    cursor: `c${number}`,
    realtime: String(number),
    sourceRealtime: "",
    pid: "",
    bootId: "b",
    message: "",
    hasMessage: fields.message !== undefined,
    cutBytes: 0,
    dropped: "",
    whose: "unsaid",
    ...fields,
  };
}

const damage = { kind: "damage", reason: expect.any(String) };

test("an entry gives the fields that Gristmill keeps, and no other", () => {
  const bytes = entry(
    1,
    text("_PID", "77"),
    text("_SOURCE_REALTIME_TIMESTAMP", "1795471391232290"),
    text("PRIORITY", "6"),
    text("MESSAGE", "a=b MESSAGE=c"),
    text("MESSAGE_ID", "no message"),
    binary("COREDUMP", "\n\n__CURSOR=c9\nMESSAGE=inside another field\n\n"),
  );
  expect(parse(bytes)).toEqual([
    record(1, { pid: "77", sourceRealtime: "1795471391232290", message: "a=b MESSAGE=c" }),
  ]);
});

test("a message with newlines, with bytes that are no UTF-8, an empty one and none at all keep their places", () => {
  const bytes = Buffer.concat([
    entry(1, binary("MESSAGE", "two\nlines\n")),
    entry(2, binary("MESSAGE", Buffer.from([0x61, 0xff, 0x00, 0x62]))),
    entry(3, text("MESSAGE", "")),
    entry(4, binary("MESSAGE", "")),
    entry(5),
    entry(6, text("MESSAGE", "Größe ✓ 🦀")),
    entry(7, text("MESSAGE", "once"), text("MESSAGE", "again")),
  ]);
  expect(parse(bytes)).toEqual([
    record(1, { message: "two\nlines\n" }),
    record(2, { message: "a\ufffd\u0000b" }),
    record(3, { message: "" }),
    record(4, { message: "" }),
    record(5, {}),
    record(6, { message: "Größe ✓ 🦀" }),
    record(7, { message: "once\nagain" }),
  ]);
});

test("any chunking of any entries gives the same records, and every message comes back", () => {
  const message = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.uint8Array({ maxLength: 40 }),
    fc.constant("\n\n__CURSOR=c1\n"),
  );
  const anyField = fc.oneof(
    message.map((value) => ({ value, whose: "unsaid", bytes: binary("MESSAGE", value) })),
    fc.string().map((value) => ({ value: undefined, whose: "unsaid", bytes: binary("OTHER", value) })),
    fc.constantFrom(
      { value: undefined, whose: "tailscaled", bytes: text("_COMM", "tailscaled") },
      { value: undefined, whose: "others", bytes: text("SYSLOG_IDENTIFIER", "sshd") },
      { value: undefined, whose: "others", bytes: binary("SYSLOG_IDENTIFIER", "tailscaled\n") },
    ),
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(anyField, { maxLength: 4 }), { maxLength: 6 }),
      fc.array(fc.nat(2_000)),
      (entries, cuts) => {
        const bytes = Buffer.concat(
          entries.map((fields, index) => entry(index, ...fields.map((field) => field.bytes))),
        );
        const expected = entries.map((fields, index) => {
          const messages = fields.flatMap(({ value }) =>
            value === undefined ? [] : [Buffer.from(value as string).toString()],
          );
          const claims = fields.map(({ whose }) => whose);
          const whose = (["tailscaled", "others"] as const).find((one) => claims.includes(one)) ?? "unsaid";
          return record(index, { message: messages.join("\n"), hasMessage: messages.length > 0, whose });
        });
        expect(parse(bytes)).toEqual(expected);
        expect(
          parse(
            bytes,
            cuts.map((cut) => Math.min(cut, bytes.length)),
          ),
        ).toEqual(expected);
      },
    ),
  );
});

test("bytes that come one at a time give the same records", () => {
  const bytes = Buffer.concat([
    entry(1, binary("MESSAGE", "a\nb")),
    entry(2, text("MESSAGE", "plain"), text("_PID", "5")),
  ]);
  expect(parse(bytes, [...bytes.keys()])).toEqual(parse(bytes));
});

test.each([
  ["binary", binary],
  ["text", text],
] as const)("a %s message beyond the limit is kept up to it, and says how much is missing", (_kind, field) => {
  const bytes = Buffer.concat([
    entry(1, field("MESSAGE", "é".repeat(messageLimit))),
    entry(2, text("MESSAGE", "next")),
  ]);
  const cuts = Array.from({ length: bytes.length / 4096 }, (_, index) => index * 4096);
  const expected = [
    record(1, { message: "é".repeat(messageLimit / 2), cutBytes: messageLimit }),
    record(2, { message: "next" }),
  ];
  expect(parse(bytes)).toEqual(expected);
  expect(parse(bytes, cuts)).toEqual(expected);
});

test("a message that is cut within a character loses the whole character", () => {
  const [piece] = parse(entry(1, binary("MESSAGE", `a${"é".repeat(messageLimit)}`)));
  expect(piece).toEqual(record(1, { message: `a${"é".repeat(messageLimit / 2 - 1)}`, cutBytes: messageLimit + 1 }));
});

test.each([
  ["a size that is none", entry(2, binary("MESSAGE", "x", 1n << 62n))],
  ["a size that is too small", entry(2, binary("MESSAGE", "longer", 2n))],
  ["no cursor", Buffer.from("MESSAGE=lost\nOTHER=x\n\n")],
  ["no time", Buffer.from("__CURSOR=c2\nMESSAGE=lost\n\n")],
  ["noise", Buffer.from("\u0000\u0001noise\nmore\n\nnoise\n\n")],
])("damage (%s) is reported once and costs no entry after it", (_name, bytes) => {
  const input = Buffer.concat([entry(1, text("MESSAGE", "before")), bytes, entry(3, text("MESSAGE", "after"))]);
  const expected = [record(1, { message: "before" }), damage, record(3, { message: "after" })];
  expect(parse(input)).toEqual(expected);
  expect(parse(input, [...input.keys()])).toEqual(expected);
});

test("noise of any kind never throws, and an entry after an empty line is read again", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      // 0x21 instead of zero bytes: eight bytes of noise with zeros may be a believable size, behind which nothing can be told apart.
      const bytes = Buffer.from(noise.map((byte) => byte || 0x21));
      const pieces = parse(
        Buffer.concat([bytes, Buffer.from(`\n\n`), Buffer.from("!".repeat(12)), Buffer.from("\n\n"), entry(3)]),
      );
      expect(pieces.at(-1)).toEqual(record(3, {}));
    }),
  );
});

const goesOn = text("_LINE_BREAK", "line-max");

test("the parts of a line that journald split are one record: the time of the first, the place of the last, no character broken", () => {
  const line = Buffer.from(`${"é".repeat(10)}!`);
  const parts = [line.subarray(0, 3), line.subarray(3, 8), line.subarray(8)];
  const bytes = Buffer.concat([
    entry(1, text("_PID", "7"), binary("MESSAGE", parts[0] as Buffer), goesOn),
    entry(2, text("_PID", "7"), goesOn, binary("MESSAGE", parts[1] as Buffer)),
    entry(3, text("_PID", "7"), binary("MESSAGE", parts[2] as Buffer)),
    entry(4, text("_PID", "7"), text("MESSAGE", "next")),
  ]);
  const expected = [
    record(3, { pid: "7", realtime: "1", message: line.toString() }),
    record(4, { pid: "7", message: "next" }),
  ];
  expect(parse(bytes)).toEqual(expected);
  expect(parse(bytes, [...bytes.keys()])).toEqual(expected);
});

test("a part that another process, damage or the end of the input follows is a record of its own", () => {
  const part = (number: number) => entry(number, text("_PID", "7"), text("MESSAGE", `part ${number}`), goesOn);
  const other = entry(2, text("_PID", "8"), text("MESSAGE", "other"));
  const given = (number: number) => record(number, { pid: "7", message: `part ${number}` });
  const parser = new JournalExportParser();
  const pieces = parser.push(Buffer.concat([part(1), other, part(3), Buffer.from("noise\n\n"), part(5)]));
  expect([...pieces, ...parser.end(), ...parser.end()]).toEqual([
    given(1),
    record(2, { pid: "8", message: "other" }),
    given(3),
    damage,
    given(5),
  ]);
});

test("a line of many parts is kept up to the limit, and says how much is missing", () => {
  const size = 48 * 1024;
  const part = (number: number) => entry(number, text("MESSAGE", "é".repeat(size / 2)), goesOn);
  const bytes = Buffer.concat([
    ...Array.from({ length: 7 }, (_, at) => part(at + 1)),
    entry(8, text("MESSAGE", "end")),
  ]);
  const message = "é".repeat(messageLimit / 2);
  expect(parse(bytes)).toEqual([record(8, { realtime: "1", message, cutBytes: 7 * size + 3 - messageLimit })]);
});

test("an entry that breaks off where the next one begins is damage, and costs none after it", () => {
  const broken = entry(1, text("MESSAGE", "lost")).subarray(0, -1);
  expect(parse(Buffer.concat([broken, entry(2, text("MESSAGE", "after"))]))).toEqual([
    { kind: "damage", reason: "the entry c1 breaks off" },
    record(2, { message: "after" }),
  ]);
});

test("a field of 64 MiB in small chunks is read in time that grows with its size, not with its square", () => {
  const parser = new JournalExportParser();
  const chunk = Buffer.alloc(4096, "a");
  parser.push(Buffer.from("__CURSOR=c1\n__REALTIME_TIMESTAMP=1\n_BOOT_ID=b\nMESSAGE="));
  for (let size = 0; size < 64 * 1024 * 1024; size += chunk.length) parser.push(chunk);
  const [piece] = parser.push(Buffer.from("\n\n"));
  expect(piece).toMatchObject({ kind: "record", cutBytes: 63.75 * 1024 * 1024 });
});

test.runIf(hasJournals)("what the real journalctl writes is read as it was logged", async () => {
  const directory = mkdtempSync(join(tmpdir(), "gristmill-export-"));
  const messages: (Value | undefined)[] = [
    "plain",
    "two\nlines",
    Buffer.from([1, 2, 0xff, 10, 0]),
    "",
    undefined,
    "a".repeat(70 * 1024),
    "Größe",
  ];
  const journal = createJournal(directory);
  await journal.append(
    messages.map((message, index) => ({ message, time: 1795471391000000 + index, fields: { _COMM: "x" } })),
  );
  await journal.close();
  const bytes = execFileSync("journalctl", [`--directory=${directory}`, "--output=export"], { maxBuffer: 1e8 });
  rmSync(directory, { recursive: true });
  const pieces = parse(bytes);
  expect(pieces.map((piece) => (piece.kind === "record" ? piece.message : piece))).toEqual(
    messages.map((message) => Buffer.from((message ?? "") as string).toString()),
  );
  expect(pieces[0]).toMatchObject({
    pid: "4242",
    realtime: "1795471391000000",
    cursor: expect.stringMatching(/^s=.*;i=1;/),
  });
});
