// The kinds of destination: one row each.
import type { Identity } from "../identity.ts";
import { WrongSetting } from "../platform/wrong-setting.ts";
import { nativeSink } from "./native.ts";
import type { Sink } from "./sink.ts";

interface SinkKind {
  readonly protocols: readonly string[];
  readonly open: (url: URL, identity: Identity) => Sink;
}

const kinds: readonly SinkKind[] = [{ protocols: ["http:", "https:"], open: nativeSink }];

const loopback = /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/;

/** The sink for an address as the user wrote it. @throws WrongSetting when it is none that Gristmill can send to. */
export function openSink(address: string, identity: Identity): Sink {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const kind = kinds.find(({ protocols }) => protocols.includes(url?.protocol ?? ""));
  if (url === undefined || kind === undefined)
    throw new WrongSetting(`"${address}" is no address of a catcher; name one such as https://catcher.example.com.`);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new WrongSetting("The address of a catcher has no user name, password, query or fragment; leave them out.");
  }
  if (url.protocol === "http:" && !loopback.test(url.hostname)) {
    console.warn(
      `${url.origin} is not encrypted: whoever is on the way can read the log and the secret with which this machine writes it. Use https.`,
    );
  }
  return kind.open(url, identity);
}
