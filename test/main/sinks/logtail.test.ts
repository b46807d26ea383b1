// What reaches a logtail server, over real sockets: reference section 3.
import { createHash } from "node:crypto";
import { zstdDecompressSync } from "node:zlib";
import { expect, onTestFinished, test, vi } from "vitest";
import { encodeFrame, entryLines, type Frame } from "../../../log/frame-codec.ts";
import { derivedIdentity, identityFrom } from "../../../main/identity.ts";
import { parseAddress } from "../../../main/sinks/address.ts";
import { openSink } from "../../../main/sinks/index.ts";
import { logtailBatches, logtailUpload } from "../../../main/sinks/logtail-upload.ts";
import { catcherFor, storedFrames } from "../../support/catcher.ts";
import { patience } from "../../support/catcher-patience.ts";
import { type ChaosRequest, chaosCatcher, hang, json, page, reset, type Trick } from "../../support/chaos-catcher.ts";
import { chainOf, numbersOf } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const identity = identityFrom(Buffer.alloc(32, 9));
const collection = "tailnode.log.tailscale.io";
const never = new AbortController().signal;
const leaving = async () => undefined;
const stored: Trick = (_request, response) => void response.writeHead(200).end();
const limit = 256 * 1024;

type Frames = readonly [Frame, ...Frame[]];
const framesOf = (counts: readonly number[]) => chainOf(counts) as unknown as Frames;
const receiptFor = ({ header, hash }: Frame) => ({ stream: header.stream, acked: header.seq, hash });

function sinkFor(url: string, clock = new ManualClock()) {
  const address = parseAddress(`logtail+${url}/c/${collection}`);
  const sink = openSink({ address, trust: { ca: undefined, pins: [] }, identity, clock });
  onTestFinished(() => sink.close());
  return { sink, secret: derivedIdentity(identity, sink.destination).privateId };
}

/** The body as the server has it after unpacking. */
function plainBody({ body, headers }: Pick<ChaosRequest, "body" | "headers">): string {
  return (headers["content-encoding"] === "zstd" ? zstdDecompressSync(body) : body).toString("utf8");
}

test("a small batch goes as tailscaled sends it: a plain array, to the collection and the private ID, without further headers", async () => {
  const server = await chaosCatcher(stored);
  const { sink, secret } = sinkFor(server.url);
  const frames = framesOf([2]);
  expect(await sink.send(frames, { signal: never, leaving })).toEqual({
    kind: "acked",
    receipt: receiptFor(frames[0]),
  });
  const [request] = server.requests as readonly [ChaosRequest];
  expect(request.url).toBe(`/c/${collection}/${secret}`);
  const [one, two] = entryLines(frames[0]);
  expect(request.body.toString()).toBe(`[${one}\n,${two}\n]`);
  expect(Object.keys(request.headers).toSorted()).toEqual(["connection", "content-length", "host"]);
});

test("a larger batch is packed where that saves something, and says how long it was", async () => {
  const server = await chaosCatcher(stored);
  const { sink } = sinkFor(server.url);
  const frames = framesOf([50, 50]);
  await sink.send(frames, { signal: never, leaving });
  const [request] = server.requests as readonly [ChaosRequest];
  const plain = plainBody(request);
  expect(request.headers).toMatchObject({
    "content-encoding": "zstd",
    "orig-content-length": String(Buffer.byteLength(plain)),
  });
  expect(JSON.parse(plain).map((entry: unknown) => JSON.stringify(entry))).toEqual(frames.flatMap(entryLines));
});

test("what is small, or does not pack, goes as it is", () => {
  const noise = createHash("sha256").update("x").digest("hex");
  const texts = ["x".repeat(100), Array.from(noise).reverse().join("") + noise + noise.slice(7) + noise.slice(3, 60)];
  expect(texts.map((text) => logtailUpload([JSON.stringify({ text })]).headers)).toEqual([{}, {}]);
  expect(logtailUpload([JSON.stringify({ text: "x".repeat(400) })]).headers).toMatchObject({
    "content-encoding": "zstd",
  });
});

test("batches hold 256 KiB at most, or one entry that is larger, and nothing is split, lost or reordered", () => {
  const lines = [3, 120_000, 120_000, 30_000, 400_000, 5, 5].map((size, at) => `{"text":"${at}${"x".repeat(size)}"}`);
  const batches = logtailBatches(lines);
  expect(batches.flat()).toEqual(lines);
  expect(batches.map((batch) => batch.length)).toEqual([3, 1, 1, 2]);
  const sizes = batches.map((batch) => Buffer.byteLength(`[${batch.join("\n,")}\n]`));
  expect(sizes.filter((size) => size > limit)).toHaveLength(1);
});

