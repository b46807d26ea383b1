// The command `grind`, as scripts use it. Long, because it is a list of inputs with what is printed for each.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grindCommand } from "../../cli/commands/grind.ts";
import { longestObject } from "../../cli/formats/json-objects.ts";
import { longestLine } from "../../cli/formats/lines.ts";
import { zstdContent } from "../../cli/formats/zstd.ts";
import { encodeFrame } from "../../log/frame-codec.ts";
import { parseEntry } from "../../shared/entry.ts";
import { noHash } from "../../shared/frame.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import { type GrindReport, reportOf } from "../../shared/grinder/report.ts";
import { testStream } from "../support/frames.ts";
import { asLogtail, asWindowsFile } from "../support/log-formats.ts";
import { type LogCall, releases, simulateLog } from "../support/simulated-log.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { runCommand } from "./run-command.ts";

const { calls } = simulateLog(releases["1.102"], { seed: 5, ticks: 80 });
const jsonLines = calls.map(asLogtail);

const bytes = (text: string) => Buffer.from(text, "utf8");
const joined = (lines: readonly string[]) => bytes(lines.map((line) => `${line}\n`).join(""));

async function reportFrom(input: Buffer, { args = ["--json"], chunk = input.length + 1 } = {}): Promise<GrindReport> {
  const chunks = Array.from({ length: Math.ceil(input.length / chunk) }, (_, index) =>
    input.subarray(index * chunk, (index + 1) * chunk),
  );
  const ran = await runCommand(grindCommand, args, chunks);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(ran.stdout) as GrindReport;
}

/** The answer that all of these formats must give. */
const expected = (() => {
  const [grinder, graph] = [new Grinder(), new Graph()];
  jsonLines.map(parseEntry).forEach((entry, index) => {
    graph.take(grinder.grind(entry, index + 1), entry, index + 1);
  });
  return JSON.parse(JSON.stringify(reportOf(graph.view()))) as GrindReport;
})();

function framesOf(lines: readonly string[], perFrame: number): Buffer[] {
  return Array.from({ length: Math.ceil(lines.length / perFrame) }, (_, index) => {
    const part = lines.slice(index * perFrame, (index + 1) * perFrame);
    const place = { seq: index + 1, first: index * perFrame + 1, count: part.length };
    const header = { stream: testStream, ...place, time: "2026-01-01T00:00:00.000Z", cursors: {}, prev: noHash };
    return encodeFrame(header, joined(part)).bytes;
  });
}

const unpacked = (lines: readonly string[]) =>
  joined([
    JSON.stringify({
      frame: {
        stream: testStream,
        seq: 1,
        first: 1,
        count: lines.length,
        time: "2026-01-01T00:00:00.000Z",
        cursors: {},
        prev: noHash,
      },
    }),
    ...lines,
  ]);

/** As tailscaled's uploader writes a body: an array whose entries keep their newlines. */
const uploadBody = (lines: readonly string[]) => bytes(`[${lines.join("\n,")}\n]`);

const spaced = (line: string) =>
  line.replace('{"logtail":{"client_time":', '{"logtail": {"client_time": ').replace(',"text":', ', "text": ');

function exportOf({ timeMs, process, text }: LogCall, index: number): string {
  const fields = [
    `__CURSOR=s=1;i=${index}`,
    `__REALTIME_TIMESTAMP=${timeMs}000`,
    "_BOOT_ID=0123456789abcdef0123456789abcdef",
    `_PID=${1_000 + process}`,
  ];
  return `${fields.join("\n")}\nMESSAGE=${text}\n\n`;
}

/** Every third message as bytes, which is how journalctl writes one that is not printable; the order of fields is no promise of its. */
function journalObject({ timeMs, process, text }: LogCall, index: number) {
  return {
    MESSAGE: index % 3 === 0 ? [...bytes(text)] : text,
    _BOOT_ID: "0123456789abcdef0123456789abcdef",
    __REALTIME_TIMESTAMP: `${timeMs}000`,
    __CURSOR: `s=1;i=${index}`,
    _PID: `${1_000 + process}`,
  };
}

