// The whole of an answer as text, in bounded memory.
import { LocalApiError } from "./local-api-error.ts";

/** @throws LocalApiError where it is longer than `longest` bytes, or breaks off. */
export async function wholeText(chunks: AsyncIterable<Buffer>, longest: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of chunks) {
      length += chunk.length;
      if (length > longest) break;
      parts.push(chunk);
    }
  } catch (cause) {
    throw new LocalApiError("other", "tailscaled broke off in the middle of an answer, as it does when it stops.", {
      cause,
    });
  }
  if (length > longest)
    throw new LocalApiError("other", `tailscaled's answer is larger than ${longest / 1024 / 1024} MiB.`);
  return Buffer.concat(parts).toString("utf8");
}

/** How an answer begins, for an error's sentence: what arrives in its first chunk, cut to 1,000 characters; "" where nothing does. */
export async function firstText(chunks: AsyncIterable<Buffer>): Promise<string> {
  try {
    for await (const chunk of chunks) return chunk.subarray(0, 1_000).toString("utf8");
  } catch {
    // The status has said enough.
  }
  return "";
}
