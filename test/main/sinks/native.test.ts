import { once } from "node:events";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Frame } from "../../../log/frame-codec.ts";
import { identityFrom } from "../../../main/identity.ts";
import { parseAddress } from "../../../main/sinks/address.ts";
import { openSink } from "../../../main/sinks/index.ts";
import { networkTrouble } from "../../../main/sinks/network-trouble.ts";
import type { SendResult } from "../../../main/sinks/sink.ts";
import type { Trouble } from "../../../shared/rpc/shapes.ts";
import { badFrames } from "../../../shared/upload.ts";
import { catcherFor, receiptFor, storedNumbers } from "../../support/catcher.ts";
import { patience } from "../../support/catcher-patience.ts";
import { testCertificate, testKey } from "../../support/catcher-tls.ts";
import {
  chaosCatcher,
  cutShort,
  flood,
  hang,
  json,
  lie,
  page,
  reset,
  resetAfterHead,
  type Trick,
} from "../../support/chaos-catcher.ts";
import { chainOf } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const identity = identityFrom(Buffer.alloc(32, 9));
const frames = chainOf([1, 1, 1]) as unknown as readonly [Frame, ...Frame[]];
const never = new AbortController().signal;

function sinkFor(url: string, clock = new ManualClock()) {
  const sink = openSink({ address: parseAddress(url), trust: { ca: undefined, pins: [] }, identity, clock });
  onTestFinished(() => sink.close());
  return sink;
}

const leaving = async () => undefined;

/** Sends to `url`; how it waits is up to the test. */
function send(
  url: string,
  clock = new ManualClock(),
  options: { signal?: AbortSignal; lost?: { from: number; to: number } } = {},
) {
  return sinkFor(url, clock).send(frames, { signal: never, leaving, ...options });
}

test("frames go out as they are, with the identity and what is lost in the headers, and a receipt comes back", async () => {
  const catcher = await chaosCatcher();
  expect(await send(`${catcher.url}/behind/a/proxy/`, undefined, { lost: { from: 7, to: 9 } })).toEqual({
    kind: "acked",
    receipt: receiptFor(frames[2]),
  });
  const [request] = catcher.requests;
  expect(request?.url).toBe("/behind/a/proxy/v1/frames");
  expect(request?.body).toEqual(Buffer.concat(frames.map(({ bytes }) => bytes)));
  expect(request?.headers).toMatchObject({
    authorization: `Bearer ${identity.privateId}`,
    "content-type": "application/x-ndjson",
    "content-encoding": "zstd",
    "gristmill-lost": "7-9",
  });
});

const retry = (trouble: Trouble, reason: RegExp) => ({
  kind: "retry",
  trouble,
  reason: expect.stringMatching(reason),
});

