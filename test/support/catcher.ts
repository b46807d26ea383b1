// A real catcher behind a real socket, and what tests ask of it.
import { readFileSync } from "node:fs";
import { onTestFinished } from "vitest";
import { type Catcher, type CatcherOptions, startCatcher } from "../../catcher/server.ts";
import { findLogs } from "../../log/find-logs.ts";
import type { Frame } from "../../log/frame-codec.ts";
import type { StoredFrame } from "../../log/packed.ts";
import { publicIdOf } from "../../log/public-id.ts";
import { readStored } from "../../log/read-stored.ts";
import { framesRoute } from "../../shared/upload.ts";
import { numbersOf } from "./frames.ts";
import { tempFolder } from "./temp-folder.ts";

/** From tailscale's own documentation of the format: a private ID and its public ID. */
export const testPrivateId = "389aa142fefa44aab83ab1c0909f6929fd53656b895ec2fc0e47d412ea62ba54";
export const testPublicId = publicIdOf(testPrivateId);

/** A catcher in this process, closed after the test. */
export async function catcherFor(options: Partial<CatcherOptions> = {}): Promise<Catcher & { readonly dir: string }> {
  const dir = options.dir ?? tempFolder();
  const catcher = await startCatcher({ dir, listen: "127.0.0.1:0", ...options });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= catcher.close();
    return closed;
  };
  onTestFinished(close);
  return { url: catcher.url, dir, close };
}

export interface CatcherAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Posts frames, or any bytes, as a client would. */
export async function postFrames(
  url: string,
  body: readonly Frame[] | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<CatcherAnswer> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.concat(body.map((frame) => frame.bytes));
  const response = await fetch(`${url}${framesRoute}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${testPrivateId}`,
      "content-type": "application/x-ndjson",
      "content-encoding": "zstd",
      ...headers,
    },
    body: new Uint8Array(bytes),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** What a catcher answers that holds everything up to `frame`. */
export function receiptFor(frame: Frame | undefined): { stream?: string; acked?: number; hash?: string } {
  return frame === undefined ? {} : { stream: frame.header.stream, acked: frame.header.seq, hash: frame.hash };
}

/** Every frame below `dir`, as it was sent. */
export async function storedFrames(dir: string): Promise<Frame[]> {
  return (await storedContent(dir)).map((frame) => {
    if ("bytes" in frame) return frame as Frame;
    throw new Error(`frame ${frame.header.seq} was packed: its bytes are not there any more`);
  });
}

/** Every frame below `dir`, packed or not, in the order in which it lies in its log. Damage fails the test; a frame that was never finished does not. */
export async function storedContent(dir: string): Promise<StoredFrame[]> {
  const frames: StoredFrame[] = [];
  for (const log of await findLogs(dir)) {
    for await (const piece of readStored(log)) {
      if (piece.kind === "frame") frames.push(piece.frame);
      else if (piece.kind === "damage") throw new Error(`damage in ${piece.segment} at ${piece.offset}`);
    }
  }
  return frames;
}

/** The numbers of the entries below `dir` (see frames.ts). */
export async function storedNumbers(dir: string): Promise<number[]> {
  return numbersOf(await storedContent(dir));
}

/** All bytes of all segments below `dir`. */
export async function storedBytes(dir: string): Promise<Buffer> {
  const logs = await findLogs(dir);
  return Buffer.concat(logs.flatMap((log) => log.segments.map((segment) => readFileSync(segment))));
}
