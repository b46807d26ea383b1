// What a logtail client may send, and what becomes of it. Only 200 is success to such a client, and it sends a batch again for ever until
// it gets one (reference 3.2): what is no entry, or too much, is stored as an error, and never refused.
import type { IncomingMessage } from "node:http";
import { logtailLines, maxLogtailBytes, tooLargeUpload } from "../../../log/logtail-body.ts";
import { publicIdOf } from "../../../log/public-id.ts";

const uploadPath = /^\/c\/[a-zA-Z0-9_.-]+\/([0-9a-f]{64})(?:\?[^#]*)?$/;

/**
 * The public ID of the log that a request writes to; undefined where it is no upload. The private ID in the address is a secret:
 * it goes no further than this.
 */
export function logOf({ method, url }: IncomingMessage): string | undefined {
  const privateId = method === "POST" ? uploadPath.exec(url ?? "")?.[1] : undefined;
  return privateId === undefined ? undefined : publicIdOf(privateId);
}

/** A web page can reach a loopback port as well, also under a name of its own that resolves to it; tailscaled sends no Origin. */
export function isFromThisMachine({ headers }: IncomingMessage): boolean {
  const host = headers.host?.replace(/:\d+$/, "").toLowerCase();
  return headers.origin === undefined && (host === "127.0.0.1" || host === "localhost" || host === "[::1]");
}

/** What a client sent. */
export interface Body {
  /** Undefined where it was more than the intake takes. */
  readonly bytes: Buffer | undefined;
  /** The entries in it, or what is to be stored in their place. */
  readonly lines: readonly string[];
}

/** Rejects when the client goes away before it has sent all. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxLogtailBytes) chunks.push(chunk); // The rest is read too: a client that is cut off would send it all again.
  }
  if (length > maxLogtailBytes) return { bytes: undefined, lines: [tooLargeUpload(`${length} bytes`)] };
  const bytes = Buffer.concat(chunks);
  return { bytes, lines: await logtailLines(bytes, request.headers["content-encoding"]) };
}
