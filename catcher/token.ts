// Who sends. A private ID is a write secret: it is turned into the public ID here, at the door, and goes no further.
import { createHash, timingSafeEqual } from "node:crypto";
import { publicIdOf } from "../log/public-id.ts";

const bearer = /^Bearer +([0-9a-f]{64})$/i;

/** The public ID of whoever sends an `Authorization: Bearer <private ID>` header; undefined where it is none. */
export function instanceOf(authorization: string | undefined): string | undefined {
  const privateId = bearer.exec(authorization ?? "")?.[1];
  return privateId === undefined ? undefined : publicIdOf(privateId);
}

/** Whether the header is HTTP basic with the admin key as user name and no password, as logtail's own API has it. */
export function isAdmin(authorization: string | undefined, adminKey: string): boolean {
  const given = /^Basic +([0-9A-Za-z+/=]+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  // Digests are of one length and their comparison takes one time, so neither tells anything about the key.
  return timingSafeEqual(digest(Buffer.from(given, "base64").toString("utf8")), digest(`${adminKey}:`));
}
