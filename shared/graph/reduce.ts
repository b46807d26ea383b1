// Changes in, graph out. Longer than other files here, because each kind of change touches the same few maps, which nobody else may see.
//
// A Graph is grown in place, unlike the values around it: at half a million changes a second a new value for each would be most of the work.
// So nothing that it keeps is ever handed out: view() and takeDifference() give copies, which never change afterwards.
//
// Bounded, whatever the log says: keptTunnels tunnels with keptSamples samples each (23 MiB when full), keptEvents events,
// keptLosses rows of losses and one for each kind, and a machine of a few kilobytes. Everything else is a count.
import type { LoggedPeer } from "../directory/witness.ts";
import type { Entry, Position } from "../entry.ts";
import {
  type Change,
  type LossChange,
  type NetmapPeer,
  noCounter,
  type PathChange,
  type PeerKeys,
  type SamplesChange,
} from "../grinder/change.ts";
import { evidenceOf } from "../grinder/evidence.ts";
import type { MachineChange } from "../grinder/machine-change.ts";
import { isCopy } from "./copies.ts";
import { CounterSource } from "./counter-source.ts";
import { addSample, type StatsLine } from "./counters.ts";
import { type DiscoveryChange, nextDiscovery } from "./discovery.ts";
import type { GraphListener } from "./listener.ts";
import { LogTime } from "./log-time.ts";
import { boundedLoss, LossLedger } from "./loss-ledger.ts";
import { nextMachine } from "./machine.ts";
import { unknownMachine } from "./machine-model.ts";
import {
  type Evidence,
  type GraphDifference,
  type GraphEvent,
  type GraphView,
  keptEvents,
  keptSamples,
  type LineCounts,
  type Machine,
  noTallies,
} from "./model.ts";
import { NetmapRows } from "./netmap.ts";
import { completes, nextPath, samePath, unknownPath, withPath } from "./path.ts";
import { loggedPeerOf, noPaths, type Peer, rateOf, tunnelOf } from "./peer.ts";
import { Peers } from "./peers.ts";
import { SampleRing } from "./sample-ring.ts";
import { addedSentence, lossSentence, pathPhrase } from "./sentences.ts";
import { nextSession, restartedSession, type SessionChange } from "./session.ts";
import type { GraphState } from "./state.ts";

export interface Testimony {
  /** Short key of the machine that wrote the log; null while it has not said. */
  readonly self: string | null;
  /** Entries that were read. */
  readonly entries: number;
  readonly peers: readonly LoggedPeer[];
}

const nobody: readonly Peer[] = [];
const noCounters = { rx: 0, tx: 0, stats: null };

export class Graph {
  readonly #peers: Peers;
  readonly #losses: LossLedger;
  readonly #counterSource: CounterSource;
  readonly #listener: GraphListener | undefined;
  /** `src` of the entry that is being taken. */
  #source: string | undefined;
  readonly #time: LogTime;
  #machine: Machine = unknownMachine;
  readonly #netmap: NetmapRows;
  #events: GraphEvent[] = [];
  readonly #lines = { total: 0, matched: 0, mismatchedStats: 0 };
  #tallies = noTallies;
  /** Peers of the latest keys line, which is number `#keysLines`, and the process that printed it. */
  #live: readonly Peer[] = nobody;
  #liveKeys: readonly string[] = [];
  #liveProcess = 0;
  #keysLines = 0;

  // What the next difference will carry.
  #machineChanged = false;
  #talliesChanged = false;
  #untakenEvents = 0;
  #takenLines = 0;

