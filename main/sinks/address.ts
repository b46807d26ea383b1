// What a user writes to name a destination, and what it means. Pure.
//
//   https://catcher.example.com                                    a Gristmill catcher
//   logtail+https://log.example.com/c/tailnode.log.tailscale.io    any server that takes what tailscaled uploads; the private ID is ours to add
//   insecure+http://192.168.1.5:8474                               without encryption to another machine, for whoever insists
//   https://catcher.example.com#ca=/etc/ca.pem&pin=<64 hex>        a private authority, and the only key to be trusted
//
// What concerns trust stands behind the #, in the address itself: it goes wherever the address goes, so that no address is ever used without
// it, and a fragment never leaves the machine.

import type { UploadProtocol } from "../../shared/rpc/shapes.ts";
import { WrongSetting } from "../platform/wrong-setting.ts";

export interface Address {
  readonly protocol: UploadProtocol;
  /** http: or https:, without fragment. */
  readonly url: URL;
  /** For people, and what consent, cursor and ledger go by. */
  readonly destination: string;
  /** A PEM file with authorities that are trusted besides the known ones. */
  readonly caFile: string | undefined;
  /** SHA-256 of the public keys, one of which the destination must have, in hex; none: any that a trusted authority vouches for. */
  readonly pins: readonly string[];
}

const form = /^((?:(?:logtail|insecure)\+)*)(https?:\/\/.*)$/i;
const loopback = /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/;
const logtailPath = /\/c\/[a-zA-Z0-9_.-]+$/;
const hexSecret = /[0-9a-f]{32,}/i;

/** @throws WrongSetting when Gristmill cannot send there, or should not. Its message holds nothing of the address that may be secret. */
export function parseAddress(text: string): Address {
  const [, prefixes = "", plain = ""] = form.exec(text.trim()) ?? [];
  const url = URL.parse(plain);
  if (url === null || url.hostname === "")
    throw new WrongSetting(
      `"${harmless(text)}" is no address of a catcher; name one such as https://catcher.example.com.`,
    );
  if (url.username !== "" || url.password !== "" || url.search !== "")
    throw new WrongSetting("The address of a catcher has no user name, password or query; leave them out.");
  const isLogtail = /logtail/i.test(prefixes);
  if (isLogtail) checkLogtail(url);
  const isInsecure = checkEncryption(url, /insecure/i.test(prefixes));
  const trust = trustOf(url);
  url.hash = "";
  const href = url.href.replace(/\/+$/, "");
  return {
    protocol: isLogtail ? "logtail" : "frames",
    url: new URL(href),
    destination: `${isLogtail ? "logtail+" : ""}${isInsecure ? "insecure+" : ""}${href}`,
    ...trust,
  };
}

function checkLogtail({ pathname }: URL): void {
  if (hexSecret.test(pathname))
    throw new WrongSetting(
      "Leave the private ID out of a logtail server's address: Gristmill has one of its own for it.",
    );
  if (!logtailPath.test(pathname))
    throw new WrongSetting(
      "The address of a logtail server ends in /c/ and a collection, such as logtail+https://log.example.com/c/tailnode.log.tailscale.io.",
    );
}

/** Whether it goes to another machine without encryption, as the user insists. */
function checkEncryption({ protocol, hostname, host }: URL, insists: boolean): boolean {
  if (protocol === "https:") {
    if (insists) throw new WrongSetting(`insecure+ belongs before http:// only; https://${host} is encrypted.`);
    return false;
  }
  if (loopback.test(hostname)) return false;
  if (!insists)
    throw new WrongSetting(
      `http://${host} is not encrypted: whoever is on the way can read the log and the secret with which this machine writes it. Use https, or insist with insecure+http://${host}.`,
    );
  return true;
}

function trustOf({ protocol, hash }: URL): Pick<Address, "caFile" | "pins"> {
  const given = new URLSearchParams(hash.slice(1));
  const unknown = [...given.keys()].find((key) => key !== "ca" && key !== "pin");
  if (unknown !== undefined || given.getAll("ca").length > 1)
    throw new WrongSetting(
      "Behind the # of a catcher's address stand ca=<PEM file>, once, and pin=<64 hex digits>, joined by &.",
    );
  if (given.size > 0 && protocol === "http:")
    throw new WrongSetting("Without encryption there is no certificate that ca= or pin= could be about; use https.");
  const pins = given.getAll("pin").map((pin) => pin.toLowerCase());
  if (!pins.every((pin) => /^[0-9a-f]{64}$/.test(pin)))
    throw new WrongSetting("pin= takes the SHA-256 of a public key, 64 hex digits.");
  return { caFile: given.get("ca") ?? undefined, pins };
}

/** An address that nobody can read may hold a secret anywhere. */
function harmless(text: string): string {
  return text
    .replace(/\/\/[^/]*@/, "//…@")
    .replace(/[?#].*/s, "…")
    .replace(/[0-9a-f]{16,}/gi, "…")
    .slice(0, 100);
}
