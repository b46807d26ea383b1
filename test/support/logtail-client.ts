// Uploads as tailscaled makes them (reference/tailscaled-logs 3.1 to 3.3): an array, each entry with its newline, and the same batch again
// until it is answered 200.
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import { onTestFinished } from "vitest";

export const testCollection = "tailnode.log.tailscale.io";
export const testProcess = 3141592653;

/** The entry with this number, as tailscaled writes it. */
export function logtailEntry(seq: number, process = testProcess): string {
  return `{"logtail":{"client_time":"2026-08-22T15:19:51.123456789Z","proc_id":${process},"proc_seq":${seq}},"v":1,"text":"line ${seq}\\n"}`;
}

/** The beginning of an entry, up to where its text goes. */
export function logtailEntryHead(seq: number, process = testProcess): string {
  return `{"logtail":{"client_time":"2026-08-22T15:19:51.123456789Z","proc_id":${process},"proc_seq":${seq}},"text":"`;
}

/** An entry that says `text`. Bytes that are no UTF-8 go through as they are, as from tailscaled 1.0; control characters are escaped. */
function textEntry(seq: number, text: string | Buffer, process: number): Buffer {
  const escaped = JSON.stringify(Buffer.from(text as string).toString("latin1")).slice(1, -1);
  return Buffer.from(`${logtailEntryHead(seq, process)}${escaped}\\n"}`, "latin1");
}

export function logtailBatch(...entries: readonly string[]): string {
  return `[${entries.map((line) => `${line}\n`).join(",")}]`;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

export async function sendLogtail(url: string, body: string | Buffer, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { method: "POST", body: new Uint8Array(Buffer.from(body)), ...init });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** Sends the batch, packed, until it is answered 200, whatever happens to the other end meanwhile. @returns how often it was sent. */
export async function sendUntilStored(url: string, batch: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      const init = { headers: { "content-encoding": "zstd", "orig-content-length": String(batch.length) } };
      if ((await sendLogtail(url, zstdCompressSync(batch), init)).status === 200) return attempt;
    } catch {
      // Nobody answers, or not to the end: it is sent again.
    }
    await delay(20);
  }
}

const batchBytes = 256 * 1024;
/** Smaller bodies go out unpacked. */
const packedFrom = 256;
export interface LogtailClient {
  /** Takes the texts into the buffer, each an entry with the next number, and sends what is there. */
  write(texts: readonly (string | Buffer)[]): void;
  /** Another process takes over the buffer, as after a restart of tailscaled: its numbers begin at 1. */
  restart(): void;
}

/**
 * A double of tailscaled's uploader: it sends one batch at a time, and the same again until it is answered 200, but waits 20 ms in between
 * and not half a minute. It ends with the test.
 */
export function startLogtailClient(url: string): LogtailClient {
  const buffer: Buffer[] = [];
  const agent = new Agent({ keepAlive: true });
  const over = new AbortController();
  let filled = Promise.withResolvers<void>();
  let [process, seq] = [testProcess, 0];
  const run = async () => {
    while (!over.signal.aborted) {
      if (buffer.length === 0) await filled.promise;
      filled = Promise.withResolvers();
      const batch = takeBatch(buffer);
      while (batch.length > 0 && !over.signal.aborted && !(await isStored(url, batch, agent))) await delay(20);
    }
  };
  const ended = run();
  onTestFinished(async () => {
    over.abort();
    filled.resolve();
    agent.destroy();
    await ended;
  });
  return {
    write(texts) {
      buffer.push(...texts.map((text) => textEntry(++seq, text, process)));
      filled.resolve();
    },
    restart() {
      process += 1;
      seq = 0;
    },
  };
}

/** Takes entries out of the buffer up to the size of a batch, which the last of them may exceed. */
function takeBatch(buffer: Buffer[]): Buffer {
  const parts: Buffer[] = [];
  let [taken, bytes] = [0, 0];
  while (taken < buffer.length && bytes < batchBytes) {
    const entry = buffer[taken] as Buffer;
    parts.push(Buffer.from(taken === 0 ? "[" : ","), entry, Buffer.from("\n"));
    bytes += entry.length + 2;
    taken += 1;
  }
  buffer.splice(0, taken);
  return taken === 0 ? Buffer.alloc(0) : Buffer.concat([...parts, Buffer.from("]")]);
}

async function isStored(url: string, batch: Buffer, agent: Agent): Promise<boolean> {
  const isPacked = batch.length > packedFrom;
  const headers = isPacked ? { "content-encoding": "zstd", "orig-content-length": String(batch.length) } : {};
  const sent = request(url, { method: "POST", headers, agent }).on("error", () => undefined); // `once` tells of the first.
  try {
    const body = isPacked ? zstdCompressSync(batch) : batch;
    // Byte by byte, so that what is received is split anywhere, in the middle of a character too.
    const piece = isPacked ? body.length : 1;
    for (let at = 0; at < body.length; at += piece) sent.write(body.subarray(at, at + piece));
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    response.resume();
    await once(response, "close");
    return response.statusCode === 200;
  } catch {
    return false;
  }
}
