// What the intake has stored goes on to Tailscale, where that was asked for. The other end is a double of log.tailscale.com: a real HTTP server.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { zstdCompressSync } from "node:zlib";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Forwarder } from "../../../main/sources/intake/forwarder.ts";
import { intakeSource } from "../../../main/sources/intake/intake.ts";
import { freePort } from "../../support/free-port.ts";
import { logtailBatch, logtailEntry, sendLogtail, testCollection } from "../../support/logtail-client.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { follow } from "./follow.ts";

const secret = "389aa142fefa44aab83ab1c0909f6929fd53656b895ec2fc0e47d412ea62ba54";
const path = `/c/${testCollection}/${secret}`;
const said: string[] = [];
const noted: unknown[] = [];
const noteLeaving = async (destination: string, what: unknown) => void noted.push({ destination, what });

beforeEach(() => {
  said.length = 0;
  noted.length = 0;
  vi.spyOn(console, "warn").mockImplementation((...words) => void said.push(words.join(" ")));
  return () => void vi.restoreAllMocks();
});

interface Taken {
  /** How often something had been noted when the request came. */
  readonly notedFirst: number;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Answers with these, one after the other, then always 200. Each may have a Retry-After. */
async function otherEnd(port: number, ...answers: readonly (readonly [status: number, retryAfter?: string])[]) {
  const taken: Taken[] = [];
  const left = [...answers];
  const server = createServer(async (request, response) => {
    const notedFirst = noted.length;
    const body = Buffer.concat(await request.toArray());
    taken.push({ notedFirst, path: request.url, headers: request.headers, body });
    const [status, retryAfter] = left.shift() ?? [200];
    response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": retryAfter }).end();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const stop = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((closed) => server.close(closed));
  };
  onTestFinished(stop);
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), taken, stop };
}

function forwarderTo(target: URL, clock: ManualClock): Forwarder {
  const abort = new AbortController();
  const forwarder = new Forwarder({ target, clock, random: () => 0.5, noteLeaving, signal: abort.signal });
  onTestFinished(async () => {
    abort.abort();
    await forwarder.done;
  });
  return forwarder;
}

/** Lets a pause between two attempts pass, once it has begun: while one is under way more than one thing waits for the clock. */
async function pause(clock: ManualClock, ms: number): Promise<void> {
  await vi.waitFor(() => expect(clock.sleepers).toBe(1));
  await clock.advance(ms);
}

const upload = (text: string) => ({ path, headers: {}, body: Buffer.from(text), entries: 1 });
const bodiesOf = (taken: readonly Taken[]) => taken.map(({ body }) => body.toString());

test("an upload goes on as it came, once it is stored", async () => {
  const { url, taken } = await otherEnd(0);
  const port = await freePort();
  const held = follow(
    intakeSource({ port, clock: new ManualClock(), forwardTo: { target: url, noteLeaving } }),
    undefined,
    { durable: 0 },
  );
  await held.reported(/is stored here first, and then goes on to http:\/\/127\.0\.0\.1:/);
  const batch = zstdCompressSync(logtailBatch(logtailEntry(1), logtailEntry(2)));
  const headers = { "content-encoding": "zstd", "orig-content-length": "321" };
  const answer = sendLogtail(`http://127.0.0.1:${port}${path}?copyId=${secret}`, batch, { headers });
  await held.count(2);
  expect(taken).toEqual([]);
  held.entries[1]?.committed?.();
  expect((await answer).status).toBe(200);
  await vi.waitFor(() => expect(taken).toHaveLength(1));
  expect(taken[0]).toMatchObject({ path: `${path}?copyId=${secret}`, headers, body: batch, notedFirst: 1 });
  expect(noted).toEqual([{ destination: url.origin, what: { entries: 2, bytes: batch.length } }]);
});

test("while the other end is away all waits, and goes on in order when it is back; that is said once, without the secret", async () => {
  const port = await freePort();
  const clock = new ManualClock();
  const forwarder = forwarderTo(new URL(`http://127.0.0.1:${port}`), clock);
  for (const text of ["one", "two", "three"]) forwarder.forward(upload(text));
  for (const pauseMs of [1_000, 2_000]) await pause(clock, pauseMs);
  const { taken } = await otherEnd(port);
  await pause(clock, 4_000);
  await vi.waitFor(() => expect(bodiesOf(taken)).toEqual(["one", "two", "three"]));
  await vi.waitFor(() => expect(said).toHaveLength(2));
  expect(said).toEqual([
    expect.stringMatching(/^tailscaled's log is stored here, but it cannot be forwarded: .* Gristmill keeps trying\.$/),
    `tailscaled's log is forwarded to http://127.0.0.1:${port} again: all of it.`,
  ]);
  expect(said.join()).not.toContain(secret.slice(0, 16));
});

test("a busy other end is asked again after the time it names, and an upload that it refuses holds up no other", async () => {
  const { url, taken } = await otherEnd(0, [503, "90"], [403]);
  const clock = new ManualClock();
  const forwarder = forwarderTo(url, clock);
  forwarder.forward(upload("refused"));
  forwarder.forward(upload("next"));
  await vi.waitFor(() => expect(taken).toHaveLength(1));
  await clock.advance(89_999);
  expect(taken).toHaveLength(1);
  await clock.advance(1);
  await vi.waitFor(() => expect(bodiesOf(taken)).toEqual(["refused", "refused", "next"]));
  await vi.waitFor(() => expect(said.at(-1)).toMatch(/again: all but 1 uploads of it\.$/));
});

test("of more than may wait the oldest goes, and is counted", async () => {
  const port = await freePort();
  const clock = new ManualClock();
  const forwarder = forwarderTo(new URL(`http://127.0.0.1:${port}`), clock);
  const mebibyte = (text: string) => upload(text.padEnd(1024 * 1024, "."));
  forwarder.forward(mebibyte("under way"));
  await vi.waitFor(() => expect(said).toHaveLength(1));
  for (let number = 1; number <= 10; number++) forwarder.forward(mebibyte(`number ${number}`));
  const { taken } = await otherEnd(port);
  await pause(clock, 1_000);
  await vi.waitFor(() => expect(taken).toHaveLength(9));
  expect(bodiesOf(taken).map((body) => body.replace(/\.+$/, ""))).toEqual([
    "under way",
    ...Array.from({ length: 8 }, (_, at) => `number ${at + 3}`),
  ]);
  await vi.waitFor(() => expect(said.at(-1)).toMatch(/all but 2 uploads of it\.$/));
});

test("a stop waits for nobody", async () => {
  const server = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const abort = new AbortController();
  const target = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const forwarder = new Forwarder({
    target,
    clock: new ManualClock(),
    random: () => 0,
    noteLeaving,
    signal: abort.signal,
  });
  const asked = once(server, "request");
  forwarder.forward(upload("never answered"));
  await asked;
  abort.abort();
  await forwarder.done;
  expect(said).toEqual([]);
});
