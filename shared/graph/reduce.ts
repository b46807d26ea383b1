// Changes in, graph out.
//
// A Graph is grown in place, unlike the values around it: at half a million changes a second a new value for each would be most of the work.
// So nothing that it keeps is ever handed out: view() and takeDifference() give copies, which never change afterwards.
//
// Bounded, whatever the log says: keptTunnels tunnels with keptSamples samples each (23 MiB when full), keptEvents events,
// keptLosses rows of losses and one for each kind, and a machine of a few kilobytes. Everything else is a count.
import type { Entry, Loss, Position } from "../entry.ts";
import type { Change, MachineChange, PathChange, PeerKeys, SampleChange } from "../grinder/change.ts";
import { evidenceOf } from "../grinder/evidence.ts";
import { CounterSource } from "./counter-source.ts";
import { addSample } from "./counters.ts";
import type { GraphListener } from "./listener.ts";
import { boundedLoss, LossLedger } from "./loss-ledger.ts";
import { nextMachine, unknownMachine } from "./machine.ts";
import {
  type Evidence,
  type GraphDifference,
  type GraphEvent,
  type GraphView,
  keptEvents,
  keptSamples,
  type LineCounts,
  type Machine,
  type Sample,
} from "./model.ts";
import { completes, nextPath, samePath, unknownPath } from "./path.ts";
import { type Peer, tunnelOf } from "./peer.ts";
import { Peers } from "./peers.ts";
import { SampleRing } from "./sample-ring.ts";
import { lossSentence, pathPhrase } from "./sentences.ts";
import type { GraphState } from "./state.ts";

export class Graph {
  readonly #peers: Peers;
  readonly #losses: LossLedger;
  readonly #counterSource: CounterSource;
  readonly #listener: GraphListener | undefined;
  #machine: Machine = unknownMachine;
  #events: GraphEvent[] = [];
  readonly #lines = { total: 0, matched: 0, mismatchedStats: 0 };
  /** Peers of the latest keys line, which is number `#keysLines`. */
  #live: Peer[] = [];
  #keysLines = 0;

  // What the next difference will carry.
  #machineChanged = false;
  #untakenEvents = 0;
  #takenLines = 0;

