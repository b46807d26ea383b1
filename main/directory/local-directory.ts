// The directory of this machine: who the keys of its log are, as tailscaled's LocalAPI tells it, and what tailscaled says of them beside the log.
//
// A `status` is the whole, the bus tells of changes at once. What only a status has (path and counters, the second witness) is asked for again and
// again: often while somebody looks at it, seldom while nobody does, and not at all while nobody does and the log stands still.
// Nothing depends on it: where tailscaled cannot be asked the log is shown without names, and the standing says why.
import { busMask } from "../../shared/directory/bus-mask.ts";
import { inUseOtherUser, type Notify } from "../../shared/directory/daemon-json.ts";
import { type Directory, differenceBetween, sharing, viewOf } from "../../shared/directory/difference.ts";
import type { DirectoryUpdate, Standing } from "../../shared/directory/model.ts";
import { afterNotify, type Tailnet, tailnetOf } from "../../shared/directory/tailnet.ts";
import type { Testimony } from "../../shared/graph/reduce.ts";
import { differenceIntervalMs } from "../../shared/rpc/contract.ts";
import { inUse } from "../local-api/ask.ts";
import type { LocalApi } from "../local-api/local-api.ts";
import { LocalApiError } from "../local-api/local-api-error.ts";
import { Changes } from "../platform/changes.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import { askStatus, readStatus } from "./ask-status.ts";
import { busMessages, unreadable } from "./bus-messages.ts";
import { directoryNodes } from "./directory-nodes.ts";
import { SecondWitness } from "./second-witness.ts";

export interface LocalDirectoryOptions {
  /** Null = nobody is asked. */
  readonly localApi: LocalApi | null;
  readonly clock: Clock;
  /** What the log says so far. */
  readonly testimony: () => Testimony;
  /** Has tailscaled look at its counters every 2 s, which makes it log them. */
  readonly liveCounters: boolean;
}

const watchedMs = 5_000;
const unwatchedMs = 60_000;
/** Of a look's own computing time: a large tailnet is looked at less often, so that looking takes at most half a percent of a core. */
const restForWork = 200;
const firstRetryMs = 500;
const longestRetryMs = 30_000;
/** A bus that lasted less long is not opened again at once. */
const lastingMs = 1_000;
/** Answers that a change overtook are asked for again; where changes never stop the next look puts right what is wrong. */
const attempts = 3;

const cutOff = /fell behind/;
const ended = "tailscaled ended the connection, as it does when it stops.";

export class LocalDirectory {
  readonly #options: LocalDirectoryOptions;
  readonly #witness = new SecondWitness();
  readonly #changes = new Changes();
  /** Announces that a look is wanted now. */
  readonly #wanted = new Changes();
  #tailnet: Tailnet | null = null;
  #standing: Standing;
  /** As it was last shown; whatever changed since is put into it when somebody asks. */
  #shown: Directory;
  #isShownNow = true;
  #watchers = 0;
  /** Attempts in a row that brought nothing. */
  #failures = 0;
  /** Messages of the bus about who is who. */
  #told = 0;
  /** Entries that the log had at the last look. */
  #entries = -1;
  #workMs = 0;
  #isStale = false;

  constructor(options: LocalDirectoryOptions) {
    this.#options = options;
    const { localApi } = options;
    const state = localApi === null ? "off" : "looking";
    this.#standing = { state, sentence: null, place: localApi?.place ?? "", version: null, asked: null };
    this.#shown = { standing: this.#standing, tailnet: "", self: null, peers: new Map(), disagreements: [] };
  }

  /** Asks, and goes on until `signal` aborts. Never rejects: what goes wrong is the standing. */
  async run(signal: AbortSignal): Promise<void> {
    const { localApi, clock } = this.#options;
    while (localApi !== null && !signal.aborted) {
      const begun = clock.monotonic();
      const end = await this.#connection(localApi, signal);
      if (signal.aborted) return;
      this.#witness.forget();
      const isAtOnce = end === "cut off" && clock.monotonic() - begun >= lastingMs;
      if (end !== "cut off") this.#stand({ state: "waiting", sentence: `${end} Gristmill keeps trying.` });
      const delayMs = Math.min(longestRetryMs, firstRetryMs * 2 ** this.#failures);
      this.#failures += 1;
      if (!isAtOnce) await clock.sleep(delayMs, signal);
    }
  }

  /** From the first answer to the last. Resolves to why it is over, in a sentence. */
  async #connection(localApi: LocalApi, signal: AbortSignal): Promise<string> {
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const parts: Promise<string>[] = [];
    try {
      await this.#look(localApi, both);
      parts.push(this.#follow(localApi, both), this.#keepLooking(localApi, both));
      return await Promise.race(parts);
    } catch (error) {
      // An answer that breaks off is an error of the stream, and means the same as one that ends.
      return error instanceof LocalApiError ? error.message : ended;
    } finally {
      over.abort();
      await Promise.allSettled(parts);
    }
  }

  /** Takes what the bus tells, where there is one. */
  async #follow(localApi: LocalApi, signal: AbortSignal): Promise<string> {
    const mask = busMask(this.#standing.version, this.#options.liveCounters);
    if (mask === null) return this.#poll(signal);
    try {
      let isFirst = true;
      for await (const message of busMessages(localApi, mask, signal)) {
        if (isFirst && !isWhole(message)) return this.#poll(signal);
        if (isFirst) this.#stand({ state: "watching", sentence: null });
        isFirst = false;
        this.#failures = 0;
        if (message !== unreadable && cutOff.test(message.ErrMessage ?? "")) return "cut off";
        this.#take(message);
      }
    } catch (error) {
      if (error instanceof LocalApiError && error.kind === "unknown-call") return this.#poll(signal);
      throw error;
    }
    return ended;
  }

  /** There is no bus that tells everything: looking is all that can be done. */
  async #poll(signal: AbortSignal): Promise<string> {
    this.#failures = 0;
    this.#stand({ state: "polling", sentence: null });
    await new Changes().wait(signal);
    return ended;
  }

