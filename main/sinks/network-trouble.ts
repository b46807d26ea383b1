// Why a request got no answer, in a sentence for the user.

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses the connection; is the catcher running there?",
  ENOTFOUND: "cannot be found: its name is not known here; is it spelled right, and is this machine online?",
  EAI_AGAIN: "cannot be found: the name server does not answer; is this machine online?",
  ECONNRESET: "cut the connection before it answered.",
  EPIPE: "cut the connection before it answered.",
  ETIMEDOUT: "does not answer; is it up, and is this machine online?",
  EHOSTUNREACH: "cannot be reached from this network.",
  ENETUNREACH: "cannot be reached: this machine has no network.",
  CERT_HAS_EXPIRED: "shows a certificate that has expired; its operator must renew it.",
  CERT_NOT_YET_VALID: "shows a certificate that is not valid yet; is this machine's clock right?",
  ERR_TLS_CERT_ALTNAME_INVALID: "shows a certificate for another name, so it may be somebody else; nothing was sent.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "shows a certificate that this machine does not trust, so nothing was sent.",
  SELF_SIGNED_CERT_IN_CHAIN: "shows a certificate that this machine does not trust, so nothing was sent.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "shows a certificate that this machine does not trust, so nothing was sent.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "shows a certificate that this machine does not trust, so nothing was sent.",
};

/** @param destination how the user knows the other end. */
export function networkTrouble(error: NodeJS.ErrnoException, destination: string): string {
  const code = error.code ?? "";
  const known = sentences[code];
  if (known !== undefined) return `${destination} ${known}`;
  if (code.startsWith("HPE_")) return `${destination} answers, but not in HTTP; is the port right?`;
  if (code.startsWith("ERR_SSL") || code === "EPROTO")
    return `${destination} does not speak TLS as this machine does; should the address begin with http://, or is the port another?`;
  return `${destination} cannot be reached (${code || error.message}).`;
}
