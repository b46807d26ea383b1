// What one sender may take of the catcher, over real sockets.
import { once } from "node:events";
import { zstdCompressSync } from "node:zlib";
import { beforeEach, expect, test, vi } from "vitest";
import { entryLines } from "../../log/frame-codec.ts";
import { maxLogtailBytes } from "../../log/logtail-body.ts";
import { catcherFor, postFrames, receiptFor, storedFrames, storedNumbers, testPrivateId } from "../support/catcher.ts";
import { patience } from "../support/catcher-patience.ts";
import { chainOf } from "../support/frames.ts";
import { logtailBatch, logtailEntry, sendLogtail, testCollection } from "../support/logtail-client.ts";
import { connectRaw } from "../support/raw-http.ts";

const otherId = "40".repeat(32);
const where = (url: string, id = testPrivateId) => `${url}/c/${testCollection}/${id}`;
const head = (more: string) =>
  `POST /v1/frames HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${testPrivateId}\r\n${more}\r\n`;

beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => undefined));

/** At most `seconds`: some of them have passed already. */
function expectRetryAfter({ headers }: { readonly headers: Headers }, seconds: number): void {
  const after = Number(headers.get("retry-after"));
  expect(after).toBeGreaterThan(0);
  expect(after).toBeLessThanOrEqual(seconds);
}

test("an instance with too many requests is told when to come back, by either route; another is not held up", async () => {
  const { url } = await catcherFor({ limits: { requestsPerInstance: 0.1 } }); // One at once.
  expect(await postFrames(url, chainOf([1]))).toMatchObject({ status: 200 });
  const refused = await postFrames(url, chainOf([1]));
  expect(refused).toMatchObject({ status: 429, body: { error: expect.stringContaining("send the same again later") } });
  expectRetryAfter(refused, 10);
  const upload = await sendLogtail(where(url), logtailBatch(logtailEntry(1)));
  expect(upload.status).toBe(429);
  expectRetryAfter(upload, 10);
  expect((await sendLogtail(where(url, otherId), logtailBatch(logtailEntry(1)))).status).toBe(200);
});

test("an instance that sends too many bytes of log, counted unpacked, is told when to come back, and loses nothing", async () => {
  const { url, dir } = await catcherFor({ limits: { bytesPerInstance: 1_000 } });
  const large = logtailEntry(1).replace("line", "x".repeat(20_000));
  const packed = { headers: { "content-encoding": "zstd" } };
  expect((await sendLogtail(where(url), zstdCompressSync(logtailBatch(large)), packed)).status).toBe(200);
  const refused = await sendLogtail(where(url), logtailBatch(logtailEntry(2)));
  expect(refused.status).toBe(429);
  expectRetryAfter(refused, 11);
  expect((await sendLogtail(where(url, otherId), logtailBatch(logtailEntry(1)))).status).toBe(200);
  expect((await storedFrames(dir)).flatMap(entryLines)).toContain(large);
});

test("connections over the limit of an address are answered 429, twice as many are closed, and closed ones count no more", async () => {
  const { url } = await catcherFor({ limits: { connectionsPerAddress: 2 } });
  const request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  const asked = async () => {
    const connection = connectRaw(url, request);
    await Promise.race([connection.closed, once(connection.socket, "data")]);
    return connection;
  };
  const first = await asked();
  const second = await asked();
  expect([first, second].map(({ answer }) => answer())).toEqual(Array(2).fill(expect.stringContaining("200 OK")));
  const third = await asked();
  expect(third.answer()).toMatch(/^HTTP\/1.1 429 .*retry-after: 30\r\n/s);
  await third.closed;
  const idle = [connectRaw(url), connectRaw(url)];
  await vi.waitFor(async () => expect((await asked()).answer()).toBe(""), patience);
  for (const { socket } of [first, ...idle]) socket.destroy();
  await vi.waitFor(async () => {
    const again = await asked();
    again.socket.destroy();
    expect(again.answer()).toContain("200 OK");
  }, patience);
});

