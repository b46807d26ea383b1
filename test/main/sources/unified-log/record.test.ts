import { expect, test } from "vitest";
import { messageLimit } from "../../../../log/entry-text.ts";
import { type Piece, PieceReader } from "../../../../main/sources/unified-log/record.ts";

const piecesOf = (...lines: readonly string[]): readonly Piece[] =>
  new PieceReader().push(Buffer.from(lines.map((line) => `${line}\n`).join("")));

const message = {
  eventType: "logEvent",
  messageType: "Default",
  timestamp: "2026-08-22 11:19:51.123456-0400",
  machTimestamp: 20_147_685_217_463,
  bootUUID: "3590A0B1-4C7D-4C4A-9F0B-69FAC3D0BD58",
  processID: 711,
  threadID: 4_801,
  eventMessage: "line 1",
};
const record = (fields: Readonly<Record<string, unknown>> = {}) => {
  const [piece] = piecesOf(JSON.stringify({ ...message, ...fields }));
  if (piece?.kind !== "record") throw new Error(`it is ${piece?.kind}`);
  return piece.record;
};

test("a message as macOS writes it, shown by a terminal as by a pipe", () => {
  const line =
    '{"timezoneName":"","messageType":"Error","eventType":"logEvent","source":null,"formatString":"%s","userID":501,"activityIdentifier":0,' +
    '"subsystem":"","category":"","threadID":4801,"backtrace":{"frames":[{"imageOffset":96,"imageUUID":"0A1B2C3D"}]},"bootUUID":"",' +
    '"processImagePath":"\\/usr\\/bin\\/tailscaled","timestamp":"2026-08-22 17:19:51.123456+0200","machTimestamp":20147685217463,' +
    '"eventMessage":"a\\/b \\u00e9","traceID":4197946,"processID":711,"senderProgramCounter":96,"parentActivityIdentifier":0}';
  const expected = {
    kind: "record",
    record: {
      key: expect.stringMatching(/^753pvkwjb\.[\w-]{6}$/),
      mach: 20_147_685_217_463,
      boot: "",
      timeUs: Date.UTC(2026, 7, 22, 15, 19, 51) * 1000 + 123_456,
      pid: 711,
      text: "a/b é",
      cutBytes: 0,
      isKept: true,
      loss: null,
    },
  };
  expect(piecesOf(line)).toEqual([expected]);
  expect(piecesOf(`${line}\r`)).toEqual([expected]);
});

test("records are told apart by their tick, process, thread and text, not by who shows them", () => {
  const { key } = record();
  expect(record({ bootUUID: "", traceID: 1, timestamp: "2026-08-22 15:19:51.123457+0000" }).key).toBe(key);
  const others = [{ machTimestamp: 1 }, { processID: 712 }, { threadID: 4_802 }, { eventMessage: "line 2" }];
  expect(new Set([key, ...others.map((fields) => record(fields).key)]).size).toBe(5);
});

test("macOS keeps all but information and debug messages", () => {
  const kept = ["Default", "Error", "Fault", "Info", "Debug", undefined].map(
    (messageType) => record({ messageType }).isKept,
  );
  expect(kept).toEqual([true, true, true, false, false, true]);
});

test("a text without an end of its own, at most so many bytes of it, whole characters only", () => {
  expect([record({ eventMessage: "one\ntwo\n" }).text, record({ eventMessage: null }).text]).toEqual(["one\ntwo", ""]);
  const long = record({ eventMessage: `x${"é".repeat(messageLimit / 2)}` });
  expect([long.text.length, long.text.at(-1), long.cutBytes]).toEqual([messageLimit / 2, "é", 1]);
});

test("what tells of messages that are missing", () => {
  const { loss } = record({ eventType: "lossEvent", lossCount: 7, lossStartTimestamp: "soon", messageType: undefined });
  expect(loss).toEqual({
    kind: "journal-gap",
    count: 7,
    why: expect.stringContaining("faster than it could keep them"),
  });
  expect(piecesOf("=== Messages dropped during live streaming (use `log show` to see what they were)")).toEqual([
    { kind: "dropped" },
  ]);
});

test("what means nothing to us, and what is said in between", () => {
  const activity = JSON.stringify({ ...message, eventType: "activityCreateEvent", messageType: undefined });
  const unlike = '{"eventType":"stateEvent","timestamp":"soon"}'; // What it is made of is nothing to us either.
  expect(piecesOf(activity, unlike, "", '{"count":48055,"finished":1}', "\r")).toEqual([]);
  expect(
    piecesOf('Filtering the log data using "process == x"', "Skipping info and debug messages, pass --info"),
  ).toEqual([{ kind: "begun" }, { kind: "begun" }]);
  expect(piecesOf("log: Must be admin to run 'stream' command")).toEqual([
    { kind: "said", text: "log: Must be admin to run 'stream' command" },
  ]);
});

test.each([
  ["is cut off", '{"eventType":"logEvent","eventMessage":"li'],
  ["is no object of ours", '{"error":"none"}'],
  ["has no tick", JSON.stringify({ ...message, machTimestamp: undefined })],
  ["has a time that is none", JSON.stringify({ ...message, timestamp: "soon" })],
  ["has a time of no calendar", JSON.stringify({ ...message, timestamp: "2026-13-22 11:19:51.123456-0400" })],
])("a line that should be a record and %s is damage, with its bytes", (_, line) => {
  expect(piecesOf(line)).toEqual([{ kind: "damage", bytes: line }]);
});

test("a line that never ends does not fill memory: it is damage", () => {
  const reader = new PieceReader();
  const part = Buffer.from(`{"eventMessage":"${"x".repeat(1024 * 1024)}`);
  for (let pushed = 0; pushed < 12; pushed++) expect(reader.push(part)).toEqual([]);
  const [piece] = reader.push(Buffer.from('"}\n'));
  expect(piece).toMatchObject({ kind: "damage" });
  expect(piece?.kind === "damage" && piece.bytes.length).toBe(8 * 1024 * 1024);
});
