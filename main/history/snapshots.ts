// Grinder and graph as they stood before an entry: where a start goes on, and where time travel begins.
import { createHash } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { grinderPrint } from "../../shared/grinder/fingerprint.ts";
import { type GrindingState, grindingStateSchema } from "../grinding.ts";
import { DamagedError } from "./trouble.ts";

/** So many entries are ground again in half a second: what a start after a crash, or a look back, waits for. */
export const entriesPerSnapshot = 100_000;
/** And no more often than this where entries are few: half a megabyte for each is much on a machine with hundreds of peers. */
export const msPerSnapshot = 3_600_000;
export const keptSnapshots = 200;
/** No honest state is larger; a bomb is. */
const largestState = 256 * 1024 * 1024;

let print: string | undefined;

/** Names the grinder that runs. */
export function grinderName(): string {
  print ??= createHash("sha256").update(grinderPrint()).digest("hex").slice(0, 32);
  return print;
}

const compression = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } };

export function encodeState(state: GrindingState): Buffer {
  return zstdCompressSync(JSON.stringify(state), compression);
}

/** @throws DamagedError when it is no state that this grinder can go on from. */
export function decodeState(bytes: Uint8Array): GrindingState {
  try {
    const text = zstdDecompressSync(bytes, { maxOutputLength: largestState }).toString("utf8");
    return grindingStateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DamagedError("a snapshot cannot be read", { cause });
  }
}

/**
 * The one of too many snapshots that is missed least, by ordinal, oldest first: the older, the wider apart they may be. The first and the
 * last stay.
 */
export function leastMissed(ordinals: readonly number[]): number | undefined {
  const last = ordinals.at(-1) ?? 0;
  let [least, leastGap]: [number | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (let index = 1; index < ordinals.length - 1; index++) {
    const [before, at, after] = ordinals.slice(index - 1, index + 2) as [number, number, number];
    const gap = (after - before) / (last - at);
    if (gap < leastGap) [least, leastGap] = [at, gap];
  }
  return least;
}