test("a request that does not come whole in time is answered 408, and one that does not even come to its body is closed", async () => {
  const { url, dir } = await catcherFor({ limits: { requestMs: 300 } });
  const [frame] = chainOf([1]);
  const slowBody = connectRaw(url, head(`Content-Length: ${frame?.bytes.length}\r\n`));
  slowBody.socket.write(frame?.bytes.subarray(0, 100) ?? "");
  const slowHead = connectRaw(url, "POST /v1/frames HTTP/1.1\r\nHost: x\r\n");
  const silent = connectRaw(url);
  await Promise.all([slowBody.closed, slowHead.closed, silent.closed]);
  expect(slowBody.answer()).toContain("HTTP/1.1 408");
  expect(await storedNumbers(dir)).toEqual([]);
});

test("a body that breaks off is not stored, not even what is whole of it", async () => {
  const { url, dir } = await catcherFor();
  const frames = chainOf([1, 1]);
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
  const { socket } = connectRaw(url, head(`Content-Length: ${bytes.length}\r\n`));
  socket.write(bytes.subarray(0, frames[0]?.bytes.length), () => socket.destroy());
  const upload = logtailBatch(logtailEntry(1), logtailEntry(2));
  const broken = connectRaw(
    url,
    `POST /c/${testCollection}/${testPrivateId} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n`,
  );
  broken.socket.write(upload, () => broken.socket.end());
  await broken.closed;
  expect(await postFrames(url, frames.slice(0, 1))).toMatchObject({ status: 200, body: receiptFor(frames[0]) });
  expect((await storedFrames(dir)).length).toBe(1);
});

test("headers that are too large are refused", async () => {
  const { url } = await catcherFor();
  const connection = connectRaw(url, head(`X: ${"x".repeat(20_000)}\r\nContent-Length: 0\r\n`));
  await connection.closed;
  expect(connection.answer()).toContain("HTTP/1.1 431");
});

test("an upload of a tailscaled that is too large is read to its end, declared as a loss, and answered 200 on the same connection", async () => {
  const { url, dir } = await catcherFor();
  const length = maxLogtailBytes + 1;
  const chunked = "transfer-encoding: chunked\r\n";
  const connection = connectRaw(
    url,
    `POST /c/${testCollection}/${testPrivateId} HTTP/1.1\r\nHost: x\r\n${chunked}\r\n`,
  );
  connection.socket.write(`${length.toString(16)}\r\n${" ".repeat(length)}\r\n0\r\n\r\n`);
  await vi.waitFor(() => expect(connection.answer()).toContain("HTTP/1.1 200"), patience);
  connection.socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await vi.waitFor(() => expect(connection.answer()).toContain('{"ok":true}'), patience);
  expect((await storedFrames(dir)).flatMap(entryLines).map((line) => JSON.parse(line).loss.why)).toEqual([
    `an upload of ${length} bytes is more than the ${maxLogtailBytes} that are taken at once`,
  ]);
});

test("a body that announces a gigabyte is answered without being read", async () => {
  const { url } = await catcherFor();
  const connection = connectRaw(url, head("Content-Length: 1000000000\r\n"));
  await vi.waitFor(() => expect(connection.answer()).toContain("HTTP/1.1 413"), patience);
});

async function memoryTaken(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^gristmill_catcher_request_memory_bytes (\d+)$/m.exec(metrics)?.[1]);
}

test("requests that there is no memory for wait, then are told when to come back; it is there again once others are through", async () => {
  const { url, dir } = await catcherFor({ limits: { memoryBytes: 300_000, memoryWaitMs: 100 } });
  const batch = logtailBatch(logtailEntry(1).replace("line", "x".repeat(200_000)));
  const refused = await vi.waitFor(async () => {
    // Whoever comes second waits no longer than that, and is refused: on a busy machine that may be the greedy one.
    const greedy = connectRaw(url, head("Content-Length: 250000\r\n"));
    greedy.socket.write(Buffer.alloc(200_000));
    await vi.waitFor(async () => expect(await memoryTaken(url)).toBeGreaterThan(150_000), patience);
    const answer = await sendLogtail(where(url), batch);
    greedy.socket.destroy();
    expect(answer.status).toBe(503);
    return answer;
  }, patience);
  expect(refused.headers.get("retry-after")).toBe("5");
  await vi.waitFor(async () => expect((await sendLogtail(where(url), batch)).status).toBe(200), patience);
  expect((await storedFrames(dir)).length).toBe(1);
});
