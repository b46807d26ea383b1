// The doctor of an app that runs: one examination at a time, however many ask for one, and none that nobody waits for.
import type { Examination } from "../../shared/rpc/shapes.ts";
import { Changes } from "../platform/changes.ts";
import { drop } from "../platform/drop.ts";
import { diagnose } from "./diagnose.ts";
import type { Facts } from "./facts.ts";
import type { Looking } from "./probe.ts";

/** Looks at the machine, and ends soon after `signal` aborts. */
export type Look = (looking: Looking) => Promise<Facts>;

interface Running {
  latest: Examination;
  readonly changes: Changes;
  readonly stop: AbortController;
  waiting: number;
}

export class Doctor {
  readonly #look: Look;
  readonly #signal: AbortSignal;
  #running: Running | undefined;
  #settled: Promise<void> = Promise.resolve();

  /** @param signal ends whatever is under way, and whatever is asked for later. */
  constructor(look: Look, signal: AbortSignal) {
    this.#look = look;
    this.#signal = signal;
  }

  /** Resolves once nothing is looked at any more. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** How the examination goes that runs, or else a new one, from where it stands to its end. It ends early, without one, when `client` aborts. */
  async *examine(client: AbortSignal): AsyncGenerator<Examination> {
    const signal = AbortSignal.any([client, this.#signal]);
    if (signal.aborted) return;
    this.#running ??= this.#begin();
    const examination = this.#running;
    examination.waiting += 1;
    try {
      while (!signal.aborted) {
        const changed = examination.changes.wait(signal); // Before the look, so that a change right after it is not missed.
        const said = examination.latest;
        yield said;
        if (said.kind !== "looking") return;
        await changed;
      }
    } finally {
      examination.waiting -= 1;
      if (examination.waiting === 0) this.#leave(examination);
    }
  }

  #begin(): Running {
    const examination: Running = {
      latest: { kind: "looking", at: [] },
      changes: new Changes(),
      stop: new AbortController(),
      waiting: 0,
    };
    this.#settled = this.#settled.then(() => this.#run(examination)); // Behind one that was left, and is not over yet.
    drop(this.#settled);
    return examination;
  }

  #leave(examination: Running): void {
    examination.stop.abort();
    if (this.#running === examination) this.#running = undefined;
  }

  async #run(examination: Running): Promise<void> {
    const signal = AbortSignal.any([examination.stop.signal, this.#signal]);
    if (signal.aborted) return;
    const say = (latest: Examination) => {
      examination.latest = latest;
      examination.changes.announce();
    };
    const end = await this.#examined({ signal, report: (at) => say({ kind: "looking", at }) });
    if (this.#running === examination) this.#running = undefined; // Before its end is told: whoever asks upon that gets a new one.
    say(end);
  }

  async #examined(looking: Looking): Promise<Examination> {
    try {
      const facts = await this.#look(looking);
      return { kind: "diagnosis", time: facts.now, diagnosis: diagnose(facts) };
    } catch (error) {
      // Whatever is found on the machine is a fact, so this is none of them: the process is out of something, or we are wrong.
      const reason = error instanceof Error ? error.message : String(error);
      if (!looking.signal.aborted) console.warn("An examination of this machine failed:", error);
      return { kind: "failed", sentence: `This machine could not be examined (${reason}). Examine it again.` };
    }
  }
}