test("of many frames as many go as make one batch; the receipt is for those", async () => {
  const server = await chaosCatcher(stored);
  const { sink } = sinkFor(server.url);
  const line = (n: number) => Buffer.from(`${JSON.stringify({ logtail: {}, text: `${n}${"x".repeat(100_000)}` })}\n`);
  const frames = framesOf([1, 1, 1, 1]).map(({ header }) => encodeFrame(header, line(header.seq)));
  const result = await sink.send(frames as unknown as Frames, { signal: never, leaving });
  expect(result).toEqual({ kind: "acked", receipt: receiptFor(frames[1] as Frame) });
  expect(Buffer.byteLength(plainBody(server.requests[0] as ChaosRequest))).toBeLessThanOrEqual(limit);
});

test("a frame that is larger than a batch goes in several, and after a failure only those that were not taken", async () => {
  const server = await chaosCatcher(stored, json(500, {}), stored, stored);
  const { sink } = sinkFor(server.url);
  const [{ header }] = framesOf([3]);
  const lines = ["a", "b", "c"].map((letter) => JSON.stringify({ logtail: {}, text: letter.repeat(200_000) }));
  const frame = encodeFrame(header, Buffer.from(lines.map((line) => `${line}\n`).join("")));
  const left: unknown[] = [];
  const options = {
    signal: never,
    leaving: async (what: { readonly entries: number }) => void left.push(what.entries),
  };
  expect(await sink.send([frame], options)).toMatchObject({ kind: "retry", trouble: "failing" });
  expect(await sink.send([frame], options)).toEqual({ kind: "acked", receipt: receiptFor(frame) });
  const letters = server.requests.map((request) => plainBody(request).match(/"text":"(.)/)?.[1]);
  expect([letters, left]).toEqual([
    ["a", "b", "b", "c"],
    [1, 1, 1, 1],
  ]);
});

const failure = (kind: string, trouble: string) => ({ kind, trouble, reason: expect.any(String) });

test.each<[string, Trick, object]>([
  ["200 with words", json(200, { ok: true }), { kind: "acked" }],
  ["a web page with 200", page(200), failure("retry", "not-a-catcher")],
  ["204", (_, response) => void response.writeHead(204).end(), failure("retry", "failing")],
  ["201", json(201, {}), failure("retry", "failing")],
  ["302", page(302, { location: "https://elsewhere.example.com/" }), failure("retry", "redirect")],
  ["403", json(403, { error: "invalid collection name" }), failure("paused", "not-allowed")],
  ["400", json(400, { error: "no" }), failure("rejected", "rejected")],
  ["409", json(409, { expected: 1 }), failure("retry", "failing")],
  ["429", json(429, {}, { "retry-after": "9" }), { ...failure("retry", "asked-to-wait"), afterMs: 9_000 }],
  ["a reset", reset, failure("retry", "cut-off")],
])("only 200 counts: %s", async (_, trick, result) => {
  const server = await chaosCatcher(trick);
  expect(await sinkFor(server.url).sink.send(framesOf([1]), { signal: never, leaving })).toMatchObject(result);
});

test("it is given 45 seconds, as tailscaled gives it", async () => {
  const server = await chaosCatcher(hang);
  const clock = new ManualClock();
  const sending = sinkFor(server.url, clock).sink.send(framesOf([1]), { signal: never, leaving });
  await vi.waitFor(() => expect(server.requests).toHaveLength(1), patience);
  await clock.advance(45_000);
  expect(await sending).toMatchObject({ kind: "too-slow" });
});

test("the secret in the path is in no sentence, even where the server says it back, and is not the one that catchers know", async () => {
  const echo: Trick = (request, response) => json(500, { error: `cannot store ${request.url}` })(request, response);
  const moved: Trick = (request, response) =>
    page(307, { location: `https://elsewhere.example.com${request.url}` })(request, response);
  const server = await chaosCatcher(echo, moved, hang);
  const clock = new ManualClock();
  const { sink, secret } = sinkFor(server.url, clock);
  const sent = [await sink.send(framesOf([1]), { signal: never, leaving })];
  sent.push(await sink.send(framesOf([1]), { signal: never, leaving }));
  const hanging = sink.send(framesOf([1]), { signal: never, leaving });
  await vi.waitFor(() => expect(server.requests).toHaveLength(3), patience);
  await clock.advance(45_000);
  sent.push(await hanging);
  const nobody = sinkFor("http://127.0.0.1:1");
  sent.push(await nobody.sink.send(framesOf([1]), { signal: never, leaving }));
  const said = JSON.stringify([sent, sink.destination, nobody.sink.destination]);
  expect([sent.length, said.includes(secret), said.includes(nobody.secret)]).toEqual([4, false, false]);
  expect(new Set([secret, nobody.secret, identity.privateId]).size).toBe(3);
});

test("a real catcher stores what is uploaded, under the public ID of the secret in the path", async () => {
  const { url, dir } = await catcherFor();
  const { sink } = sinkFor(url);
  const frames = framesOf([3, 40, 200]);
  await sink.send(frames, { signal: never, leaving });
  expect(numbersOf(await storedFrames(dir))).toEqual(numbersOf(frames));
});