  #take(message: Notify | typeof unreadable): void {
    if (message === unreadable) {
      this.#want();
      return;
    }
    if (message.State === inUseOtherUser) {
      this.#stand({ state: "waiting", sentence: inUse(message.ErrMessage ?? "").message });
      return;
    }
    const isBack = this.#standing.state === "waiting";
    if (isBack) this.#stand({ state: "watching", sentence: null });
    if (isBack || (message.State !== null && message.InitialStatus === null)) this.#want();
    if (this.#tailnet === null) return;
    if (message.Engine === null) this.#told += 1;
    this.#tailnet = afterNotify(this.#tailnet, message);
    this.#changed();
  }

  #want(): void {
    this.#isStale = true;
    this.#wanted.announce();
  }

  async #keepLooking(localApi: LocalApi, signal: AbortSignal): Promise<string> {
    while (!signal.aborted) {
      await this.#pause(signal);
      const isIdle = this.#watchers === 0 && !this.#isStale && this.#options.testimony().entries === this.#entries;
      if (!isIdle && !signal.aborted) await this.#look(localApi, signal);
    }
    return ended;
  }

  /** Until the next look is due, or wanted. */
  async #pause(signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    drop(this.#wanted.wait(AbortSignal.any([signal, woken.signal])).then(() => woken.abort()));
    const pauseMs = this.#watchers > 0 ? watchedMs : unwatchedMs;
    const ms = Math.max(pauseMs, restForWork * this.#workMs);
    await this.#options.clock.sleep(ms, AbortSignal.any([signal, woken.signal]));
    woken.abort();
  }

  async #look(localApi: LocalApi, signal: AbortSignal): Promise<void> {
    const { clock, testimony } = this.#options;
    this.#isStale = false;
    // First the log, then the daemon: so the daemon's word is never the older one.
    const said = testimony();
    let answer: string;
    for (let attempt = 1; ; attempt++) {
      const told = this.#told;
      answer = await askStatus(localApi, clock, signal);
      if (told === this.#told || attempt === attempts) break;
    }
    const begun = clock.monotonic();
    const tailnet = tailnetOf(readStatus(answer));
    this.#tailnet = tailnet;
    this.#entries = said.entries;
    this.#witness.look(said, tailnet, clock.now());
    const { state } = this.#standing;
    this.#stand({
      ...{ state: state === "waiting" ? "looking" : state, sentence: null },
      ...{ place: localApi.place, version: tailnet.version || null, asked: clock.now() },
    });
    this.#workMs = clock.monotonic() - begun;
  }

  #stand(change: Partial<Standing>): void {
    this.#standing = { ...this.#standing, ...change };
    this.#changed();
  }

  #changed(): void {
    this.#isShownNow = false;
    this.#changes.announce();
  }

  #current(): Directory {
    if (this.#isShownNow) return this.#shown;
    const { agreements, disagreements } = this.#witness;
    const standing = this.#standing;
    const next = { ...this.#shown, standing, disagreements };
    const tailnet = this.#tailnet;
    this.#shown =
      tailnet === null
        ? next
        : sharing(this.#shown, { ...next, tailnet: tailnet.name, ...directoryNodes(tailnet, agreements) });
    this.#isShownNow = true;
    return this.#shown;
  }

  /**
   * First the whole directory, then what changed, at most ten times a second; a slow watcher gets what changed since it last asked.
   * @param looks whether somebody looks at it, so that tailscaled is asked often.
   */
  async *watch(signal: AbortSignal, looks = true): AsyncGenerator<DirectoryUpdate> {
    if (looks) this.#watchers += 1;
    if (looks && this.#watchers === 1) this.#want();
    try {
      let told: Directory | undefined;
      while (!signal.aborted) {
        const changed = this.#changes.wait(signal); // Before the look, so that a change right after it is not missed.
        const directory = this.#current();
        const difference = told && differenceBetween(told, directory);
        if (told === undefined) yield { kind: "snapshot", directory: viewOf(directory) };
        else if (difference !== undefined) yield { kind: "difference", difference };
        told = directory;
        await this.#options.clock.sleep(differenceIntervalMs, signal);
        await changed;
      }
    } finally {
      if (looks) this.#watchers -= 1;
    }
  }
}

/** Whether a first message holds all that is to be known, or what keeps it back. Unknown bits of a mask are ignored without a word. */
function isWhole(message: Notify | typeof unreadable): boolean {
  if (message === unreadable) return false;
  return message.InitialStatus !== null || message.NetMap !== null || message.State === inUseOtherUser;
}
