// Why a request got no answer: a name for it, and a sentence for the user.
import type { Trouble } from "../../shared/rpc/shapes.ts";
import type { Refusal } from "./sink.ts";
import { wrongKey } from "./trust.ts";

const untrusted = ["tls", "shows a certificate that this machine does not trust, so nothing was sent."] as const;
const cutOff = ["cut-off", "cut the connection before it answered."] as const;

const troubles: Readonly<Record<string, readonly [Trouble, string]>> = {
  ECONNREFUSED: ["refused", "refuses the connection; is the catcher running there?"],
  ENOTFOUND: [
    "unknown-name",
    "cannot be found: its name is not known here; is it spelled right, and is this machine online?",
  ],
  EAI_AGAIN: ["unknown-name", "cannot be found: the name server does not answer; is this machine online?"],
  ECONNRESET: cutOff,
  EPIPE: cutOff,
  ETIMEDOUT: ["unreachable", "does not answer; is it up, and is this machine online?"],
  EHOSTUNREACH: ["unreachable", "cannot be reached from this network."],
  ENETUNREACH: ["unreachable", "cannot be reached: this machine has no network."],
  CERT_HAS_EXPIRED: ["tls", "shows a certificate that has expired; its operator must renew it."],
  CERT_NOT_YET_VALID: ["tls", "shows a certificate that is not valid yet; is this machine's clock right?"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "tls",
    "shows a certificate for another name, so it may be somebody else; nothing was sent.",
  ],
  [wrongKey]: [
    "tls",
    "has another key than the one that is pinned, so it may be somebody else; nothing was sent. If its operator changed the key, ask for the new pin=.",
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
};

/** @param destination how the user knows the other end. */
export function networkTrouble(error: NodeJS.ErrnoException, destination: string): Refusal {
  const code = error.code ?? "";
  const said = (trouble: Trouble, words: string) => ({ trouble, reason: `${destination} ${words}` });
  const known = troubles[code];
  if (known !== undefined) return said(...known);
  if (code.startsWith("HPE_")) return said("not-http", "answers, but not in HTTP; is the port right?");
  if (code.startsWith("ERR_SSL") || code === "EPROTO")
    return said(
      "tls",
      "does not speak TLS as this machine does; should the address begin with http://, or is the port another?",
    );
  return said("unreachable", `cannot be reached (${code || error.message}).`);
}
