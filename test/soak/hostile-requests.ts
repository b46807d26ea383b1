// Requests that a catcher must survive, for fast-check: bodies, headers, zstd and JSON, from what a client sends to what nobody would.
import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import { noHash } from "../../shared/frame.ts";
import { chainOf, numberedEntry } from "../support/frames.ts";

/** What is done to bytes on their way. Positions are shares of the length. */
type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly mask: number }
  | { readonly kind: "cut"; readonly at: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "repeat"; readonly at: number; readonly length: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("flip" as const), at: share, mask: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant("cut" as const), at: share }),
    fc.record({ kind: fc.constant("insert" as const), at: share, bytes: fc.uint8Array({ maxLength: 40 }) }),
    fc.record({ kind: fc.constant("repeat" as const), at: share, length: fc.integer({ min: 1, max: 5_000 }) }),
  ),
  { maxLength: 4 },
);

function mutated(bytes: Buffer, changes: readonly Mutation[]): Buffer {
  return changes.reduce(changed, bytes);
}

function changed(before: Buffer, change: Mutation): Buffer {
  const at = Math.floor(change.at * before.length);
  switch (change.kind) {
    case "flip": {
      const after = Buffer.from(before);
      if (at < after.length) after[at] = (after[at] ?? 0) ^ change.mask;
      return after;
    }
    case "cut":
      return before.subarray(0, at);
    case "insert":
      return Buffer.concat([before.subarray(0, at), change.bytes, before.subarray(at)]);
    case "repeat":
      return Buffer.concat([before, before.subarray(at, at + change.length)]);
  }
}

const count = fc.oneof(
  fc.integer({ min: -1, max: 3 }),
  fc.constantFrom(2 ** 32, Number.MAX_SAFE_INTEGER, 1e300, 0.5),
  fc.string({ maxLength: 4 }),
  fc.constant(null),
);
const hostileEntry = fc.oneof(
  fc.record({ logtail: fc.record({ proc_id: count, proc_seq: count }), text: fc.string({ unit: "binary" }) }),
  fc.record({ logtail: fc.jsonValue(), v: fc.jsonValue(), text: fc.jsonValue() }),
  fc.jsonValue(),
);
const deep = fc
  .record({
    depth: fc.integer({ min: 1, max: 60_000 }),
    pair: fc.constantFrom(["[", "]"], ['{"a":', "}"], ['[{"":', "}]"]),
  })
  .map(({ depth, pair: [open = "", close = ""] }) => `${open.repeat(depth)}0${close.repeat(depth)}`);
const flood = fc
  .record({
    piece: fc.constantFrom("{},", "1,", "\n", "{\n", "{}\n", '"\\u0000",', "[],", "{}x\n"),
    times: fc.integer({ min: 1, max: 60_000 }),
  })
  .map(({ piece, times }) => `[${piece.repeat(times)}{}]`);
const text = fc.oneof(
  { weight: 4, arbitrary: fc.array(hostileEntry, { maxLength: 20 }).map((entries) => JSON.stringify(entries)) },
  { weight: 2, arbitrary: fc.array(hostileEntry).map((entries) => JSON.stringify(entries, null, 1)) },
  { weight: 2, arbitrary: hostileEntry.map((entry) => JSON.stringify(entry)) },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: flood },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 2_000 }) },
);

interface HostileUpload {
  readonly kind: "upload";
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

function packed(body: Buffer, { size, checksum }: { readonly size: boolean; readonly checksum: boolean }): Buffer {
  const params = {
    [constants.ZSTD_c_contentSizeFlag]: Number(size),
    [constants.ZSTD_c_checksumFlag]: Number(checksum),
  };
  return zstdCompressSync(body, { params });
}

/** A hundred megabytes in a few kilobytes, whether it says so or not. */
const bombs = [true, false].map((size) => packed(Buffer.alloc(100 * 1024 * 1024), { size, checksum: true }));

/** What a tailscaled could send if it were out of its mind. The address is right: the answer must be 200. */
const hostileUpload: fc.Arbitrary<HostileUpload> = fc
  .record({
    body: fc.oneof(
      { weight: 10, arbitrary: text.map((content) => Buffer.from(content)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 1, arbitrary: fc.constantFrom(...bombs) },
    ),
    zstd: fc.option(fc.record({ size: fc.boolean(), checksum: fc.boolean() })),
    changes: fc.oneof(fc.constant([]), mutations),
    encoding: fc.option(fc.constantFrom("zstd", "ZSTD", "gzip", "identity", "zstd, zstd", "\u00e9"), { freq: 3 }),
    length: fc.option(fc.oneof(fc.nat(), fc.string({ unit: fc.constantFrom(..."0123456789-x"), maxLength: 5 }))),
  })
  .map(({ body, zstd, changes, encoding, length }) => ({
    kind: "upload" as const,
    body: mutated(zstd === null ? body : packed(body, zstd), changes),
    headers: {
      ...(encoding === null ? {} : { "content-encoding": encoding }),
      ...(length === null ? {} : { "orig-content-length": String(length) }),
    },
  }));

interface HostileFrames {
  readonly kind: "frames";
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const madeFrame: fc.Arbitrary<Frame> = fc
  .record({
    stream: fc.oneof(hex(32), fc.constantFrom("0".repeat(32), "../../../../../../../etc/passwd")),
    seq: fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constantFrom(Number.MAX_SAFE_INTEGER, 1e18, 0.5)),
    first: fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constantFrom(Number.MAX_SAFE_INTEGER, 1e18)),
    count: fc.integer({ min: -1, max: 4 }),
    time: fc.oneof(fc.constant("2026-01-01T00:00:00.000Z"), fc.string({ maxLength: 5 })),
    cursors: fc.oneof(fc.constant({}), fc.dictionary(fc.string({ unit: "binary" }), fc.string(), { maxKeys: 3 })),
    prev: fc.oneof(fc.constant(noHash), hex(64)),
    lines: fc.array(
      fc.oneof(
        fc.constant(numberedEntry(1)),
        fc.jsonValue().map((value) => JSON.stringify(value)),
        fc.string(),
      ),
      { maxLength: 4 },
    ),
  })
  .map(({ lines, ...header }) => encodeFrame(header, Buffer.from(lines.map((line) => `${line}\n`).join(""))));
const chain = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 })
  .map((counts) => chainOf(counts, "c".repeat(32)));