  /** @param saved what `state` of another graph gave: this one goes on from there, exactly as that one would have. */
  constructor({ saved, listener }: { readonly saved?: GraphState; readonly listener?: GraphListener } = {}) {
    this.#listener = listener;
    this.#peers = Peers.from(saved?.peers ?? []);
    this.#losses = LossLedger.from(saved?.losses ?? []);
    this.#counterSource = CounterSource.from(saved?.counterSource ?? { timeMs: null });
    if (saved === undefined) return;
    this.#machine = saved.machine;
    this.#events = [...saved.events];
    Object.assign(this.#lines, saved.lines);
    this.#live = saved.live.map((key) => this.#peers.get(key)).filter((peer) => peer !== undefined);
    this.#keysLines = saved.keysLines;
    this.#takenLines = saved.lines.total;
  }

  /** A copy of everything that it remembers of the log. */
  state(): GraphState {
    return {
      peers: this.#peers.state(),
      live: this.#live.filter((peer) => this.#peers.isKept(peer)).map(({ key }) => key),
      keysLines: this.#keysLines,
      counterSource: this.#counterSource.state(),
      machine: this.#machine,
      events: this.#events.slice(-keptEvents),
      losses: this.#losses.rows(),
      lines: { ...this.#lines },
    };
  }

  /** One more entry was read, which stands at `at` and told these changes: none, where no rule knew it. */
  take(changes: readonly Change[], entry: Entry, at: Position): void {
    this.#lines.total++;
    if (changes.length === 0) return;
    this.#lines.matched++;
    const evidence = evidenceOf(entry, at);
    for (const change of changes) this.#apply(change, evidence);
  }

  #apply(change: Change, evidence: Evidence): void {
    switch (change.kind) {
      case "sample":
        this.#sample(change, evidence);
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
      case "mismatched-stats":
        this.#lines.mismatchedStats++;
        break;
      case "loss":
        this.#loss(boundedLoss(change.loss), evidence);
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
    if (said !== undefined) this.#event({ ...said, peer: null, evidence });
    if (change.kind === "process-start" && !change.cleanup) this.#processStarted(evidence);
  }

  #loss(loss: Loss, evidence: Evidence): void {
    this.#losses.add(loss, evidence);
    this.#event({ kind: "loss", peer: null, sentence: lossSentence(loss), evidence });
  }

  #sample(sample: SampleChange, stats: Evidence): void {
    const peer = this.#seen(sample.peer, stats);
    if (!this.#counterSource.takes(sample.source, stats.time)) return;
    const counting = { sample, stats, before: peer.counted };
    const { rx, tx, stats: since } = peer.counters ?? { rx: 0, tx: 0, stats: null };
    const { counters, wentBack } = addSample(peer.counters, peer.baselines, counting);
    peer.counters = counters;
    peer.counted = sample;
    this.#listener?.carried({
      peer: peer.key,
      rx: counters.rx - rx,
      tx: counters.tx - tx,
      since: since?.time ?? null,
      evidence: stats,
    });
    if (wentBack) {
      const sentence = `The byte counters of ${peer.key} started again at zero.`;
      this.#event({ kind: "counter-reset", peer: peer.key, sentence, evidence: stats });
    }
    peer.rate = null;
    if (stats.time === null) return;
    peer.samples ??= new SampleRing();
    const before = peer.samples.last();
    const latest: Sample = { time: stats.time, rx: counters.rx, tx: counters.tx, at: stats.at };
    peer.rate = rateBetween(before, latest);
    peer.samples.push(latest);
    peer.untakenSamples = Math.min(peer.untakenSamples + 1, keptSamples);
  }

  #keysLine({ keys, ambiguous }: PeerKeys, evidence: Evidence): void {
    const before = this.#live;
    this.#keysLines++;
    this.#live = keys.map((key) => this.#seen(key, evidence));
    for (const peer of this.#live) peer.keysLine = this.#keysLines;
    for (const key of ambiguous) this.#seen(key, evidence).ambiguous = true;
    for (const peer of before) if (peer.keysLine !== this.#keysLines) this.#noRate(peer);
  }

  /** It carries no sample from here on: what it does is not known, which is not zero. */
  #noRate(peer: Peer): void {
    if (peer.rate === null || !this.#peers.isKept(peer)) return;
    peer.rate = null;
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
    if (!samePath(before, path)) this.#listener?.path(peer.key, path, evidence);
    if (samePath(before, path) || completes(before, path)) return;
    this.#event({ kind: "path", peer: peer.key, sentence: `${peer.key} ${pathPhrase(path)}.`, evidence });
  }

  #peerRestart(key: string, evidence: Evidence): void {
    const peer = this.#seen(key, evidence);
    peer.baselines = [];
    const sentence = `${key} restarted, so its byte counters start again at zero.`;
    this.#event({ kind: "counter-reset", peer: key, sentence, evidence });
  }

  /** A new process has no keys line yet, and finds every path anew. */
  #processStarted(evidence: Evidence): void {
    this.#live = [];
    for (const peer of this.#peers.all()) {
      this.#noRate(peer);
      if (peer.path.kind === "unknown") continue;
      peer.path = unknownPath;
      peer.pathEvidence = null;
      this.#listener?.path(peer.key, unknownPath, evidence);
      this.#peers.touch(peer);
    }
  }

  #seen(key: string, evidence: Evidence): Peer {
    const known = this.#peers.get(key);
    if (known !== undefined) {
      known.lastSeen = evidence;
      this.#peers.touch(known);
      return known;
    }
    const peer = this.#peers.add(key, evidence);
    this.#event({ kind: "new-peer", peer: key, sentence: `${key} appears in the log for the first time.`, evidence });
    return peer;
  }

  #event(event: GraphEvent): void {
    this.#events.push(event);
    this.#listener?.event(event);
    this.#untakenEvents++;
    if (this.#events.length >= 2 * keptEvents) this.#events = this.#events.slice(-keptEvents);
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
    };
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
    };
    this.#machineChanged = false;
    this.#untakenEvents = 0;
    return difference;
  }
}

/** Bytes per second by the two samples' own times; null where they do not tell, as when the clock was set back between them. */
function rateBetween(before: Sample | undefined, after: Sample): { readonly rx: number; readonly tx: number } | null {
  if (before === undefined || after.time <= before.time) return null;
  const seconds = (after.time - before.time) / 1_000;
  return { rx: (after.rx - before.rx) / seconds, tx: (after.tx - before.tx) / seconds };
}
