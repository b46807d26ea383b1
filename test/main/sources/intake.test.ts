// What tailscaled uploads with TS_LOG_TARGET, over real sockets into a real spool.
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { zstdCompressSync } from "node:zlib";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../../log/disk.ts";
import { messageLimit } from "../../../log/entry-text.ts";
import { entryLines } from "../../../log/frame-codec.ts";
import { maxLogtailBytes } from "../../../log/logtail-body.ts";
import { Pipeline } from "../../../main/pipeline.ts";
import { Changes } from "../../../main/platform/changes.ts";
import { type Clock, systemClock } from "../../../main/platform/clock.ts";
import { intakeSource } from "../../../main/sources/intake/intake.ts";
import { Spool } from "../../../main/spool/spool.ts";
import { faultyDisk } from "../../support/faulty-disk.ts";
import { logtailBatch, logtailEntry, sendLogtail, testCollection, testProcess } from "../../support/logtail-client.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const privateId = "389aa142fefa44aab83ab1c0909f6929fd53656b895ec2fc0e47d412ea62ba54";
const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  for (const kind of ["warn", "error"] as const)
    vi.spyOn(console, kind).mockImplementation((...words) => void said.push(words.join(" ")));
});

interface Rig {
  readonly url: string;
  readonly port: number;
  readonly pipeline: Pipeline;
  lines(): Promise<string[]>;
  close(): Promise<void>;
}

interface RigOptions {
  readonly dataDir?: string;
  readonly port?: number;
  readonly disk?: Disk;
  readonly clock?: Clock;
}

async function intakeFor({
  dataDir = tempFolder(),
  port = 0,
  disk = nodeDisk,
  clock = systemClock,
}: RigOptions = {}): Promise<Rig> {
  const spool = await Spool.open({ disk, clock: systemClock, dataDir, readers: [] });
  const abort = new AbortController();
  const changes = new Changes();
  // One name, whichever port was free: the position is kept under it.
  const source = { ...intakeSource({ port, clock }), name: "intake" };
  const pipeline = new Pipeline(source, { spool, clock: systemClock, changes, signal: abort.signal });
  const close = async () => {
    abort.abort();
    await pipeline.done;
    await spool.close();
  };
  onTestFinished(close);
  while (pipeline.status.state === "starting") await changes.wait(abort.signal);
  const address = /http:\/\/127\.0\.0\.1:(\d+)/.exec(pipeline.status.sentence ?? "");
  const used = port === 0 ? Number(address?.[1]) : port;
  const lines = async () => {
    const frames = await spool.framesFrom(spool.begin, 64 * 1024 * 1024);
    return frames.flatMap(entryLines);
  };
  return { url: `http://127.0.0.1:${used}/c/${testCollection}/${privateId}`, port: used, pipeline, lines, close };
}

const stored = (seq: number) => logtailEntry(seq).replace(/}$/, ',"src":"intake"}');

test("what was answered 200 lies in the spool, as it came but for where it came from", async () => {
  const { url, lines, pipeline } = await intakeFor();
  expect(await sendLogtail(url, logtailBatch(logtailEntry(1), logtailEntry(2)))).toMatchObject({
    status: 200,
    body: "",
  });
  expect(await lines()).toEqual([stored(1), stored(2)]);
  expect(pipeline.status).toEqual({ name: "intake", state: "following", sentence: null, entries: 2 });
});

test("before the first upload the status says how to make tailscaled send, and what that costs", async () => {
  const { pipeline, port } = await intakeFor();
  expect(pipeline.status).toMatchObject({
    state: "waiting",
    sentence: expect.stringMatching(
      new RegExp(`TS_LOG_TARGET=http://127\\.0\\.0\\.1:${port} to /etc/default/tailscaled .* its support cannot`),
    ),
  });
});

const packed = { "content-encoding": "zstd" };
test.each([
  ["zstd", zstdCompressSync(logtailBatch(logtailEntry(1))), packed, [stored(1)]],
  [
    "a bare object, as 1.0.5 sends it",
    '{"logtail": {"client_time": "x"}, "text": "one\\n"}',
    {},
    ['{"logtail": {"client_time": "x"}, "text": "one\\n","src":"intake"}'],
  ],
  ["an entry recovered from raw stderr", '[{"text":"panic"}]', {}, ['{"text":"panic","src":"intake"}']],
  ["an empty object", "[{}]", {}, ['{"src":"intake"}']],
  ["an entry that says it is from elsewhere", '[{"src":"journald"}]', {}, ['{"src":"journald","src":"intake"}']],
  ["no JSON", "oops", {}, ['{"logtail":{"error":{"detail":"not valid JSON","bad_data":"oops"}},"src":"intake"}']],
  ["no object", "[7]", {}, ['{"logtail":{"error":{"detail":"not a JSON object","bad_data":7}},"src":"intake"}']],
  [
    "no zstd",
    "oops",
    packed,
    ['{"logtail":{"error":{"detail":"not valid zstd","bad_data":"b29wcw=="}},"src":"intake"}'],
  ],
  ["an empty array", "[]", {}, []],
  ["nothing", "", {}, []],
])("%s is answered 200 and kept as it can be", async (_, body, headers, expected) => {
  const { url, lines } = await intakeFor();
  expect(await sendLogtail(url, body, { headers })).toMatchObject({ status: 200, body: "" });
  expect(await lines()).toEqual(expected);
});

