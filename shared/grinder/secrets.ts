// What must not leave the line that it stands in. Whatever a fact, an event or a loss keeps of somebody else's text goes through here.
import { shortened } from "./tokens.ts";

/**
 * The private log ID in the address of a log upload: whoever has it can write that log. tailscaled prints it when an upload fails
 * (reference 2.12), and viewers may have cut it short.
 */
const privateLogId = /\/c\/([\w.-]{1,100})\/[0-9a-f]+/g;
const copyId = /copyId=[0-9a-f]+/g;
/** A link that logs in whoever opens it first. */
const loginLink = /(https?:\/\/[\w.:-]{1,255})\/a\/\w+/g;
/** A key that lets a machine into a tailnet, or calls its API; and a private key of WireGuard or of a machine. */
const accessKey = /\b(tskey-|privkey:)[\w-]+/g;
/** Behind the scheme of an address. */
const password = /(:\/\/)[^\s/@"]{1,255}@/g;

/** The text without the secrets that tailscaled's own lines are known to hold. */
export function withoutSecrets(text: string): string {
  return text
    .replace(privateLogId, "/c/$1/…")
    .replace(copyId, "copyId=…")
    .replace(loginLink, "$1/a/…")
    .replace(accessKey, "$1…")
    .replace(password, "$1…@");
}

/** At most `length` characters of somebody else's text, without secrets and without space around it, for facts that stay in memory. */
export function keptText(text: string, length = 200): string {
  // A secret that the cut would go through is gone before; more than this behind it changes nothing.
  return shortened(withoutSecrets(text.slice(0, length + longestSecret)).trim(), length);
}

const longestSecret = 500;
