// The one thing that a client and a catcher must compute alike: who a client is to everybody but itself.
import { createHash } from "node:crypto";

/** SHA-256 of the private ID's 32 raw bytes, in hex, as logtail does it (tailscale.com/types/logid). @param privateId 64 hex digits. */
export function publicIdOf(privateId: string): string {
  return createHash("sha256").update(Buffer.from(privateId, "hex")).digest("hex");
}
