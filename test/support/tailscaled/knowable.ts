// What a log lets anyone know, computed from what its lines mean and never from their text: the answer that a grinder of the text must come to.
import type { Path } from "../../../shared/graph/model.ts";
import type { Counter, LogCall, Printed } from "./call.ts";

/** What the keeper of a log writes down beside the text. */
export interface Sight {
  /** Whose line it is: by process id or proc_id. */
  readonly hasProcess: boolean;
  /** Which of its process's lines it is. */
  readonly hasSeq: boolean;
}

export interface KnownPeer {
  rx: number;
  tx: number;
  resets: number;
}

interface Baseline {
  readonly instance: number;
  readonly counter: Counter;
  readonly rx: number;
  readonly tx: number;
  isGone: boolean;
}

interface ProcessSight {
  /** Another number for each start: the counters of one are none of another's. */
  instance: number;
  seq: number;
  joinedSeq: number;
  startSeq: number;
  keys: readonly Counter[] | undefined;
  /** Peers of the latest keys line, remembered also when it no longer counts for the join. */
  listed: readonly string[];
}

const unknown: Path = { kind: "unknown" };

export class Knowable {
  readonly peers = new Map<string, KnownPeer>();
  readonly paths = new Map<string, Path>();
  readonly health = new Set<string>();
  readonly machine = {
    self: null as string | null,
    login: null as string | null,
    state: null as string | null,
    homeDerp: null as number | null,
  };
  mismatchedStats = 0;
  /** Lines that tailscaled says it did not write. */
  dropped = 0;
  /** Counters that began again and had overtaken themselves before anyone could see it: reference 1.9. */
  hiddenResets = 0;
  /** Stats lines that anyone would give to the wrong peers, as the keys line that was lost had as many. */
  misjoined = 0;
  readonly #sight: Sight;
  readonly #processes = new Map<number, ProcessSight>();
  readonly #baselines = new Map<string, Baseline[]>();
  #instances = 0;
  #liveInstance = 0;

  constructor(sight: Sight) {
    this.#sight = sight;
  }

  take(call: LogCall): void {
    const process = this.#processOf(call);
    if (this.#sight.hasSeq) {
      if (call.seq !== process.seq + 1) process.keys = undefined;
      process.seq = call.seq;
    }
    const { meaning } = call;
    switch (meaning?.kind) {
      case "start":
        this.#start(process, call, meaning.cleanup);
        break;
      case "keys":
        this.#keys(process, meaning.counters);
        break;
      case "stats":
        this.#stats(process, call, meaning.items);
        break;
      case "path":
        this.paths.set(meaning.peer, meaning.path);
        break;
      case "peer-restart":
        this.#baselines.delete(meaning.peer);
        break;
      case "home-derp":
        this.machine.homeDerp = meaning.id;
        break;
      case "health":
        if (meaning.isOn) this.health.add(meaning.code);
        else this.health.delete(meaning.code);
        break;
      case "dropped":
        this.dropped += meaning.count;
        break;
      case "state":
        this.machine.state = meaning.state;
        break;
      case "login":
        this.machine.login = meaning.login;
        break;
      case "self":
        this.machine.self = meaning.key;
        this.machine.login = meaning.login ?? this.machine.login;
        break;
      case undefined:
        break;
    }
  }

  #processOf({ process: id }: LogCall): ProcessSight {
    const key = this.#sight.hasProcess ? id : 0;
    const known = this.#processes.get(key);
    if (known !== undefined) return known;
    const process: ProcessSight = {
      instance: ++this.#instances,
      seq: 0,
      joinedSeq: 0,
      startSeq: 0,
      keys: undefined,
      listed: [],
    };
    this.#processes.set(key, process);
    return process;
  }

  #start(process: ProcessSight, { seq }: LogCall, isCleanup: boolean): void {
    // The same start, sent again.
    if (this.#sight.hasSeq && process.startSeq === seq) return;
    process.startSeq = seq;
    process.keys = undefined;
    if (isCleanup) return;
    process.instance = ++this.#instances;
    process.listed = [];
    process.joinedSeq = 0;
    this.paths.clear();
    this.health.clear();
  }

  #keys(process: ProcessSight, counters: readonly Counter[]): void {
    process.keys = counters;
    const names = new Set(counters.map(({ peer }) => peer));
    if (this.#liveInstance === process.instance)
      for (const peer of process.listed) if (!names.has(peer)) this.#gone(peer, process.instance);
    this.#liveInstance = process.instance;
    process.listed = [...names];
  }

  #gone(peer: string, instance: number): void {
    for (const baseline of this.#baselines.get(peer) ?? []) baseline.isGone ||= baseline.instance === instance;
  }

  #stats(process: ProcessSight, { seq }: LogCall, items: readonly Printed[]): void {
    if (this.#sight.hasSeq && seq <= process.joinedSeq) return;
    const { keys } = process;
    if (keys?.length !== items.length) {
      this.mismatchedStats++;
      return;
    }
    process.joinedSeq = seq;
    if (keys.some(({ peer }, index) => peer !== items[index]?.counter.peer)) this.misjoined++;
    for (const item of items) this.#count(process.instance, item);
  }

  #count(instance: number, { counter, rx, tx }: Printed): void {
    const baselines = this.#baselines.get(counter.peer) ?? [];
    const before = baselines.find((baseline) => baseline.instance === instance);
    const isSeenToRestart = before === undefined || before.isGone || rx < before.rx || tx < before.tx;
    if (!isSeenToRestart && before.counter !== counter) this.hiddenResets++;
    const known = this.peers.get(counter.peer);
    const total = known ?? { rx: 0, tx: 0, resets: 0 };
    total.rx += isSeenToRestart ? rx : rx - before.rx;
    total.tx += isSeenToRestart ? tx : tx - before.tx;
    if (isSeenToRestart && known !== undefined) total.resets++;
    this.peers.set(counter.peer, total);
    const others = baselines.filter((baseline) => baseline !== before);
    this.#baselines.set(counter.peer, [{ instance, counter, rx, tx, isGone: false }, ...others].slice(0, 4));
  }

  pathOf(peer: string): Path {
    return this.paths.get(peer) ?? unknown;
  }
}