test.each([
  ["a body", Buffer.alloc(maxLogtailBytes + 1, " "), {}],
  ["a small body that unpacks to", zstdCompressSync(Buffer.alloc(64 * 1024 * 1024, " ")), packed],
])(
  "%s more than the limit is a loss that is declared, and answered 200: the client would send it for ever",
  async (_, body, headers) => {
    const { url, lines } = await intakeFor();
    expect((await sendLogtail(url, body, { headers })).status).toBe(200);
    expect((await lines()).map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ loss: { kind: "overflow", count: null, why: expect.stringMatching(/bytes/) } }),
    ]);
  },
);

test("of an entry that is too large for any log, what is kept is marked, and its number is not taken for lost", async () => {
  const { url, lines } = await intakeFor();
  const long = (seq: number, members: object) =>
    JSON.stringify({ logtail: { proc_id: testProcess, proc_seq: seq }, ...members });
  const wide = long(2, { text: `${"ö".repeat(messageLimit)}${"x".repeat(1024 * 1024)}\n` });
  await sendLogtail(url, logtailBatch(logtailEntry(1)));
  await sendLogtail(url, wide);
  await sendLogtail(url, logtailBatch(long(3, { controltime: "x".repeat(1024 * 1024) }), logtailEntry(4)));
  const [, cut, beginning, ...rest] = (await lines()).map((line) => JSON.parse(line));
  const missing = messageLimit + 1024 * 1024;
  const detail = `message cut after ${messageLimit} bytes: ${missing} bytes are missing`;
  expect(cut).toMatchObject({ logtail: { proc_seq: 2, error: { detail } } });
  expect(cut.text).toBe(`${"ö".repeat(messageLimit / 2)}…+${missing}`);
  expect(beginning.logtail).toEqual({
    proc_id: testProcess,
    proc_seq: 3,
    error: {
      detail: expect.stringMatching(/^entry too large: 10\d+ characters$/),
      bad_data: expect.stringMatching(/^.{16384}$/),
    },
  });
  expect(rest.map(({ logtail }) => logtail.proc_seq)).toEqual([4]);
});

test("a batch that is sent again is answered 200 and not stored again, also after a restart", async () => {
  const dataDir = tempFolder();
  const before = await intakeFor({ dataDir });
  const batch = logtailBatch(logtailEntry(1), logtailEntry(2), logtailEntry(1, 77));
  await sendLogtail(before.url, batch);
  expect((await sendLogtail(before.url, batch)).status).toBe(200);
  await before.close();
  const after = await intakeFor({ dataDir, port: before.port });
  expect(after.pipeline.status.state).toBe("following");
  expect((await sendLogtail(after.url, batch)).status).toBe(200);
  expect((await sendLogtail(after.url, logtailBatch(logtailEntry(2), logtailEntry(3)))).status).toBe(200);
  expect((await after.lines()).map((line) => JSON.parse(line).logtail.proc_seq)).toEqual([1, 2, 1, 3]);
});

test("an upload that breaks off in the middle of an entry leaves nothing behind, and is stored once when it comes whole", async () => {
  const { url, lines } = await intakeFor();
  const batch = logtailBatch(logtailEntry(1), logtailEntry(2));
  const broken = httpRequest(url, { method: "POST", headers: { "content-length": batch.length } });
  const gone = once(broken, "error");
  await new Promise<void>((sent) => broken.write(batch.slice(0, -40), () => sent()));
  broken.destroy();
  await gone;
  expect((await sendLogtail(url, batch)).status).toBe(200);
  expect(await lines()).toEqual([stored(1), stored(2)]);
});

test("the same numbers in another log, or of another process, are other entries", async () => {
  const { url, lines } = await intakeFor();
  await sendLogtail(url, logtailBatch(logtailEntry(5)));
  await sendLogtail(url, logtailBatch(logtailEntry(5, 78)));
  await sendLogtail(url.replace("/389a", "/489a"), logtailBatch(logtailEntry(5)));
  expect(await lines()).toHaveLength(3);
});

