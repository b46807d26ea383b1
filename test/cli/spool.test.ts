import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { PassThrough, Transform } from "node:stream";
import { expect, test, vi } from "vitest";
import { spoolCommand } from "../../cli/commands/spool.ts";
import { nodeDisk } from "../../log/disk.ts";
import { encodeFrame } from "../../log/frame-codec.ts";
import { FrameLog } from "../../log/frame-log.ts";
import { Quarantine } from "../../log/quarantine.ts";
import { Spool } from "../../main/spool/spool.ts";
import { noHash } from "../../shared/frame.ts";
import { chainOf, numberedEntry, testStream } from "../support/frames.ts";
import { startGristmill } from "../support/gristmill-process.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { tempFolder } from "../support/temp-folder.ts";

async function writeLog(folder: string, counts: readonly number[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const quarantine = await Quarantine.open(nodeDisk, path.join(folder, "..", "quarantine"));
  const log = await FrameLog.open({ disk: nodeDisk, folder, quarantine, segmentBytes: 600 });
  await log.append(chainOf(counts).filter((frame) => frame.header.first >= log.end));
  await log.close();
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (...args: readonly string[]): Promise<Ran> => runWhile(() => undefined, ...args);

/** `onOutput` is called with each piece of output, before the command goes on. */
async function runWhile(onOutput: (text: string) => void, ...args: readonly string[]): Promise<Ran> {
  const stdout = new Transform({
    transform(chunk: Buffer, _, done) {
      onOutput(chunk.toString());
      done(null, chunk);
    },
  });
  const stderr = new PassThrough();
  const [out, err] = [stdout, stderr].map((stream) => stream.setEncoding("utf8").toArray());
  const code = await spoolCommand.run(args, { stdout, stderr, stdin: new PassThrough() });
  stdout.end();
  stderr.end();
  return { code, stdout: ((await out) ?? []).join(""), stderr: ((await err) ?? []).join("") };
}

const firstSegment = (folder: string) =>
  path.join(folder, readdirSync(folder).find((name) => name.endsWith(".zst")) ?? "");

test("stat adds up entries, frames and bytes", async () => {
  const folder = path.join(tempFolder(), "spool");
  await writeLog(folder, [2, 3, 1]);
  const { stdout } = await run("stat", folder, "--json");
  const size = readdirSync(folder)
    .filter((name) => name.endsWith(".zst"))
    .reduce((sum, name) => sum + readFileSync(path.join(folder, name)).length, 0);
  expect(JSON.parse(stdout)).toMatchObject({
    log: ".",
    entries: 6,
    frames: 3,
    streams: 1,
    bytes: size,
    cursors: { test: "6" },
  });
});

test("cat prints every entry once and in order, of a client's data dir and of a store with several streams", async () => {
  const root = tempFolder();
  await writeLog(path.join(root, "a", "spool"), [2, 1]);
  await writeLog(path.join(root, "b", "spool"), [1]);
  expect((await run("cat", path.join(root, "a"), "--text")).stdout).toBe("line 1\nline 2\nline 3\n");
  expect((await run("cat", root, "--text")).stdout).toBe("line 1\nline 2\nline 3\nline 1\n");
});

test("cat --text gives a terminal nothing to obey; without it the stored lines come as they are", async () => {
  const folder = tempFolder();
  const lines = [
    JSON.stringify({ text: "\u001b]0;title\u0007\u001b[2J\ta\rb\u009bc\nd\n" }),
    "\u001b[31mno JSON",
    '{"other":"\u007f"}',
  ];
  const header = {
    stream: testStream,
    seq: 1,
    first: 1,
    count: 3,
    time: "2026-01-01T00:00:00.000Z",
    cursors: {},
    prev: noHash,
  };
  const frame = encodeFrame(header, Buffer.from(lines.map((line) => `${line}\n`).join("")));
  writeFileSync(path.join(folder, "00000000000000000001.zst"), frame.bytes);
  expect((await run("cat", folder, "--text")).stdout).toBe(
    '\uFFFD]0;title\uFFFD\uFFFD[2J\ta\uFFFDb\uFFFDc\nd\n\uFFFD[31mno JSON\n{"other":"\uFFFD"}\n',
  );
  expect((await run("cat", folder)).stdout).toBe(`${lines.join("\n")}\n`);
});

test.each([
  [["--from", "2", "--to", "3"], "line 2\nline 3\n"],
  [["--from", "4"], "line 4\n"],
  [["--to", "2026-01-01T00:00:00Z"], "line 1\nline 2\nline 3\nline 4\n"],
  [["--from", "2026-01-01T00:00:01Z"], ""],
])("cat %j prints that range, both ends included", async (range, expected) => {
  const folder = path.join(tempFolder(), "spool");
  await writeLog(folder, [2, 2]);
  expect((await run("cat", folder, "--text", ...range)).stdout).toBe(expected);
});

test("a range that is neither ordinal nor time is wrong usage", async () => {
  const folder = path.join(tempFolder(), "spool");
  await writeLog(folder, [1]);
  expect(await run("cat", folder, "--from", "yesterday")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('not "yesterday"'),
  });
});

test("verify names every damaged place, what is missing, and ends with 1; cat says where it skipped", async () => {
  const folder = path.join(tempFolder(), "spool");
  await writeLog(folder, [2, 2, 2]);
  expect(await run("verify", folder)).toMatchObject({ code: 0, stdout: ".: sound, 6 entries in 3 intact frames\n" });
  const segment = firstSegment(folder);
  const bytes = readFileSync(segment);
  bytes[30] = (bytes[30] ?? 0) ^ 0xff;
  writeFileSync(segment, bytes);
  const { code, stdout } = await run("verify", folder);
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/at byte 0: \d+ bytes that belong to no intact frame/),
  });
  expect(await run("cat", folder, "--text")).toMatchObject({
    code: 0,
    stdout: "line 3\nline 4\nline 5\nline 6\n",
    stderr: expect.stringContaining("at byte 0"),
  });
});

const segmentsOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".zst"))
    .map((name) => path.join(folder, name));

test("a frame that is being written at the log's end is no fault; one that later segments follow is", async () => {
  const folder = path.join(tempFolder(), "spool");
  await writeLog(folder, [2, 2, 2, 2, 2, 2]);
  const [oldest = "", ...more] = segmentsOf(folder);
  const newest = more.at(-1) ?? "";
  appendFileSync(newest, readFileSync(oldest).subarray(0, 50));
  expect(await run("verify", folder)).toEqual({
    code: 0,
    stdout: ".: sound, 12 entries in 6 intact frames, 50 bytes of an unfinished frame at the end\n",
    stderr: "",
  });
  expect(await run("verify", folder, "--json")).toMatchObject({
    stdout: expect.stringMatching('"unfinishedBytes":50'),
  });
  expect(await run("cat", folder, "--text")).toMatchObject({
    code: 0,
    stdout: Array.from({ length: 12 }, (_, at) => `line ${at + 1}\n`).join(""),
    stderr: expect.stringMatching(/50 bytes of a frame that is not finished: its entries are not committed\n$/),
  });
  appendFileSync(oldest, readFileSync(newest).subarray(0, 40));
  expect(await run("verify", folder)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/: 1 fault\(s\), .*\n.*40 bytes that belong to no intact frame/),
  });
});

test("bytes at the log's end that no frame begins with are a fault", async () => {
  const folder = path.join(tempFolder(), "spool");
  await writeLog(folder, [2]);
  appendFileSync(firstSegment(folder), ".".repeat(50));
  expect(await run("verify", folder)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("50 bytes that belong to no intact frame"),
  });
});

test("a segment that is missing is a fault", async () => {
  const folder = path.join(tempFolder(), "spool");
  await writeLog(folder, [2, 2, 2, 2, 2, 2]);
  writeFileSync(segmentsOf(folder)[1] ?? "", "");
  expect(await run("verify", folder)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("those between are missing"),
  });
});

test("segments that are retired while they are read are skipped, and that is said", async () => {
  const root = tempFolder();
  await writeLog(path.join(root, "a"), [2, 2, 2, 2, 2, 2]);
  await writeLog(path.join(root, "b"), [2, 2, 2, 2, 2, 2]);
  const [, inA = ""] = segmentsOf(path.join(root, "a"));
  const [, inB = ""] = segmentsOf(path.join(root, "b"));
  const verified = await runWhile(() => rmSync(inB, { force: true }), "verify", root);
  expect(verified).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^a: sound, 12 entries.*\nb: sound, [1-9] entries.*\n$/),
    stderr: `${inB}: retired while the log was read; skipped\n`,
  });
  const read = await runWhile(() => rmSync(inA, { force: true }), "cat", path.join(root, "a"), "--text");
  expect(read).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^line 1\n[\s\S]*line 12\n$/),
    stderr: `${inA}: retired while the log was read; skipped\n`,
  });
});

