// Uploads as tailscaled makes them (reference/tailscaled-logs 3.1 to 3.3): an array, each entry with its newline, and the same batch again
// until it is answered 200.
import { setTimeout as delay } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";

export const testCollection = "tailnode.log.tailscale.io";
export const testProcess = 3141592653;

/** The entry with this number, as tailscaled writes it. */
export function logtailEntry(seq: number, process = testProcess): string {
  return `{"logtail":{"client_time":"2026-08-22T15:19:51.123456789Z","proc_id":${process},"proc_seq":${seq}},"v":1,"text":"line ${seq}\\n"}`;
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
