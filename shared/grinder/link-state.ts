// `interfaces.State{defaultRoute=eth0 ifs={eth0:[192.168.1.10/24 llu6] wlan0:down} v4=true v6=false}`: reference 2.8.
import { keptInterfaces } from "../graph/machine-model.ts";
import type { PlainValue } from "../graph/plain-facts.ts";
import { optionalBoolean } from "./network-fields.ts";
import { keptText } from "./secrets.ts";

const defaultRoute = /^\{(?:defaultRoute=(\S{1,64}) )?ifs=\{/;
const oneInterface = /^([\w.:@-]{1,32}?):(?:\[([^\]]{0,500})\]|(\w{1,16}))$/;
const longestState = 8_000;

/** What the state that begins with the `{` at `from` says; undefined where none stands there. */
export function linkState(text: string, from: number): PlainValue<"link"> | undefined {
  const state = text.slice(from, from + longestState);
  const head = defaultRoute.exec(state);
  const end = state.indexOf("}", head?.[0].length);
  if (head === null || end === -1) return undefined;
  return {
    defaultRoute: head[1] ?? null,
    interfaces: interfacesOf(state.slice(head[0].length, end)),
    ipv4: flag(state, end, " v4="),
    ipv6: flag(state, end, " v6="),
  };
}

/** They are separated by spaces, and so are the addresses within their brackets. */
function interfacesOf(text: string): { name: string; addresses: string }[] {
  const interfaces: { name: string; addresses: string }[] = [];
  for (let at = 0; at < text.length && interfaces.length < keptInterfaces; ) {
    const [open, space] = [text.indexOf(":[", at), text.indexOf(" ", at)];
    const isListed = open !== -1 && (space === -1 || open < space);
    const close = isListed ? text.indexOf("]", open) : space - 1;
    const end = close < 0 ? text.length : close + 1;
    const [, name, addresses, condition] = oneInterface.exec(text.slice(at, end)) ?? [];
    if (name !== undefined) interfaces.push({ name, addresses: keptText(addresses ?? condition ?? "") });
    at = end + 1;
  }
  return interfaces;
}

function flag(state: string, from: number, name: string): boolean | null {
  const at = state.indexOf(name, from);
  return at === -1 ? null : optionalBoolean(/^\w+/.exec(state.slice(at + name.length, at + name.length + 6))?.[0]);
}
