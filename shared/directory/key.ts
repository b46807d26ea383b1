// Node keys and their short form. Reference 1.3.

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** What every peer prints as whose key has expired: a mark, and nobody's name. */
export const expiredKey = "[bad01]";

/** `nodekey:` and 64 hex digits. */
export const nodeKeyPattern = /^nodekey:[0-9a-f]{64}$/;

/** The short form of a node key as the log prints it: the first 30 of its 256 bits in base64, in brackets. Several keys may share one. */
export function shortKeyOf(nodeKey: string): string {
  const bits = Number.parseInt(nodeKey.slice("nodekey:".length, "nodekey:".length + 8), 16) >>> 2;
  const letters = [24, 18, 12, 6, 0].map((shift) => alphabet[(bits >>> shift) & 63]);
  return `[${letters.join("")}]`;
}
