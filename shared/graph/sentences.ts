// Events as a person would say them.
import type { Loss } from "../entry.ts";
import type { Change } from "../grinder/change.ts";
import type { Path } from "./model.ts";

/** "is now direct by 192.168.1.5:41641": to go behind the name of a peer. */
export function pathPhrase(path: Path): string {
  switch (path.kind) {
    case "direct":
      return path.addr === "" ? "is now direct" : `is now direct by ${path.addr}`;
    case "peer-relay":
      return `now goes through the peer relay ${path.addr} (network ${path.vni})`;
    case "derp":
      return path.region === 0 ? "now goes through DERP" : `now goes through DERP region ${path.region}`;
    case "unknown":
      return "has no path that the log knows of";
  }
}

export function regionName(id: number, code: string | null): string {
  return id === 0 ? "none" : code === null ? `${id}` : `${id} (${code})`;
}

export function startSentence(version: string | null): string {
  return version === null ? "tailscaled started." : `tailscaled ${version} started.`;
}

export function connectionSentence({ region, open, why }: Change & { kind: "derp-connection" }): string {
  const verb = open ? "Opened the connection to" : "Closed the connection to";
  return `${verb} DERP region ${region}${why === null ? "" : `: ${why}`}.`;
}

export function lossSentence(loss: Loss): string {
  const what =
    loss.count === null
      ? "Log lines were lost"
      : loss.count === 1
        ? "A log line was lost"
        : `${loss.count} log lines were lost`;
  return `${what}: ${loss.why}.`;
}

export interface AddedPeer {
  /** The log has spoken of it before. */
  readonly isKnown: boolean;
  readonly addresses: readonly string[] | undefined;
}

export function addedSentence(peer: string, { isKnown, addresses = [] }: AddedPeer): string {
  const name = addresses[0] === undefined ? peer : `${peer} (${addresses[0]})`;
  return isKnown
    ? `${name} is in the network map now.`
    : `A new node was registered: ${name} is in the network map now.`;
}
