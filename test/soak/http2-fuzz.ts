// A catcher in a process of its own that serves HTTP/2 over TLS, under frames that nobody would send, beside a client that behaves: it must not end,
// hang, grow or say anything, and what it answered 200 for is on its disk, once.

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from "node:http2";
import path from "node:path";
import tls from "node:tls";
import fc from "fast-check";
import { entryLines } from "../../log/frame-codec.ts";
import { residentBytes } from "../bench/processes.ts";
import { storedFrames } from "../support/catcher.ts";
import { type CatcherProcess, runCatcher } from "../support/catcher-process.ts";
import { testCertificate, testKey } from "../support/catcher-tls.ts";
import { logtailBatch, logtailEntry, testCollection } from "../support/logtail-client.ts";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const settings = frame(4, 0, 0);
/** No answer takes so long, on however slow a machine. */
const hangMs = 60_000;
const mostMiB = 640;

/** RFC 9113 section 4.1. */
function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK: a literal that is not indexed (RFC 7541 section 6.2.2). Lengths below 127 only. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}

const privateId = "7".repeat(64);
const upload = Buffer.concat([
  Buffer.from([0x83, 0x87]), // :method POST, :scheme https
  literal(":path", `/c/${testCollection}/${privateId}`),
  literal(":authority", "localhost"),
]);
/** END_STREAM, END_HEADERS */
const [endStream, endHeaders] = [1, 4];
const odd = fc.integer({ min: 0, max: 300 }).map((n) => 2 * n + 1);
const bytes = fc.uint8Array({ maxLength: 200 });

const anyFrame = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.nat({ max: 255 }), fc.oneof(odd, fc.nat({ max: 8 })), bytes)
  .map(([type, flags, stream, payload]) => frame(type, flags, stream, payload));
const request = fc
  .tuple(odd, fc.boolean(), bytes)
  .map(([stream, isWhole, body]) =>
    Buffer.concat([frame(1, endHeaders, stream, upload), frame(0, isWhole ? endStream : 0, stream, body)]),
  );
/** Opened and taken back at once, again and again. */
const rapidReset = fc
  .integer({ min: 1, max: 1_000 })
  .map((count) =>
    Buffer.concat(
      Array.from({ length: count }, (_, n) => [
        frame(1, endHeaders, 2 * n + 1, upload),
        frame(3, 0, 2 * n + 1, Buffer.from([0, 0, 0, 8])),
      ]).flat(),
    ),
  );
/** Headers that never end, in pieces. */
const continuations = fc
  .tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 120 }))
  .map(([count, length]) =>
    Buffer.concat([
      frame(1, 0, 1, upload),
      ...Array.from({ length: count }, (_, n) => frame(9, 0, 1, literal(`x-${n}`, "y".repeat(length)))),
    ]),
  );
const pings = fc
  .integer({ min: 1, max: 2_000 })
  .map((count) => Buffer.concat(Array(count).fill(frame(6, 0, 0, Buffer.alloc(8)))));
const hostile = fc.array(fc.oneof(anyFrame, request, rapidReset, continuations, pings), { minLength: 1, maxLength: 6 });

export interface Http2FuzzReport {
  readonly sessions: number;
  /** Uploads of the client that behaves. */
  readonly uploads: number;
}

/** @throws with the seed when the catcher does not bear it. */
export async function fuzzHttp2({
  folder,
  seconds,
  seed,
}: {
  readonly folder: string;
  readonly seconds: number;
  readonly seed: number;
}): Promise<Http2FuzzReport> {
  const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")];
  writeFileSync(cert, testCertificate);
  writeFileSync(key, testKey);
  const dir = path.join(folder, "store");
  const generous = ["--requests-per-instance", "1000000", "--bytes-per-instance", "1T"];
  const args = ["--dir", dir, "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, ...generous];
  const catcher = runCatcher(args);
  const url = (await catcher.listening)?.listening ?? "";
  const counts = { sessions: 0, uploads: 0 };
  const together = async (sessions: readonly (readonly Buffer[])[]) => {
    await Promise.all([...sessions.map((frames) => sendRaw(url, frames)), behave(url, counts.uploads + 1)]);
    counts.sessions += sessions.length;
    counts.uploads += 1;
  };
  let last: Promise<void> | undefined; // When the time is over, fast-check leaves the last run to itself.
  const property = fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 4 }), (sessions) => {
    last = together(sessions);
    return last;
  });
  await fc.assert(property, { seed, interruptAfterTimeLimit: seconds * 1_000, numRuns: 1e9, endOnFailure: true });
  await last;
  await judge(catcher, { dir, uploads: counts.uploads });
  return counts;
}

/** Says what it has to say, waits for what comes back, and goes. */
async function sendRaw(url: string, frames: readonly Buffer[]): Promise<void> {
  const socket = tls.connect({
    host: "127.0.0.1",
    port: Number(new URL(url).port),
    ca: testCertificate,
    servername: "localhost",
    ALPNProtocols: ["h2"],
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined); // Reset is one way of refusing it.
  socket.resume();
  socket.end(Buffer.concat([preface, settings, ...frames]));
  const hanging = setTimeout(() => socket.destroy(), 2_000); // A session may stay open as long as its client does.
  await closed;
  clearTimeout(hanging);
}

/** Uploads entry `seq` as a tailscaled does over HTTP/2. @throws where it is not answered 200. */
async function behave(url: string, seq: number): Promise<void> {
  const session: ClientHttp2Session = connectHttp2(url, { ca: testCertificate, servername: "localhost" });
  try {
    const stream = session.request({ ":method": "POST", ":path": `/c/${testCollection}/${"8".repeat(64)}` });
    const answered = once(stream, "response", { signal: AbortSignal.timeout(hangMs) });
    stream.end(logtailBatch(logtailEntry(seq)));
    const [headers] = (await answered) as [IncomingHttpHeaders & IncomingHttpStatusHeader];
    if (headers[":status"] !== 200) throw new Error(`a client that behaves was answered ${headers[":status"]}`);
  } finally {
    session.destroy();
  }
}

async function judge(
  catcher: CatcherProcess,
  { dir, uploads }: { readonly dir: string; readonly uploads: number },
): Promise<void> {
  const peakMiB = (residentBytes(catcher.child.pid as number, "peak") ?? 0) / 2 ** 20;
  if (peakMiB > mostMiB) throw new Error(`the catcher grew to ${peakMiB} MiB`);
  catcher.child.kill("SIGTERM");
  const { code, stderr } = await catcher.ended;
  if (code !== 0 || stderr !== "") throw new Error(`the catcher ended with ${code} and said: ${stderr}`);
  const stored = (await storedFrames(dir)).flatMap(entryLines).filter((line) => line.includes('"proc_seq"'));
  const expected = Array.from({ length: uploads }, (_, at) => logtailEntry(at + 1));
  if (JSON.stringify(stored) !== JSON.stringify(expected))
    throw new Error(`${uploads} entries were acknowledged, ${stored.length} are stored, and they are not the same`);
}