const inputs: Readonly<Record<string, Buffer>> = {
  "one object per line": joined(jsonLines),
  "one object per line, the last one without a newline": bytes(jsonLines.join("\n")),
  "lines that end in CRLF": bytes(jsonLines.map((line) => `${line}\r\n`).join("")),
  "an upload body": uploadBody(jsonLines),
  "an array on one line": bytes(`[${jsonLines.join(",")}]`),
  "objects end to end": bytes(jsonLines.join("")),
  "an array as a person would indent it": bytes(
    JSON.stringify(
      jsonLines.map((line) => JSON.parse(line) as unknown),
      null,
      2,
    ),
  ),
  "1.0.5's spelling": joined(jsonLines.map(spaced)),
  "bodies one after another": Buffer.concat([uploadBody(jsonLines.slice(0, 50)), uploadBody(jsonLines.slice(50))]),
  "a segment": Buffer.concat(framesOf(jsonLines, 40)),
  "an unpacked frame": unpacked(jsonLines),
  "a log that was compressed whole": zstdCompressSync(joined(jsonLines)),
  "a journal export": bytes(calls.map(exportOf).join("")),
  "a journal in JSON": bytes(calls.map((call, index) => `${JSON.stringify(journalObject(call, index))}\n`).join("")),
  "a journal in indented JSON": bytes(
    calls.map((call, index) => `${JSON.stringify(journalObject(call, index), null, "\t")}\n`).join(""),
  ),
};

function placelessPeer({ confidence, whyRelayed, ...peer }: GrindReport["peers"][number]) {
  const reasons = whyRelayed?.map(({ positions: _, ...reason }) => reason);
  return { ...peer, confidence: [confidence.level, confidence.sentence], reasons };
}

/** Everything but positions, which say where in the input a line stands. */
function withoutPositions({ events, peers, ...report }: GrindReport) {
  return { ...report, events: events.map(({ position: _, ...event }) => event), peers: peers.map(placelessPeer) };
}

test.each(Object.entries(inputs))("%s gives the graph of its log", async (_, input) => {
  expect(withoutPositions(await reportFrom(input))).toEqual(withoutPositions(expected));
});

test("wherever the input is split, the answer is the same", async () => {
  const names = Object.keys(inputs);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.integer({ min: 1, max: 3_000 }), async (name, chunk) => {
      const input = inputs[name] ?? Buffer.alloc(0);
      expect(withoutPositions(await reportFrom(input, { chunk }))).toEqual(withoutPositions(expected));
    }),
    { numRuns: 30 },
  );
});

test("positions are line numbers, and ordinals in frames", async () => {
  const positions = (report: GrindReport) => report.events.map((event) => event.position);
  expect(positions(await reportFrom(joined(jsonLines)))).toEqual(positions(expected));
  expect(positions(await reportFrom(Buffer.concat(framesOf(jsonLines, 7))))).toEqual(positions(expected));
  const after = positions(
    await reportFrom(joined(["", "{", ...jsonLines]), { args: ["--json", "--format", "logtail"] }),
  );
  expect(after).toEqual(positions(expected).map((position) => position + 2));
});

