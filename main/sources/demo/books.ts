// What really happened in the simulated tailnet, kept apart from the log, so that a reader of the log can be held against it.
import type { Path } from "../../../shared/graph/model.ts";
import type { PeerFacts } from "./tailnet.ts";

export interface Bytes {
  readonly rx: number;
  readonly tx: number;
}

export interface PeerTruth {
  readonly key: string;
  readonly name: string;
  /** Bytes since the simulation began, those that no stats line ever told of included. */
  readonly carried: Bytes;
  /** Bytes that a perfect reader of the log can know of; null while no stats line has spoken of the peer. */
  readonly logged: Bytes | null;
  /** How often a stats line spoke of a counter that had begun again since the line before. */
  readonly resets: number;
  readonly path: Path;
  /** The path as the log tells it: the same, but for falls back to DERP that tailscaled has no line for, and unknown after a restart. */
  readonly toldPath: Path;
}

export interface TrueEvent {
  readonly timeMs: number;
  readonly kind: "process-start" | "path" | "peer-restart" | "home-derp" | "health" | "link-change";
  /** The peer's key, where it is about one. */
  readonly peer: string | null;
  readonly what: string;
}

export interface Truth {
  /** Sorted by key. */
  readonly peers: readonly PeerTruth[];
  readonly events: readonly TrueEvent[];
  readonly homeDerp: number;
  /** Codes of the health warnings that are on. */
  readonly health: readonly string[];
}

interface Account {
  readonly peer: PeerFacts;
  rx: number;
  tx: number;
  logged: { rx: number; tx: number } | null;
  resets: number;
  /** The counter that the last stats line spoke of, and what it said. */
  printed: { readonly counter: object; readonly rx: number; readonly tx: number } | null;
  path: Path;
  toldPath: Path;
}

const unknown: Path = { kind: "unknown" };
/** More are not kept: the demo may run for weeks. */
const keptEvents = 10_000;

export class Books {
  readonly #accounts: ReadonlyMap<string, Account>;
  #events: TrueEvent[] = [];
  readonly #health = new Set<string>();
  #homeDerp = 0;

  constructor(peers: readonly PeerFacts[]) {
    const open = (peer: PeerFacts): [string, Account] => [
      peer.key,
      { peer, rx: 0, tx: 0, logged: null, resets: 0, printed: null, path: unknown, toldPath: unknown },
    ];
    this.#accounts = new Map(peers.map(open));
  }

  carried(peer: PeerFacts, bytes: Bytes): void {
    const account = this.#of(peer);
    account.rx += bytes.rx;
    account.tx += bytes.tx;
  }

  /** A stats line says that `counter`, which belongs to this peer, stands at these values. */
  printed(peer: PeerFacts, counter: object, { rx, tx }: Bytes): void {
    const account = this.#of(peer);
    const continues = account.printed?.counter === counter ? account.printed : undefined;
    if (account.logged !== null && continues === undefined) account.resets += 1;
    account.logged ??= { rx: 0, tx: 0 };
    account.logged.rx += rx - (continues?.rx ?? 0);
    account.logged.tx += tx - (continues?.tx ?? 0);
    account.printed = { counter, rx, tx };
  }

  /** A process knows nothing of the paths that the one before it used. */
  processStarted(timeMs: number): void {
    for (const account of this.#accounts.values()) {
      account.path = unknown;
      account.toldPath = unknown;
    }
    this.#health.clear();
    this.event({ timeMs, kind: "process-start", peer: null, what: "tailscaled starts" });
  }

  path(timeMs: number, peer: PeerFacts, { path, isTold }: { readonly path: Path; readonly isTold: boolean }): void {
    const account = this.#of(peer);
    account.path = path;
    if (isTold) account.toldPath = path;
    this.event({ timeMs, kind: "path", peer: peer.key, what: path.kind });
  }

  homeDerp(timeMs: number, id: number): void {
    this.#homeDerp = id;
    this.event({ timeMs, kind: "home-derp", peer: null, what: String(id) });
  }

  health(timeMs: number, code: string, isOn: boolean): void {
    if (isOn) this.#health.add(code);
    else this.#health.delete(code);
    this.event({ timeMs, kind: "health", peer: null, what: `${code} ${isOn ? "on" : "off"}` });
  }

  event(event: TrueEvent): void {
    this.#events.push(event);
    if (this.#events.length > 2 * keptEvents) this.#events = this.#events.slice(-keptEvents);
  }

  truth(): Truth {
    const peers = [...this.#accounts.values()].map(
      ({ peer, rx, tx, logged, resets, path, toldPath }): PeerTruth => ({
        key: peer.key,
        name: peer.name,
        carried: { rx, tx },
        logged: logged && { ...logged },
        resets,
        path,
        toldPath,
      }),
    );
    peers.sort((a, b) => (a.key < b.key ? -1 : 1));
    return {
      peers,
      events: this.#events.slice(-keptEvents),
      homeDerp: this.#homeDerp,
      health: [...this.#health].sort(),
    };
  }

  #of(peer: PeerFacts): Account {
    const account = this.#accounts.get(peer.key);
    if (account === undefined) throw new RangeError(`${peer.key} is not in the simulated tailnet`);
    return account;
  }
}