  /** @param saved what `state` of another graph gave: this one goes on from there, exactly as that one would have. */
  constructor({ saved, listener }: { readonly saved?: GraphState; readonly listener?: GraphListener } = {}) {
    this.#listener = listener;
    this.#peers = Peers.from(saved?.peers ?? []);
    this.#netmap = new NetmapRows(saved?.netmap);
    this.#losses = LossLedger.from(saved?.losses ?? []);
    this.#counterSource = CounterSource.from(saved?.counterSource ?? { timeMs: null });
    this.#time = new LogTime(saved?.time);
    if (saved === undefined) return;
    this.#machine = saved.machine;
    this.#events = [...saved.events];
    Object.assign(this.#lines, saved.lines);
    this.#tallies = saved.tallies;
    this.#live = saved.live.map((key) => this.#peers.get(key)).filter((peer) => peer !== undefined);
    this.#liveProcess = saved.liveProcess;
    this.#keysLines = saved.keysLines;
    this.#takenLines = saved.lines.total;
  }

  /** A copy of everything that it remembers of the log. */
  state(): GraphState {
    return {
      peers: this.#peers.state(),
      live: this.#live.filter((peer) => peer.isKept).map(({ key }) => key),
      liveProcess: this.#liveProcess,
      keysLines: this.#keysLines,
      counterSource: this.#counterSource.state(),
      machine: this.#machine,
      netmap: this.#netmap.state(),
      events: this.#events.slice(-keptEvents),
      losses: this.#losses.rows(),
      lines: { ...this.#lines },
      tallies: this.#tallies,
      time: this.#time.state(),
    };
  }

  /** One more entry was read, which stands at `at` and told these changes: none, where no rule knew it. */
  take(changes: readonly Change[], entry: Entry, at: Position): void {
    this.#lines.total++;
    this.#time.read(entry);
    if (changes.length === 0) return;
    this.#lines.matched++;
    this.#source = typeof entry.src === "string" ? entry.src : undefined;
    const evidence = evidenceOf(entry, at);
    this.#time.tell(evidence.time);
    for (const change of changes) this.#apply(change, evidence);
  }

  /** So many more entries were read that told nothing. */
  untold(count: number): void {
    this.#lines.total += count;
  }

  #apply(change: Change, evidence: Evidence): void {
    switch (change.kind) {
      case "samples":
        this.#samples(change, evidence);
        break;
      case "peer-keys":
        this.#keysLine(change, evidence);
        break;
      case "path":
      case "contact":
      case "route-lost":
        this.#path(change, evidence);
        break;
      case "peer-restart":
        this.#peerRestart(change.peer, evidence);
        break;
      case "netmap-peer":
        this.#netmapPeer(change, evidence);
        break;
      case "netmap-gone":
        this.#netmapGone(change.peer, change.evidence);
        break;
      case "netmap-header":
      case "netmap-line":
        break; // Part of a table: the grinder has made rows of it, or it was none.
      case "handshake":
      case "open-timeout":
      case "disco-key":
        this.#session(change, evidence);
        break;
      case "search":
      case "ping":
      case "pong":
      case "pinged":
      case "call-me-maybe":
      case "send-failed":
      case "idle":
      case "candidates":
        this.#discovery(change, evidence);
        break;
      case "tally":
        this.#tallies = { ...this.#tallies, [change.of]: this.#tallies[change.of] + 1 };
        this.#talliesChanged = true;
        break;
      case "mismatched-stats":
        this.#lines.mismatchedStats++;
        break;
      case "loss":
        this.#loss(change, evidence);
        break;
      case "peer-counters":
        break; // Not joined to anyone: the grinder has made samples of it, or a mismatch.
      default:
        this.#machineChange(change, evidence);
    }
  }

  #machineChange(change: MachineChange, evidence: Evidence): void {
    const { machine, said } = nextMachine(this.#machine, change, evidence);
    this.#machineChanged ||= machine !== this.#machine;
    this.#machine = machine;
    const isNews = (said ?? []).map((each) => this.#event({ ...each, peer: null, evidence })).includes(true);
    if (change.kind === "process-start" && !change.cleanup && isNews) this.#processStarted(evidence);
  }

  /** What a source declares is its own; what the daemon says of itself, each source tells. */
  #loss(change: LossChange, evidence: Evidence): void {
    const loss = boundedLoss(change.loss);
    // An old daemon may say every half minute that it left lines out, and never how many: it is news once.
    if (!change.isDeclared && loss.count === null && this.#losses.has(loss)) {
      this.#losses.add(loss, evidence);
      return;
    }
    const event = { kind: "loss", peer: null, sentence: lossSentence(loss), evidence } as const;
    if (this.#event(event, { isOwn: change.isDeclared })) this.#losses.add(loss, evidence);
  }

  #samples(samples: SamplesChange, stats: Evidence): void {
    const { peers: keys, counters, source } = samples;
    // Nearly always the keys line is the latest: then nobody has to be looked up.
    const live = keys === this.#liveKeys ? this.#live : nobody;
    const isCounted = this.#counterSource.takes(source, stats.time);
    const line = { samples, stats };
    for (let index = 0; index < keys.length; index++) {
      if (counters[2 * index] === noCounter) continue;
      const known = live[index];
      const peer = known?.isKept ? this.#seenAgain(known, stats) : this.#seen(keys[index] as string, stats);
      if (isCounted) this.#sample(peer, index, line);
    }
  }

  #sample(peer: Peer, index: number, line: StatsLine): void {
    const { time, at } = line.stats;
    const { rx, tx, stats: since } = peer.counters ?? noCounters;
    const beganAgain = addSample(peer, index, line);
    if (peer.counters === null) return;
    this.#listener?.carried({
      peer: peer.key,
      rx: peer.counters.rx - rx,
      tx: peer.counters.tx - tx,
      since: since?.time ?? null,
      evidence: line.stats,
    });
    if (beganAgain) {
      const sentence = `The byte counters of ${peer.key} started again at zero.`;
      this.#event({ kind: "counter-reset", peer: peer.key, sentence, evidence: line.stats });
    }
    peer.hasRate = time !== null;
    if (time === null) return;
    peer.samples ??= new SampleRing();
    peer.samples.push(time, peer.counters, at);
    if (peer.untakenSamples < keptSamples) peer.untakenSamples++;
  }

  #keysLine({ keys, ambiguous, process = 0 }: PeerKeys, evidence: Evidence): void {
    if (!this.#counterSource.counts(this.#source, evidence.time)) {
      for (const key of keys) this.#seen(key, evidence); // Of the stats lines that are counted none speaks of these.
      return;
    }
    const before = this.#live;
    // A line that names nobody is one that cannot be read, and another process's peers are its own: neither says that a peer is gone.
    const tellsWhoIsGone = keys.length > 0 && process === this.#liveProcess;
    this.#liveProcess = process;
    this.#keysLines++;
    this.#liveKeys = keys;
    this.#live = keys.map((key) => this.#seen(key, evidence));
    for (const peer of this.#live) peer.keysLine = this.#keysLines;
    for (const key of ambiguous) this.#seen(key, evidence).ambiguous = true;
    for (const peer of before) {
      if (peer.keysLine === this.#keysLines) continue;
      this.#noRate(peer);
      if (tellsWhoIsGone) for (const baseline of peer.baselines) baseline.isGone ||= baseline.process === process;
    }
  }

  /** It carries no sample from here on: what it does is not known, which is not zero. */
  #noRate(peer: Peer): void {
    if (rateOf(peer) === null || !peer.isKept) return;
    peer.hasRate = false;
    this.#peers.touch(peer);
  }

  #path(change: PathChange, evidence: Evidence): void {
    const peer = this.#seen(change.peer, evidence);
    const before = peer.path;
    const path = nextPath(before, change, peer.region);
    if (path.kind === "derp" && path.region !== 0) peer.region = path.region;
    if (change.kind === "route-lost" && samePath(before, path)) return;
    peer.path = path;
    peer.pathEvidence = evidence;
    peer.paths = withPath(peer.paths, path, evidence);
    if (!samePath(before, path)) this.#listener?.path(peer.key, path, evidence);
    if (samePath(before, path) || completes(before, path)) return;
    this.#event({ kind: "path", peer: peer.key, sentence: `${peer.key} ${pathPhrase(path)}.`, evidence });
  }

  /** Rows come for all peers, tunnel or none: only a peer that is new in the map is news. */
  #netmapPeer(change: NetmapPeer, evidence: Evidence): void {
    const { peer } = change;
    const isNew = this.#netmap.get(peer) === null;
    if (!this.#netmap.put(change, evidence)) return;
    const row = this.#netmap.get(peer);
    this.#peers.setNetmap(peer, row);
    if (!change.isAdded || !isNew) return;
    const sentence = addedSentence(peer, {
      isKnown: this.#peers.get(peer) !== undefined,
      addresses: row?.value.addresses,
    });
    this.#event({ kind: "netmap", peer, sentence, evidence });
  }

  #netmapGone(peer: string, evidence: Evidence): void {
    this.#netmap.delete(peer);
    this.#peers.setNetmap(peer, null);
    this.#event({ kind: "netmap", peer, sentence: `${peer} is gone from the network map.`, evidence });
  }

  #session(change: SessionChange, evidence: Evidence): void {
    const peer = this.#seen(change.peer, evidence);
    const { session, said } = nextSession(peer.session, change, evidence);
    peer.session = session;
    if (said === undefined) return;
    this.#event({ kind: said.kind, peer: peer.key, sentence: `${peer.key} ${said.phrase}`, evidence });
  }

  #discovery(change: DiscoveryChange, evidence: Evidence): void {
    const peer = this.#seen(change.peer, evidence);
    peer.discovery = nextDiscovery(peer.discovery, change, evidence);
  }

  #peerRestart(key: string, evidence: Evidence): void {
    const peer = this.#seen(key, evidence);
    // Of the source that is counted: another may be ahead of it, and what it tells next was counted before the restart.
    if (peer.counted === null || peer.counted.source === this.#source) peer.baselines = [];
    peer.session = restartedSession(peer.session, evidence);
    const sentence = `${key} restarted, so its byte counters start again at zero.`;
    this.#event({ kind: "counter-reset", peer: key, sentence, evidence });
  }

  /** A new process has no keys line yet, and finds every path, and every peer, anew. */
  #processStarted(evidence: Evidence): void {
    this.#live = nobody;
    for (const peer of this.#peers.all()) {
      this.#noRate(peer);
      if (peer.paths.length === 0 && peer.discovery === null && peer.session === null) continue;
      if (peer.path.kind !== "unknown") this.#listener?.path(peer.key, unknownPath, evidence);
      peer.path = unknownPath;
      peer.pathEvidence = null;
      peer.paths = noPaths;
      peer.discovery = null;
      peer.session = null;
      this.#peers.touch(peer);
    }
  }

  #seen(key: string, evidence: Evidence): Peer {
    const known = this.#peers.get(key);
    if (known !== undefined) return this.#seenAgain(known, evidence);
    const peer = this.#peers.add(key, evidence);
    peer.netmap = this.#netmap.get(key);
    this.#event({ kind: "new-peer", peer: key, sentence: `${key} appears in the log for the first time.`, evidence });
    return peer;
  }

  #seenAgain(peer: Peer, evidence: Evidence): Peer {
    peer.lastSeen = evidence;
    this.#peers.touch(peer);
    return peer;
  }

  /** Returns whether it is news: false for what another source has told. */
  #event(told: Omit<GraphEvent, "source">, { isOwn = false } = {}): boolean {
    const event = this.#source === undefined ? told : { ...told, source: this.#source };
    if (!isOwn && isCopy(event, this.#events)) return false;
    this.#events.push(event);
    this.#listener?.event(event);
    this.#untakenEvents++;
    if (this.#events.length >= 2 * keptEvents) this.#events = this.#events.slice(-keptEvents);
    return true;
  }

  get lines(): LineCounts {
    return { ...this.#lines };
  }

  /** The whole graph as it is now. Later differences fit it when takeDifference() was called just before. */
  view(): GraphView {
    return {
      machine: this.#machine,
      tunnels: Array.from(this.#peers.all(), tunnelOf),
      samples: this.#peers.samples(),
      events: this.#events.slice(-keptEvents),
      losses: this.#losses.rows(),
      lines: this.lines,
      tallies: this.#tallies,
      latest: this.#time.latest(),
    };
  }

  /** What the log says at last of itself and of each peer, for a witness beside it. */
  testimony(): Testimony {
    const peers = Array.from(this.#peers.all(), loggedPeerOf);
    return { self: this.#machine.self?.value ?? null, entries: this.#lines.total, peers };
  }

  /** What changed since the last time this was asked (since the beginning, the first time); undefined when nothing did. */
  takeDifference(): GraphDifference | undefined {
    if (this.#lines.total === this.#takenLines) return undefined;
    this.#takenLines = this.#lines.total;
    const losses = this.#losses.takeChanged();
    const difference: GraphDifference = {
      ...(this.#machineChanged ? { machine: this.#machine } : {}),
      ...this.#peers.take(),
      ...(this.#untakenEvents > 0 ? { events: this.#events.slice(-Math.min(this.#untakenEvents, keptEvents)) } : {}),
      ...(losses.length > 0 ? { losses } : {}),
      lines: { ...this.#lines },
      ...(this.#talliesChanged ? { tallies: this.#tallies } : {}),
      latest: this.#time.latest(),
    };
    this.#talliesChanged = false;
    this.#machineChanged = false;
    this.#untakenEvents = 0;
    return difference;
  }
}
