import { constants, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { zstdContent } from "../../log/zstd-content.ts";

const skippable = Buffer.concat([Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from("any")]);
const packed = (text: string, size = 1) =>
  zstdCompressSync(text, { params: { [constants.ZSTD_c_contentSizeFlag]: size, [constants.ZSTD_c_checksumFlag]: 1 } });

test.each([
  ["one frame", [packed("one")], "one"],
  ["one that does not declare its size", [packed("one", 0)], "one"],
  ["frames end to end", [packed("one "), packed("two ", 0), packed("three")], "one two three"],
  ["skippable frames between them", [skippable, packed("one "), skippable, packed("two"), skippable], "one two"],
  ["a frame with nothing in it", [packed(""), packed("one"), packed("")], "one"],
])("%s is unpacked whole", async (_, frames, content) => {
  expect((await zstdContent(Buffer.concat(frames), 100)).toString()).toBe(content);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["no zstd", Buffer.from("something else")],
  ["a frame that is cut off", packed("one").subarray(0, -1)],
  ["bytes behind the frame", Buffer.concat([packed("one"), Buffer.from("more of it")])],
  ["a skippable frame that is cut off", skippable.subarray(0, -1)],
  ["a flipped bit", flipped(packed("one and two and three"))],
])("%s is damaged", async (_, bytes) => expect(await zstdContent(bytes, 100)).toBe("damaged"));

test.each([
  ["one frame that says so", [packed("x".repeat(101))]],
  ["one frame that does not", [packed("x".repeat(101), 0)]],
  ["several", [packed("x".repeat(60), 0), packed("x".repeat(41), 0)]],
  ["a frame that fills the limit and a byte", [packed("x".repeat(100)), packed("x", 0)]],
  ["more frames than anybody sends", Array<Buffer>(65).fill(packed(""))],
])("%s over the limit is too large", async (_, frames) => {
  expect(await zstdContent(Buffer.concat(frames), 100)).toBe("too-large");
});

test("exactly the limit is not too large", async () => {
  expect(await zstdContent(packed("x".repeat(100), 0), 100)).toHaveLength(100);
});

test("a frame that asks for a window of more than 8 MiB is not given it", async () => {
  const greedy = packed("x", 0);
  expect(greedy.readUInt8(4) & 0x20).toBe(0); // It has a window descriptor.
  greedy.writeUInt8(14 << 3, 5); // 2 ** (10 + 14) bytes
  expect(await zstdContent(greedy, 100)).toBe("damaged");
});

function flipped(bytes: Buffer): Buffer {
  bytes.writeUInt8(bytes.readUInt8(12) ^ 0xff, 12);
  return bytes;
}