test("numbers that tailscaled left out are declared as lost, before the entry that shows it", async () => {
  const { url, lines } = await intakeFor();
  await sendLogtail(url, logtailBatch(logtailEntry(4), logtailEntry(5), logtailEntry(9)));
  await sendLogtail(url, logtailBatch(logtailEntry(9), logtailEntry(10)));
  const entries = (await lines()).map((line) => JSON.parse(line));
  expect(entries.map(({ loss, logtail }) => loss?.count ?? logtail.proc_seq)).toEqual([4, 5, 3, 9, 10]);
  expect(entries[2].loss.kind).toBe("overflow");
});

test("while the disk refuses nobody is told that entries are stored; later they are there once", async () => {
  const disk = faultyDisk();
  const clock = new ManualClock();
  const { url, lines } = await intakeFor({ disk, clock });
  await sendLogtail(url, logtailBatch(logtailEntry(1)));
  disk.fault = { on: "datasync", code: "ENOSPC" };
  const first = sendLogtail(url, logtailBatch(logtailEntry(2)));
  await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  const again = sendLogtail(url, logtailBatch(logtailEntry(2)));
  await vi.waitFor(() => expect(clock.sleepers).toBe(2));
  await clock.advance(30_000);
  for (const answer of await Promise.all([first, again])) {
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
  }
  const third = sendLogtail(url, logtailBatch(logtailEntry(2)));
  await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  disk.fault = undefined;
  expect((await third).status).toBe(200);
  expect(await lines()).toEqual([stored(1), stored(2)]);
});

test("more uploads than can wait are told to come back", async () => {
  const disk = faultyDisk();
  const clock = new ManualClock();
  const { url } = await intakeFor({ disk, clock });
  disk.fault = { on: "datasync", code: "EIO" };
  const fill = logtailBatch(JSON.stringify({ text: "a".repeat(1_000_000) }));
  // Two of a million characters are more than the spool lets wait, so its back-pressure holds the third and those behind it.
  const waiting = Array.from({ length: 10 }, () => sendLogtail(url, fill));
  await vi.waitFor(() => expect(clock.sleepers).toBe(10), { timeout: 10_000 });
  expect((await sendLogtail(url, fill)).status).toBe(503);
  await clock.advance(30_000);
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(10).fill(503));
});

test("a stop answers what waits that it must be sent again", async () => {
  const disk = faultyDisk();
  const clock = new ManualClock();
  const rig = await intakeFor({ disk, clock });
  disk.fault = { on: "datasync", code: "EIO" };
  const answer = sendLogtail(rig.url, logtailBatch(logtailEntry(1)));
  await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  await rig.close();
  expect((await answer).status).toBe(503);
});

test("a port in use is waited for, with a sentence that names it", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const clock = new ManualClock();
  const rig = await intakeFor({ port, clock });
  expect(rig.pipeline.status).toMatchObject({
    state: "waiting",
    sentence: `Port ${port} on 127.0.0.1, where tailscaled is to send its log, is in use by another program. Gristmill keeps trying; another port is named with --source intake:PORT, and in TS_LOG_TARGET.`,
  });
  other.close();
  await once(other, "close");
  await clock.advance(5_000);
  await vi.waitFor(() => expect(rig.pipeline.status.sentence).toContain("TS_LOG_TARGET=http"));
  expect((await sendLogtail(rig.url, logtailBatch(logtailEntry(1)))).status).toBe(200);
});

/** Sends a request whose headers `fetch` would not let through. */
async function statusOf(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  const request = httpRequest({ host: "127.0.0.1", port, path, method: "POST", headers });
  request.end(logtailBatch(logtailEntry(1)));
  const [response] = (await once(request, "response")) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

test("web pages and other names are refused; other addresses are answered with what there is; nothing of it is stored", async () => {
  const { port, lines } = await intakeFor();
  const upload = `/c/${testCollection}/${privateId}`;
  expect(await statusOf(port, upload, { origin: "https://example.com" })).toBe(403);
  expect(await statusOf(port, upload, { host: "rebound.example.com" })).toBe(403);
  expect(await statusOf(port, `${upload}0`, {})).toBe(404);
  expect(await statusOf(port, "/", {})).toBe(404);
  expect(await lines()).toEqual([]);
});

test("the private ID is neither said nor stored", async () => {
  const rig = await intakeFor();
  await sendLogtail(rig.url, "oops");
  await sendLogtail(rig.url, Buffer.alloc(maxLogtailBytes + 1));
  await sendLogtail(`${rig.url}/more`, logtailBatch(logtailEntry(1)));
  await sendLogtail(rig.url, logtailBatch(logtailEntry(1), logtailEntry(7)));
  expect(await rig.lines()).toHaveLength(5);
  expect([...said, ...(await rig.lines()), JSON.stringify(rig.pipeline.status)].join("\n")).not.toContain(privateId);
});
