// Whom a destination has to be vouched for by, and which key it must have.
import { createHash, X509Certificate } from "node:crypto";
import type { AgentOptions } from "node:https";
import tls from "node:tls";
import type { Disk } from "../../log/disk.ts";
import { WrongSetting } from "../platform/wrong-setting.ts";
import type { Address } from "./address.ts";

export interface Trust {
  /** Authorities that are trusted besides the known ones, PEM. */
  readonly ca: string | undefined;
  /** See Address. */
  readonly pins: readonly string[];
}

/** `code` of the error that a connection to another key ends in. */
export const wrongKey = "GRISTMILL_WRONG_KEY";

/** @throws WrongSetting when the address names a file that cannot be read or holds no certificate. */
export async function readTrust(disk: Pick<Disk, "read">, { caFile, pins }: Address): Promise<Trust> {
  if (caFile === undefined) return { ca: undefined, pins };
  try {
    const ca = (await disk.read(caFile)).toString("utf8");
    new X509Certificate(ca);
    return { ca, pins };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WrongSetting(
      `${caFile} is no file of PEM certificates that can be read (${reason}); see ca= in the catcher's address.`,
      { cause },
    );
  }
}

/**
 * A pin narrows what is trusted and widens nothing: the certificate is checked as ever, and then its key. It is the key of the certificate
 * itself that counts, not one further up: what a server sends as its chain is its own word.
 */
export function tlsOptions({ ca, pins }: Trust): AgentOptions {
  return {
    ...(ca === undefined ? {} : { ca: [...tls.getCACertificates("default"), ca] }),
    ...(pins.length === 0
      ? {}
      : {
          checkServerIdentity: (host, certificate) =>
            tls.checkServerIdentity(host, certificate) ??
            (pins.includes(keyHash(certificate.raw)) ? undefined : otherKey()),
        }),
  };
}

/** SHA-256 of a certificate's public key, as `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | sha256sum` has it. */
export function keyHash(certificate: Buffer | string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(key).digest("hex");
}

function otherKey(): Error {
  return Object.assign(new Error("the certificate's key is not one that is pinned"), { code: wrongKey });
}
