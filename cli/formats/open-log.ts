// From bytes to entries: unpacks what is compressed, and finds out the format where nobody said it.
import type { Batch, Format } from "./format.ts";
import { formats } from "./index.ts";
import { packings } from "./unpack.ts";

/** How much of a log its format is told by. */
const headBytes = 4_096;

/** Takes from the front until there are `headBytes`; `all` gives everything, the head included. */
async function headOf(bytes: AsyncIterable<Uint8Array>): Promise<{ head: Buffer; all: AsyncIterable<Uint8Array> }> {
  const source = bytes[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  for (let size = 0; size < headBytes; ) {
    const next = await source.next();
    if (next.done === true) break;
    taken.push(next.value);
    size += next.value.length;
  }
  const rest = { [Symbol.asyncIterator]: () => source };
  const all = (async function* () {
    yield* taken;
    yield* rest;
  })();
  return { head: Buffer.concat(taken).subarray(0, headBytes), all };
}

/** UTF-16 in zstd in gzip: nobody packs more often on purpose. */
const mostLayers = 3;

/** What is no log but holds one, by its first bytes: a sentence that says how to get at it. */
const wrapped: readonly { readonly magic: readonly number[]; readonly sentence: string }[] = [
  { magic: [0xfd, ...Buffer.from("7zXZ")], sentence: "this is an xz file: `xzcat FILE | gristmill grind`" },
  { magic: [...Buffer.from("BZh")], sentence: "this is a bzip2 file: `bzcat FILE | gristmill grind`" },
  { magic: [...Buffer.from("PK\x03\x04")], sentence: "this is a zip file: `unzip -p FILE | gristmill grind`" },
  {
    magic: [...Buffer.from("LPKSHHRH")],
    sentence: "this is a file of the systemd journal: `journalctl --file=FILE -o export | gristmill grind`",
  },
];

export interface OpenLog {
  /** Undefined = find out. */
  readonly format: Format | undefined;
  /** Hears in a sentence what could not be read. */
  readonly note: (sentence: string) => void;
}

/** The entries of a log, in batches. What is packed with zstd or gzip is unpacked whatever the format. @throws Error for what must be unpacked by another program first. */
export async function* openLog(bytes: AsyncIterable<Uint8Array>, { format, note }: OpenLog): AsyncGenerator<Batch> {
  let { head, all } = await headOf(bytes);
  for (let layer = 0; layer < mostLayers; layer++) {
    const packing = packings.find(({ begins }) => begins(head));
    if (packing === undefined) break;
    ({ head, all } = await headOf(packing.unpack(all, note)));
  }
  const other = wrapped.find(({ magic }) => magic.every((byte, index) => head[index] === byte));
  if (other !== undefined) throw new Error(other.sentence);
  const beginning = head.toString("utf8").replace(/^\uFEFF/, "");
  const chosen = format ?? formats.find((candidate) => candidate.begins(beginning));
  if (chosen !== undefined) yield* chosen.entries(all, note);
}