test.each<[string, Trick, object]>([
  [
    "a web page with 200",
    page(200),
    retry("not-a-catcher", /web page instead of a receipt; is this a captive portal or not a Gristmill catcher\?$/),
  ],
  ["a web page with 409", page(409), retry("not-a-catcher", /web page/)],
  ["a web page with 400", page(400), retry("failing", /HTTP status 400/)],
  ["JSON that is no receipt", json(200, { ok: true }), retry("not-a-catcher", /not a receipt/)],
  ["an empty 204", (_, response) => response.writeHead(204).end(), retry("failing", /HTTP status 204/)],
  [
    "another hash",
    lie(() => ({ hash: "0".repeat(64) })),
    retry("wrong-receipt", /acknowledged frame 3, but other bytes/),
  ],
  ["another stream", lie(() => ({ stream: "f".repeat(32) })), retry("wrong-receipt", /a stream that was not sent/)],
  [
    "less than was sent",
    lie(() => ({ acked: 0 })),
    retry("wrong-receipt", /acknowledged frame 0, although frame 1 was sent/),
  ],
  [
    "a part of what was sent",
    lie(() => ({ acked: 2, hash: frames[1]?.hash })),
    { kind: "acked", receipt: receiptFor(frames[1]) },
  ],
  ["megabytes", flood, retry("not-a-catcher", /more than a receipt/)],
  ["a reset", reset, retry("cut-off", /cut the connection before it answered/)],
  ["half an answer and a reset", resetAfterHead, retry("cut-off", /cut the connection/)],
  ["half an answer", cutShort, retry("cut-off", /cut the connection in the middle of its answer/)],
  ["409 with what it needs", json(409, { expected: 1 }), { kind: "behind", expected: 1 }],
  ["409 with nothing", json(409, {}), retry("not-a-catcher", /not a receipt/)],
  [
    "409 for a fork",
    json(409, { reason: "fork", error: "x" }),
    { kind: "paused", trouble: "other-log", reason: expect.stringMatching(/copy/) },
  ],
  [
    "400 in a catcher's words",
    json(400, { reason: badFrames, error: "Frame 1 is odd." }),
    { kind: "rejected", trouble: "rejected", reason: expect.stringMatching(/: Frame 1 is odd\.$/) },
  ],
  [
    "400 in a web server's words",
    json(400, { error: "Bad Request" }),
    retry("failing", /HTTP status 400\): Bad Request/),
  ],
  ["401", json(401, {}), { kind: "paused", trouble: "not-allowed", reason: expect.stringMatching(/identity/) }],
  ["410", json(410, {}), { kind: "paused", trouble: "no-place", reason: expect.stringMatching(/any more/) }],
  ["413", json(413, {}), { kind: "too-large", trouble: "too-large", reason: expect.stringMatching(/size\.$/) }],
  [
    "413 with a time",
    json(413, {}, { "retry-after": "5" }),
    { kind: "too-large", trouble: "too-large", reason: expect.anything(), afterMs: 5_000 },
  ],
  [
    "429 with a time",
    json(429, {}, { "retry-after": "7" }),
    { kind: "retry", trouble: "asked-to-wait", reason: expect.anything(), afterMs: 7_000 },
  ],
  [
    "429 with a year",
    json(429, {}, { "retry-after": "31536000" }),
    { kind: "retry", trouble: "asked-to-wait", reason: expect.anything(), afterMs: 3_600_000 },
  ],
  [
    "503 with a date",
    json(503, {}, { "retry-after": "Thu, 01 Jan 2026 00:02:00 GMT" }),
    { kind: "retry", trouble: "failing", reason: expect.anything(), afterMs: 120_000 },
  ],
  ["503 with nonsense", json(503, {}, { "retry-after": "soon" }), retry("failing", /HTTP status 503/)],
  [
    "terminal escapes",
    json(500, { error: `\u001b[2J\u202e${"x".repeat(300)}\n` }),
    retry("failing", /: \[2J x{196,}…$/),
  ],
  [
    "the secret, said back where the quote is cut",
    json(500, { error: `${"x".repeat(150)} ${identity.privateId} is unknown` }),
    retry("failing", /: x{150} … is unknown\.$/),
  ],
])("a catcher that answers with %s", async (_, trick, result) => {
  const catcher = await chaosCatcher(trick);
  expect(await send(catcher.url)).toEqual(result);
});

test.each([301, 302, 307, 308])("a redirect (%i) is not followed with the secret", async (status) => {
  const other = await chaosCatcher();
  const catcher = await chaosCatcher(page(status, { location: `${other.url}/steal?token=1` }));
  expect(await send(catcher.url)).toEqual(
    retry("redirect", new RegExp(`redirects to ${other.url}, and Gristmill does not follow`)),
  );
  expect(other.requests).toEqual([]);
});

test("a catcher that never answers is given up after 30 seconds, as too slow", async () => {
  const catcher = await chaosCatcher(hang);
  const clock = new ManualClock();
  const sending = send(catcher.url, clock);
  await vi.waitFor(() => expect(catcher.requests).toHaveLength(1), patience);
  await clock.advance(30_000);
  expect(await sending).toEqual({
    kind: "too-slow",
    trouble: "no-answer",
    reason: `${catcher.url} took the log, but does not answer.`,
  });
});

test("an answer that drips is given up after five minutes, as too slow", async () => {
  const catcher = await chaosCatcher((_, response) => void response.writeHead(200).write("{"));
  const clock = new ManualClock();
  let result: SendResult | undefined;
  const sending = send(catcher.url, clock).then((ended) => {
    result = ended;
  });
  await vi.waitFor(() => expect(clock.sleepers).toBe(1), patience); // Connected and head received: only the limit on the whole is left.
  await clock.advance(299_999);
  expect(result).toBeUndefined();
  await clock.advance(1);
  await sending;
  expect(result).toEqual({ kind: "too-slow", trouble: "slow", reason: `${catcher.url} takes too long to answer.` });
});

