// Source "demo": the simulated tailnet, live. It begins ten minutes ago, so that there is something to see at once.
import type { Clock } from "../../platform/clock.ts";
import type { Source, SourceEntry } from "../source.ts";
import { demoLocalApi } from "./local-api.ts";
import { type Simulation, simulate } from "./simulator.ts";

export interface DemoOptions {
  /** Undefined = the tailnet that everybody sees. */
  readonly seed: number | undefined;
  readonly clock: Clock;
}

const defaultSeed = 1;
const backfillMs = 10 * 60_000;
/** Simulated time goes into one batch of the back-fill at most so far. */
const batchMs = 30_000;
const tickMs = 250;

/**
 * The position is "<run>/<ms>": which run wrote the last entry, and its time. A start with a position begins another run right after that time
 * (or ten minutes ago, if it is longer past): in the log, tailscaled restarts. No entry is written twice, as every run has its own proc_id.
 */
export function demoSource({ seed, clock }: DemoOptions): Source {
  let current: Simulation | undefined;
  return {
    name: seed === undefined ? "demo" : `demo:${seed}`,
    localApi: demoLocalApi(() => current, clock),
    async *entries(position, signal, report) {
      let place = parsePosition(position);
      while (!signal.aborted) {
        const run = { number: place === undefined ? 0 : place.run + 1, startMs: startOf(place?.ms, clock.now()) };
        report("following", null);
        current = simulate({ seed: seed ?? defaultSeed, run: run.number, startMs: run.startMs });
        for await (const batch of oneRun(current, run, { clock, signal })) {
          place = { run: run.number, ms: batch.ms };
          yield batch.entries;
        }
        place ??= { run: run.number, ms: run.startMs };
      }
    },
  };
}

interface Batch {
  readonly entries: readonly SourceEntry[];
  /** The time of the last entry. */
  readonly ms: number;
}

/** Ends when the signal aborts, or when the clock has jumped, as after a sleep of the machine: the next run then begins anew. */
async function* oneRun(
  simulation: Simulation,
  { number, startMs }: { readonly number: number; readonly startMs: number },
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<Batch> {
  for (let reached = startMs - 1; !signal.aborted; ) {
    const now = clock.now();
    if (now - reached > backfillMs + batchMs || reached - now > batchMs) return;
    reached = Math.max(reached, Math.min(now, reached + batchMs));
    const entries = simulation
      .step(reached)
      .map(({ line, timeMs }) => ({ line, position: `${number}/${Math.ceil(timeMs)}` }));
    const last = entries.at(-1);
    if (last !== undefined) yield { entries, ms: Number(last.position.split("/")[1]) };
    if (reached >= now) await clock.sleep(tickMs, signal);
  }
}

/** A place that lies in the future was written before the clock was set back. */
function startOf(lastMs: number | undefined, now: number): number {
  const earliest = now - backfillMs;
  if (lastMs === undefined) return earliest;
  return lastMs > now ? now : Math.max(earliest, lastMs + 1);
}

function parsePosition(position: string | undefined): { readonly run: number; readonly ms: number } | undefined {
  const match = /^(\d{1,9})\/(\d{1,15})$/.exec(position ?? "");
  return match === null ? undefined : { run: Number(match[1]), ms: Number(match[2]) };
}