/** What an agent could send if it were out of its mind. The answer is a receipt or says what is wrong. */
const hostileFrames: fc.Arbitrary<HostileFrames> = fc
  .record({
    frames: fc.oneof(chain, fc.array(madeFrame, { maxLength: 4 })),
    bomb: fc.option(fc.constantFrom(...bombs), { freq: 10 }),
    changes: fc.oneof(fc.constant([]), mutations),
    lost: fc.option(
      fc.oneof(fc.string({ unit: fc.constantFrom(..."0123456789-"), maxLength: 9 }), fc.constant("1-1")),
      { freq: 3 },
    ),
    encoding: fc.constantFrom("zstd", "zstd", "zstd", "gzip", ""),
  })
  .map(({ frames, bomb, changes, lost, encoding }) => ({
    kind: "frames" as const,
    body: mutated(Buffer.concat([...frames.map(({ bytes }) => bytes), ...(bomb === null ? [] : [bomb])]), changes),
    headers: { "content-encoding": encoding, ...(lost === null ? {} : { "gristmill-lost": lost }) },
  }));

export interface HostileBytes {
  readonly kind: "bytes";
  readonly bytes: Buffer;
  /** Whether the sender says that it is through, or just goes. */
  readonly isReset: boolean;
}

const token = fc.string({ unit: fc.constantFrom(..."GETPOSX /v1frames-:;\t\u0000\u00ff"), maxLength: 30 });
const headerLine = fc.oneof(
  fc.constantFrom(
    "Host: x",
    "Content-Length: 10",
    "Content-Length: -1",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Expect: 100-continue",
    "Connection: upgrade",
    "Upgrade: h2c",
    `Authorization: Bearer ${"7".repeat(64)}`,
    `X: ${"y".repeat(17_000)}`,
  ),
  fc.tuple(token, token).map(([name, value]) => `${name}: ${value}`),
);

/** Bytes that are hardly HTTP. The answer may be anything, or none. */
const hostileBytes: fc.Arbitrary<HostileBytes> = fc
  .record({
    first: fc.oneof(
      fc.constantFrom(
        "POST /v1/frames HTTP/1.1",
        `POST /c/x/${"7".repeat(64)} HTTP/1.1`,
        `POST /c/%00/${"7".repeat(64)}?copyId=%zz HTTP/1.1`,
        "GET /healthz HTTP/1.0",
        "PRI * HTTP/2.0\r\n\r\nSM",
        "GET http://[::1 HTTP/1.1",
      ),
      token,
    ),
    headers: fc.array(headerLine, { maxLength: 8 }),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom("5\r\nhello\r\n0\r\n\r\n", "fffffff\r\nx", "-1\r\n").map((chunk) => Buffer.from(chunk)),
    ),
    changes: fc.oneof(fc.constant([]), mutations),
    isReset: fc.boolean(),
  })
  .map(({ first, headers, body, changes, isReset }) => ({
    kind: "bytes" as const,
    bytes: mutated(
      Buffer.concat([Buffer.from(`${[first, ...headers].join("\r\n")}\r\n\r\n`, "latin1"), body]),
      changes,
    ),
    isReset,
  }));

export type HostileRequest = HostileUpload | HostileFrames | HostileBytes;
export const hostileRequest: fc.Arbitrary<HostileRequest> = fc
  .oneof(hostileUpload, hostileFrames, hostileBytes)
  .map((request) => ({ ...request, [fc.toStringMethod]: () => inShort(request) }));

/** As much as a person can look at; the seed brings back the rest. */
function inShort(request: HostileRequest): string {
  const { kind, ...rest } = request;
  const bytes = kind === "bytes" ? request.bytes : request.body;
  const more = "headers" in rest ? ` ${JSON.stringify(rest.headers)}` : "";
  return `${kind}${more} ${bytes.length} bytes: ${bytes.toString("base64", 0, 150)}`;
}