test("an abort ends a request that is under way", async () => {
  const catcher = await chaosCatcher(hang);
  const stop = new AbortController();
  const sending = send(catcher.url, undefined, { signal: stop.signal });
  await vi.waitFor(() => expect(catcher.requests).toHaveLength(1), patience);
  stop.abort();
  expect(await sending).toMatchObject({ kind: "retry" });
});

test("a kept connection that turns out to be gone costs nothing", async () => {
  const { url, dir, close } = await catcherFor();
  const sink = sinkFor(url);
  expect(await sink.send(frames, { signal: never, leaving })).toMatchObject({ kind: "acked" });
  await close();
  await catcherFor({ dir, listen: new URL(url).host });
  expect(await sink.send(frames, { signal: never, leaving })).toMatchObject({ kind: "acked" });
  expect(await storedNumbers(dir)).toEqual([1, 2, 3]);
});

test("a connection that is reset each time is not tried for ever", async () => {
  const catcher = await chaosCatcher(json(200, receiptFor(frames[2])), reset, reset);
  const sink = sinkFor(catcher.url);
  await sink.send(frames, { signal: never, leaving });
  expect(await sink.send(frames, { signal: never, leaving })).toEqual(retry("cut-off", /cut the connection/));
  expect(catcher.requests).toHaveLength(3);
});

test("nobody there, another protocol, and TLS where there is none are told apart", async () => {
  const server = net.createServer((socket) =>
    socket
      .on("error", () => undefined)
      .resume()
      .end("220 smtp.example.com ready\r\n"),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(await send(`http://127.0.0.1:${port}`)).toEqual(retry("not-http", /not in HTTP; is the port right\?$/));
  expect(await send(`https://127.0.0.1:${port}`)).toEqual(retry("tls", /does not speak TLS/));
  server.close();
  await once(server, "close");
  expect(await send(`http://127.0.0.1:${port}`)).toEqual(
    retry("refused", /refuses the connection; is the catcher running there\?$/),
  );
});

test("a certificate that is not trusted ends it before the secret is sent", async () => {
  let requests = 0;
  const server = https.createServer({ key: testKey, cert: testCertificate }, (_, response) => {
    requests += 1;
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  expect(await send(`https://127.0.0.1:${port}`)).toEqual(retry("tls", /does not trust, so nothing was sent\.$/));
  expect(requests).toBe(0);
});

test.each<[string, Trouble]>([
  ["ENOTFOUND", "unknown-name"],
  ["EAI_AGAIN", "unknown-name"],
  ["ENETUNREACH", "unreachable"],
  ["CERT_HAS_EXPIRED", "tls"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "tls"],
  ["EWHATEVER", "unreachable"],
])("%s is %s, and a sentence about the destination", (code, trouble) => {
  const error = Object.assign(new Error("x"), { code });
  expect(networkTrouble(error, "https://catcher.example.com")).toEqual({
    trouble,
    reason: expect.stringMatching(/^https:\/\/catcher\.example\.com (cannot|shows) .*[.?]$/),
  });
});

test("what leaves is told, and noted, before its first byte does; and nothing is told where nobody is there", async () => {
  const [catcher, told] = [await chaosCatcher(), [] as unknown[]];
  const noted = Promise.withResolvers<void>();
  const sending = sinkFor(catcher.url).send(frames, {
    signal: never,
    leaving: (what) => {
      told.push(what);
      return noted.promise;
    },
  });
  await vi.waitFor(() => expect(catcher.connections()).toBe(1), patience);
  await turn();
  expect([told, catcher.received(), catcher.requests]).toEqual([
    [{ entries: 3, bytes: Buffer.concat(frames.map(({ bytes }) => bytes)).length }],
    0,
    [],
  ]);
  noted.resolve();
  expect(await sending).toMatchObject({ kind: "acked" });
  const nobody = await send("http://127.0.0.1:1", undefined, {});
  expect([nobody, told.length]).toEqual([retry("refused", /refuses/), 1]);
});
