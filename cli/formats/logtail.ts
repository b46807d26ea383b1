// What log clients upload and the log tap streams: JSON entries on lines of their own, in arrays, or bare. Reference 3.1 and 3.3.
import type { Format, PlacedEntry } from "./format.ts";
import { JsonObjects } from "./json-objects.ts";

export const logtail: Format = {
  name: "logtail",
  begins: (head) => /^\s*(?:\{|\[\s*[{\]])/.test(head) || /^[^\n]*\}\s*,?\n\s*,?\{"logtail"/.test(head),
  async *entries(bytes) {
    for await (const entries of objectsOf(bytes)) yield { kind: "entries", entries };
  },
};

/** The JSON objects in `bytes`, wherever they stand in it. */
export async function* objectsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly PlacedEntry[]> {
  const decoder = new TextDecoder();
  const objects = new JsonObjects();
  for await (const chunk of bytes) yield objects.push(decoder.decode(chunk, { stream: true }));
  yield [...objects.push(decoder.decode()), ...objects.end()];
}