test("frames that their sender declared lost are no fault of a store; others that are missing are", async () => {
  const folder = path.join(tempFolder(), "store");
  mkdirSync(folder);
  const [first, , third] = chainOf([1, 1, 1]).map((frame) => frame.bytes);
  writeFileSync(
    path.join(folder, "00000000000000000001.zst"),
    Buffer.concat([first ?? Buffer.alloc(0), third ?? Buffer.alloc(0)]),
  );
  expect(await run("verify", folder)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("those between are missing"),
  });
  writeFileSync(path.join(folder, "lost-2-2.json"), "{}");
  expect(await run("verify", folder)).toMatchObject({
    code: 0,
    stdout: ".: sound, 2 entries in 2 intact frames, 1 frame(s) declared lost by their sender\n",
  });
});

test("a folder without any log says so", async () => {
  const folder = tempFolder();
  expect(await run("stat", folder)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`no catcher's store in ${folder}`),
  });
});

test("cat --follow prints what is committed later, and ends when it is told to", async () => {
  const folder = path.join(tempFolder(), "spool");
  await writeLog(folder, [1]);
  const following = startGristmill(["spool", "cat", folder, "--text", "--follow"]);
  await following.printed(/line 1\n/);
  await writeLog(folder, [1, 2, 2, 2]);
  await following.printed(/line 7\n/);
  expect(following.stdout()).toBe("line 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\n");
  await following.kill("SIGTERM");
  await vi.waitFor(async () => expect(await following.exited).toBe(0));
});

/** A spool of twelve entries in small segments, whose second segment is gone and declared; its data dir. */
async function spoolWithLoss(): Promise<string> {
  const dataDir = tempFolder();
  const open = () => Spool.open({ disk: nodeDisk, clock: new ManualClock(), dataDir, readers: [], segmentBytes: 400 });
  const spool = await open();
  for (let n = 1; n <= 12; n++) {
    await spool.append("numbers", [{ line: numberedEntry(n), position: String(n) }]);
    await spool.committed();
  }
  await spool.close();
  const second = readdirSync(path.join(dataDir, "spool")).filter((name) => name.endsWith(".zst"))[1] ?? "";
  rmSync(path.join(dataDir, "spool", second));
  return dataDir;
}

test("verify names entries that are missing, until the log itself says what became of them", async () => {
  const dataDir = await spoolWithLoss();
  expect(await run("verify", dataDir)).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/fault\(s\).*\n.*those between are missing/),
  });
  const spool = await Spool.open({ disk: nodeDisk, clock: new ManualClock(), dataDir, readers: [] });
  await spool.close();
  const { code, stdout } = await run("verify", dataDir);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^spool: sound, \d+ entries in \d+ intact frames, \d entries let go of or declared lost/,
    ),
  });
});

test("migrate takes a spool to an older format and back, and says when it is there already", async () => {
  const dataDir = await spoolWithLoss();
  await (await Spool.open({ disk: nodeDisk, clock: new ManualClock(), dataDir, readers: [] })).close();
  const said = async (to: string) => (await run("migrate", dataDir, "--to", to)).stdout;
  expect([await said("1"), await said("1"), await said("2")]).toEqual([
    `${dataDir} is in format 1 now.\n`,
    `${dataDir} is in format 1 already.\n`,
    `${dataDir} is in format 2 now.\n`,
  ]);
});

test.each([["3"], ["0"], ["x"], [undefined]])("migrate --to %s is wrong usage", async (to) => {
  const dataDir = await spoolWithLoss();
  const { code, stderr } = await run("migrate", dataDir, ...(to === undefined ? [] : ["--to", to]));
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/a format from 1 to 2/) });
});

test.each(["stat", "verify", "cat", "migrate"])(
  "%s of a spool of a newer format says to use the newer Gristmill",
  async (action) => {
    const dataDir = await spoolWithLoss();
    writeFileSync(path.join(dataDir, "format.json"), '{"spool":9}');
    for (const folder of [dataDir, path.join(dataDir, "spool")]) {
      const { code, stderr } = await run(action, folder, ...(action === "migrate" ? ["--to", "1"] : []));
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/format 9.*knows formats 1 to 2.*newer one/),
      });
    }
  },
);