describe("text", () => {
  test("a Windows file: tags, CRLF, a byte order mark", async () => {
    const lines = calls.map(asWindowsFile);
    const report = await reportFrom(bytes(`\uFEFF${lines.map((line) => `${line}\r\n`).join("")}`));
    expect(withoutPositions(report)).toEqual(withoutPositions(expected));
  });

  test("bytes that are no UTF-8 spoil no other line", async () => {
    const input = Buffer.concat([
      Buffer.from([0xff, 0xfe, 0x0a, 0xc3, 0x0a]),
      bytes("peer keys: [YkXSE]\nv1 peers: 1/2\n"),
    ]);
    const { lines, peers } = await reportFrom(input);
    expect(lines).toEqual({ total: 4, matched: 2, mismatchedStats: 0 });
    expect(peers.map(({ key, rx, tx }) => [key, rx, tx])).toEqual([["[YkXSE]", 1, 2]]);
  });

  test("a line longer than memory should hold is cut, and the next one is read", async () => {
    const input = bytes(`peer keys: [YkXSE]\n${"a".repeat(3 * longestLine)}\nv1 peers: 1/2`);
    const { lines, peers } = await reportFrom(input, { chunk: 65_536 });
    expect(lines).toEqual({ total: 3, matched: 2, mismatchedStats: 0 });
    expect(peers.map(({ rx }) => rx)).toEqual([1]);
  });

  test.each([
    ["nothing at all", "", 0, /^Nothing was read: the input holds no entry\. .*`journalctl -u tailscaled -o export/],
    ["one line of another program", "Accepted publickey", 1, /^The one line that was read does not look like/],
    ["lines of another program", "a\nb\nc\n", 3, /^None of the 3 lines looks like tailscaled's; .*journalctl/],
  ])("%s is a graph of nothing, and that is said", async (_, input, total, sentence) => {
    const ran = await runCommand(grindCommand, ["--json"], [bytes(input)]);
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(sentence) });
    const { lines, peers } = JSON.parse(ran.stdout) as GrindReport;
    expect({ lines, peers }).toEqual({ lines: { total, matched: 0, mismatchedStats: 0 }, peers: [] });
  });

  test.each([
    ["xz", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), "this is an xz file: `xzcat FILE | gristmill grind`"],
    ["bzip2", bytes("BZh91AY&SY"), "this is a bzip2 file: `bzcat FILE | gristmill grind`"],
    ["zip", bytes("PK\x03\x04"), "this is a zip file: `unzip -p FILE | gristmill grind`"],
    ["a journal file", bytes("LPKSHHRH\0\0"), "`journalctl --file=FILE -o export | gristmill grind`"],
  ])("%s is named, with the way to read it", async (_, input, sentence) => {
    const ran = await runCommand(grindCommand, [], [input]);
    expect(ran).toEqual({ code: 1, stdout: "", stderr: expect.stringContaining(sentence) });
  });

  test("a line that begins with a bracket is no array", async () => {
    expect((await reportFrom(bytes('[RATELIMIT] format("x") (7 dropped)\n'))).losses).toEqual([
      { kind: "rate-limit", count: 7 },
    ]);
  });
});

describe("broken JSON", () => {
  const good = jsonLines.slice(0, 3);
  test.each([
    ["a line that was cut off in a string", '{"logtail":{"client_time":"2026'],
    ["a line that was cut off between members", '{"logtail":{"client_time":"2026-08-22T15:19:51Z"},'],
    ["a brace too many", '{"a":1}}'],
    ["text", "RAW-STDERR: panic: runtime error"],
    ["a quote that nobody closed", '{"a":"'],
  ])("%s costs no other entry", async (_, broken) => {
    const input = joined([...good, broken, ...jsonLines.slice(3)]);
    const { lines, ...report } = await reportFrom(input, { args: ["--json", "--format", "logtail"], chunk: 100 });
    const { lines: without, ...clean } = expected;
    expect(withoutPositions({ ...report, lines })).toEqual({ ...withoutPositions({ ...clean, lines }), lines });
    expect(lines.total - without.total).toBeGreaterThan(0);
  });

  test("junk without a newline fills no memory, and what follows is read", async () => {
    const input = bytes(`${"x".repeat(5 * longestObject)}\n${jsonLines.join("\n")}\n`);
    const report = await reportFrom(input, { args: ["--json", "--format", "logtail"], chunk: 65_536 });
    expect(report.peers.map(placelessPeer)).toEqual(expected.peers.map(placelessPeer));
    expect(report.lines.total).toBeGreaterThan(expected.lines.total + 2);
  });

  test("an object that never ends is given up, and what follows is read", async () => {
    const input = bytes(`{"a":\n${'  {"b":\n'.repeat(longestObject / 4)}\n${jsonLines.join("\n")}\n`);
    const { peers } = await reportFrom(input, { args: ["--json", "--format", "logtail"], chunk: 65_536 });
    expect(peers.map(placelessPeer)).toEqual(expected.peers.map(placelessPeer));
  });
});

describe("a damaged segment", () => {
  const frames = framesOf(jsonLines, 40);

  test("that ends in the middle of a frame is read up to there, and that is said", async () => {
    const whole = frames.slice(0, -1);
    const ran = await runCommand(
      grindCommand,
      ["--json"],
      [Buffer.concat([...whole, (frames.at(-1) ?? Buffer.alloc(0)).subarray(0, -9)])],
    );
    expect(ran.code).toBe(0);
    expect(ran.stderr).toBe(
      `The log ends in the middle of zstd frame ${frames.length}; everything before it was read.\n`,
    );
    expect((JSON.parse(ran.stdout) as GrindReport).lines.total).toBeGreaterThanOrEqual(40 * whole.length);
  });

  test("with a wrong byte inside is refused, with what to do about it", async () => {
    const bad = Buffer.concat(frames);
    bad.writeUInt8(bad.readUInt8(60) ^ 0xff, 60);
    const ran = await runCommand(grindCommand, ["--json"], [bad]);
    expect(ran).toMatchObject({ code: 1, stdout: "" });
    expect(ran.stderr).toMatch(
      /^cannot read standard input: zstd frame 1 is damaged \(.*\)\. For a spool, `gristmill spool verify`/,
    );
  });

  test("skippable frames between others are skipped", async () => {
    const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), bytes("abc")]);
    const [first = Buffer.alloc(0), ...rest] = frames;
    expect(await reportFrom(Buffer.concat([first, skippable, ...rest]))).toEqual(expected);
  });

  test("a skippable frame is never held whole, however long it is", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const [chunks, chunkBytes] = [64, 1024 * 1024];
    const start = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
    start.writeUInt32LE(chunks * chunkBytes, 4);
    const held: number[] = [];
    const input = async function* () {
      yield Buffer.concat([frames[0] ?? Buffer.alloc(0), start]);
      for (let at = 0; at < chunks; at++) {
        yield Buffer.alloc(chunkBytes);
        collect();
        held.push(process.memoryUsage().arrayBuffers);
      }
      yield frames[1] ?? Buffer.alloc(0);
    };
    const read: Uint8Array[] = [];
    for await (const piece of zstdContent(input(), expect.unreachable)) read.push(piece);
    expect(
      Buffer.concat(read)
        .toString()
        .match(/"frame"/g),
    ).toHaveLength(2);
    expect(Math.max(...held) - Math.min(...held)).toBeLessThan((chunks / 2) * chunkBytes);
  });

  test("frames without checksum or content size are read as well", async () => {
    const params = { [constants.ZSTD_c_checksumFlag]: 0, [constants.ZSTD_c_contentSizeFlag]: 0 };
    const halves = [jsonLines.slice(0, 30), jsonLines.slice(30)].map((lines) =>
      zstdCompressSync(joined(lines), { params }),
    );
    expect(await reportFrom(Buffer.concat(halves))).toEqual(expected);
  });
});

test("an entry that looks like a frame header is an entry where the count says so", async () => {
  const posing =
    '{"frame":{"stream":"0123456789abcdef0123456789abcdef","seq":9,"first":900,"count":5,"time":"2026-01-01T00:00:00.000Z","cursors":{},"prev":"' +
    `${noHash}"}}`;
  const report = await reportFrom(unpacked([posing, ...jsonLines]));
  expect(report.lines.total).toBe(expected.lines.total + 1);
  expect(report.events.map((event) => event.position)).toEqual(expected.events.map((event) => event.position + 1));
});

test("a journal that is cut off or damaged says so and is read as far as it goes", async () => {
  const whole = calls.slice(0, 3).map(exportOf).join("");
  const cut = await runCommand(grindCommand, ["--json"], [bytes(`${whole}__CURSOR=s=1;i=4\n__REALTIME`)]);
  expect(cut.stderr).toBe("The log ends in the middle of an entry; the 3 before it were read.\n");
  const damaged = await runCommand(grindCommand, ["--json", "--format", "export"], [bytes(`junk\n\n${whole}`)]);
  expect(damaged.stderr).toMatch(/^The journal is damaged behind entry 0: .*\n$/);
  expect([cut, damaged].map(({ code, stdout }) => [code, (JSON.parse(stdout) as GrindReport).lines.total])).toEqual([
    [0, 3],
    [0, 3],
  ]);
});

test("what is no journal export is refused as one", async () => {
  const ran = await runCommand(grindCommand, ["--format", "export"], [joined(jsonLines)]);
  expect(ran).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "cannot read standard input: it is no journal export. Leave --format out, or write one with `journalctl -u tailscaled -o export`.\n",
  });
});

test("journal objects: repeated messages are lines, null is said, what else stands there is shown as it is", async () => {
  const log = [
    { MESSAGE: ["peer keys: [YkXSE]", [...bytes("v1 peers: 1/2")]], __REALTIME_TIMESTAMP: "1755876000000000" },
    { MESSAGE: null, __REALTIME_TIMESTAMP: "1755876000000001" },
    { __REALTIME_TIMESTAMP: 7, MESSAGE: { a: 1 } },
  ].map((fields) => JSON.stringify(fields));
  const ran = await runCommand(grindCommand, ["--json"], [joined([...log, "-- Reboot --"])]);
  const { lines, peers } = JSON.parse(ran.stdout) as GrindReport;
  expect({ total: lines.total, peers: peers.map(({ key, rx, lastSeen }) => [key, rx, lastSeen]) }).toEqual({
    total: 4,
    peers: [["[YkXSE]", 1, "2025-08-22T15:20:00.000Z"]],
  });
  expect(ran.stderr).toMatch(/^1 messages are too long for `journalctl -o json`.*`journalctl -o export`/);
});

describe("files", () => {
  test("are read by name", async () => {
    const file = path.join(tempFolder(), "tailscaled.log");
    writeFileSync(file, joined(jsonLines));
    const ran = await runCommand(grindCommand, [file, "--json"]);
    expect(JSON.parse(ran.stdout)).toEqual(expected);
  });

  test("that are not there, or are folders, are named with what to do", async () => {
    const folder = path.join(tempFolder(), "logs");
    mkdirSync(folder);
    const missing = path.join(folder, "no.log");
    expect(await runCommand(grindCommand, [missing])).toEqual({
      code: 1,
      stdout: "",
      stderr: `cannot read ${missing}: there is no such file. Give the path of a log, or - for standard input.\n`,
    });
    expect((await runCommand(grindCommand, [folder])).stderr).toContain(
      "it is a folder. For a spool or a store: gristmill spool cat FOLDER",
    );
  });
});

test.each([
  [["--format", "xml"], 'grind knows no format "xml"'],
  [["a", "b"], "grind takes one file"],
  [["--colour"], "Unknown option '--colour'"],
])("%j is wrong usage", async (args, sentence) => {
  const ran = await runCommand(grindCommand, args);
  expect(ran).toMatchObject({ code: 2, stdout: "" });
  expect(ran.stderr).toContain(sentence);
  expect(ran.stderr).toContain(
    "usage: gristmill grind [FILE|-] [--format auto|docker|export|frames|journal-json|logtail|prefixed|text|unified-log] [--drift] [--json]",
  );
});

describe("for a person", () => {
  const log = [
    "Switching ipn state Starting -> Running (WantRunning=true, nm=true)",
    "magicsock: home is now derp-4 (fra)",
    "peer keys: [YkXSE] [BH3g9]",
    "v1.102.3 peers: 1234567/89 0/148",
    "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360 tx=a1b2c3d4e5f6",
    "magicsock: adding connection to derp-10 for [kylkO]",
    "v1.102.3 peers: 1/1",
    "health(warnable=no-derp-home): error: \u001b[2Jcleared",
    '[RATELIMIT] format("x") (7 dropped)',
  ];

  test("there is a table, and what was lost", async () => {
    const { stdout } = await runCommand(grindCommand, [], [joined(log)]);
    const parts = stdout.split("\n\n");
    expect(parts.slice(0, 4).join("\n\n")).toBe(`Running  tailscaled 1.102.3  home DERP 4 (fra)

PEER            RX   TX  PATH                      LAST SEEN
[BH3g9]          0  148  -                         -
[YkXSE]  1,234,567   89  direct 192.168.1.5:41641  -
[kylkO]          -    -  DERP 10                   -

[BH3g9] reached by an unknown way. The log does not say by which way it is reached. It lacks what the network around this machine is like (\`netcheck: report\`, at \`--verbose=1\`), and how the two ends look for each other (\`tailscale debug component-logs magicsock\`).
[kylkO] relayed. The log does not say why it is not reached directly. It lacks what the network around this machine is like (\`netcheck: report\`, at \`--verbose=1\`), and how the two ends look for each other (\`tailscale debug component-logs magicsock\`).

Warning no-derp-home: \uFFFD[2Jcleared`);
    expect(parts.at(-1)).toBe(`9 entries read, 9 of them understood.
1 stats lines fit no keys line: entries are missing or out of order.
Lost (rate-limit): 7 entries.
`);
  });

  test("a reason that several relayed peers share is told once, with its line", async () => {
    const keys = Array.from({ length: 9 }, (_, index) => `[peer${index}]`);
    const lines = [
      "netcheck: report: udp=false v4=false icmpv4=true v6=false v6os=false mapvarydest= portmap=? derp=4 derpdist=4v4:31ms",
      ...keys.map((key) => `magicsock: adding connection to derp-10 for ${key}`),
    ];
    const { stdout } = await runCommand(grindCommand, [], [joined(lines)]);
    expect(stdout.split("\n\n")[2]).toBe(
      "[peer0] [peer1] [peer2] [peer3] [peer4] [peer5] and 3 more relayed. Certain: UDP is blocked in the network of this machine, so everything goes by DERP. (line 1)",
    );
  });

  test("a path that can no longer be relied on says so", async () => {
    const using = "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360";
    const retry = "wg: [YkXSE] - Handshake did not complete after 5 seconds, retrying (try 2)";
    const { stdout } = await runCommand(grindCommand, [], [joined([using, retry])]);
    expect(stdout).toContain("  direct 192.168.1.5:41641, stale  ");
  });

  test("a log without counters says how to get them", async () => {
    const { stdout } = await runCommand(
      grindCommand,
      ["-"],
      [bytes("magicsock: adding connection to derp-10 for [kylkO]\n")],
    );
    expect(stdout).toContain("No byte counters: tailscaled logs them only with --verbose=1");
  });
});
