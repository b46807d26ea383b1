// The path behind an address: magicsock writes DERP regions and peer relays as addresses too. Reference 2.1 and 2.2.
import type { Path } from "../graph/model.ts";
import { isEndpoint } from "./addresses.ts";

/** DERP as a made-up address whose port is the region, or by name. */
const derpAddress = /^(?:127\.3\.3\.40:|derp-)(\d{1,5})$/;
/** A peer relay's address carries the id of its virtual network behind the port. */
const relayAddress = /^(.+):vni:(\d{1,8})$/;

/** No address that tailscaled prints is longer. */
export const longestAddress = 120;

/** The path behind an address as tailscaled prints it, or undefined. Never of kind "unknown". */
export function pathTo(text: string): Path | undefined {
  if (text.length > longestAddress) return undefined;
  const derp = derpAddress.exec(text);
  if (derp !== null) return { kind: "derp", region: Number(derp[1]) };
  const [, addr = text, vni] = relayAddress.exec(text) ?? [];
  if (!isEndpoint(addr)) return undefined;
  return vni === undefined ? { kind: "direct", addr } : { kind: "peer-relay", addr, vni: Number(vni) };
}
