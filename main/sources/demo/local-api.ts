// What the simulated tailscaled says of itself: the demo's own LocalAPI, in this process. It answers in the shapes of the real one
// (reference 6.4 and 6.5), so that everything behind it is the real thing: names, paths and counters of the demo come the way a user's do.
import { createHash } from "node:crypto";
import type { LocalApiAnswer } from "../../local-api/ask.ts";
import type { LocalApi } from "../../local-api/local-api.ts";
import { LocalApiError } from "../../local-api/local-api-error.ts";
import type { Clock } from "../../platform/clock.ts";
import { type Daemon, daemonVersion } from "./daemon.ts";
import type { SimulatedPeer } from "./simulated-peer.ts";
import type { Simulation } from "./simulator.ts";

const suffix = "tail0de30.ts.net";
const zeroTime = "0001-01-01T00:00:00Z";
/** tailscaled calls a peer active for so long after something was sent to it. */
const activeMs = 45_000;
const lookEveryMs = 1_000;

export function demoLocalApi(simulation: () => Simulation | undefined, clock: Clock): LocalApi {
  return {
    place: "the demo's own tailscaled",
    async ask(call, signal) {
      const [current, daemon] = [simulation(), simulation()?.daemon()];
      if (current === undefined || daemon === undefined) throw new LocalApiError("missing", starting);
      if (call.startsWith("status")) return answer(json(statusOf(current, daemon)));
      if (!call.startsWith("watch-ipn-bus"))
        throw new LocalApiError("unknown-call", "The demo's tailscaled knows names, and nothing else.");
      const first = { Version: daemonVersion, State: 6, InitialStatus: statusOf(current, daemon) };
      return answer(bus(json(first), daemon, { clock, signal }));
    },
  };
}

const starting = "The demo's tailscaled is starting.";

async function* json(value: object): AsyncGenerator<Buffer> {
  yield Buffer.from(`${JSON.stringify(value)}\n`);
}

/** Nobody joins or leaves the demo's tailnet: its bus says how it is, and closes when its daemon ends. */
async function* bus(
  first: AsyncIterable<Buffer>,
  daemon: Daemon,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<Buffer> {
  yield* first;
  while (!daemon.isOver && !signal.aborted) await clock.sleep(lookEveryMs, signal);
}

function answer(chunks: AsyncIterable<Buffer>): LocalApiAnswer {
  return { version: daemonVersion, chunks, close: () => undefined };
}

function statusOf({ tailnet }: Simulation, daemon: Daemon): object {
  const { key, tailscaleIp, login } = tailnet.self;
  const users = new Map<string | null, object>([
    [null, { ID: 1, LoginName: "tagged-devices", DisplayName: "Tagged Devices" }],
  ]);
  const userId = (user: string | null) => {
    const known = users.get(user) as { ID: number } | undefined;
    if (known !== undefined) return known.ID;
    const name = String(user);
    const DisplayName = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const profile = { ID: users.size + 1, LoginName: `${name}@example.com`, DisplayName };
    users.set(user, profile);
    return profile.ID;
  };
  const Self = {
    ...named("alice-laptop", key),
    ...{ ID: "nSELFCNTRL", NodeID: 1, OS: "linux", UserID: userId(login.split("@", 1)[0] ?? login) },
    ...{ TailscaleIPs: [tailscaleIp], Online: true, LastHandshake: zeroTime, LastSeen: zeroTime },
  };
  const peers = daemon.peers.map((peer, index) => peerStatus(peer, { index, userId, now: daemon.now }));
  return {
    ...{ Version: daemonVersion, BackendState: "Running", MagicDNSSuffix: suffix, Self },
    CurrentTailnet: { Name: "example.com", MagicDNSSuffix: suffix, MagicDNSEnabled: true },
    Peer: Object.fromEntries(peers.map((peer) => [peer.PublicKey, peer])),
    User: Object.fromEntries([...users.values()].map((user, index) => [index + 1, user])),
  };
}

interface Surroundings {
  readonly index: number;
  readonly userId: (user: string | null) => number;
  readonly now: number;
}

function peerStatus({ facts, counter, known }: SimulatedPeer, { index, userId, now }: Surroundings) {
  const { path, region, handshakeAt, sentAt } = known;
  const isGateway = facts.tags.includes("tag:gateway");
  return {
    ...named(facts.name, facts.key),
    ...{ ID: `n${index + 2}CNTRL`, NodeID: index + 2, OS: facts.os, UserID: userId(facts.user), Tags: facts.tags },
    ...{ TailscaleIPs: [facts.tailscaleIp], Online: true, LastSeen: zeroTime, ExitNodeOption: isGateway },
    CurAddr: path.kind === "direct" ? path.addr : "",
    PeerRelay: path.kind === "peer-relay" ? `${path.addr}:vni:${path.vni}` : "",
    Relay: path.kind === "derp" && region !== undefined ? region.code : facts.homeDerp.code,
    ...{ RxBytes: counter?.rx ?? 0, TxBytes: counter?.tx ?? 0, Active: now - sentAt < activeMs },
    LastHandshake: counter === undefined ? zeroTime : new Date(handshakeAt).toISOString(),
    InEngine: counter !== undefined,
  };
}

function named(name: string, shortKey: string) {
  return { PublicKey: nodeKeyOf(shortKey), HostName: name, DNSName: `${name}.${suffix}.` };
}

/** A whole key for a short one: its five letters of base64, and 38 more that follow from them. */
function nodeKeyOf(shortKey: string): string {
  const rest = createHash("sha256").update(shortKey).digest("base64").slice(5);
  return `nodekey:${Buffer.from(`${shortKey.slice(1, -1)}${rest}`, "base64").toString("hex")}`;
}
