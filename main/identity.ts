// Who this machine is to a catcher: <data dir>/identity.json, readable by its user only.
//
// The private ID is a write secret: whoever has it can write this machine's log at its catcher. It is in this file and in the requests
// to the catcher that the user chose, and nowhere else: no path, no file name, no message. The public ID may be shown to anybody.
import { createHash, createHmac, randomBytes } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import type { Disk } from "../log/disk.ts";
import { publicIdOf } from "../log/public-id.ts";

export interface Identity {
  /** 64 hex digits. */
  readonly privateId: string;
  /** SHA-256 of the private ID's bytes, 64 hex digits. */
  readonly publicId: string;
}

const identitySchema = z
  .object({ privateId: z.string().regex(/^[0-9a-f]{64}$/), publicId: z.string() })
  .refine(({ privateId, publicId }) => publicIdOf(privateId) === publicId);

/**
 * 32 random bytes with the bits set that logtail sets (tailscale.com/types/logid, NewPrivateID), in hex, with their public ID.
 * @param bytes 32 random bytes.
 */
export function identityFrom(bytes: Buffer): Identity {
  const clamped = Buffer.from(bytes);
  clamped[0] = (clamped[0] ?? 0) & 0xf8;
  clamped[31] = ((clamped[31] ?? 0) & 0x7f) | 0x40;
  const privateId = clamped.toString("hex");
  return { privateId, publicId: publicIdOf(privateId) };
}

/** Another identity, always the same one for a purpose. Who knows it can compute neither this one nor that for another purpose. */
export function derivedIdentity({ privateId }: Identity, purpose: string): Identity {
  return identityFrom(createHmac("sha256", Buffer.from(privateId, "hex")).update(purpose).digest());
}

/**
 * The identity in `dataDir`; made once, durable before it is first used. One that cannot be understood is set aside and a new one made:
 * the catcher then sees a new machine.
 * @throws when there is one that this user may not read, or none can be written.
 */
export async function openIdentity(disk: Disk, dataDir: string): Promise<Identity> {
  const file = path.join(dataDir, "identity.json");
  const stored = await readStored(disk, file);
  const known = identitySchema.safeParse(parseJson(stored));
  if (known.success) return known.data;
  if (stored !== undefined) await setAside(disk, dataDir, stored);
  const identity = identityFrom(randomBytes(32));
  await disk.replace(file, `${JSON.stringify(identity)}\n`, 0o600);
  return identity;
}

async function readStored(disk: Disk, file: string): Promise<Buffer | undefined> {
  try {
    return await disk.read(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${file} cannot be read; give this user permission to read it, or remove it to begin anew.`, {
      cause,
    });
  }
}

function parseJson(bytes: Buffer | undefined): unknown {
  try {
    return JSON.parse(bytes?.toString("utf8") ?? "");
  } catch {
    return undefined;
  }
}

async function setAside(disk: Disk, dataDir: string, stored: Buffer): Promise<void> {
  const aside = path.join(
    dataDir,
    `identity-damaged-${createHash("sha256").update(stored).digest("hex").slice(0, 8)}.json`,
  );
  await disk.replace(aside, stored, 0o600);
  console.warn(
    `identity.json in ${dataDir} is damaged. It is set aside as ${path.basename(aside)} and this machine gets a new identity: its catcher sees it as a new machine.`,
  );
}
