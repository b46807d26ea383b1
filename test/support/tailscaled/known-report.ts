// The part of a report that the truth about a log can speak to, from either side.
import type { Path } from "../../../shared/graph/model.ts";
import type { GrindReport } from "../../../shared/grinder/report.ts";
import type { Knowable } from "./knowable.ts";

export interface KnownReport {
  readonly peers: readonly {
    readonly key: string;
    readonly rx: number | null;
    readonly tx: number | null;
    readonly resets: number;
    readonly path: Path;
  }[];
  readonly machine: {
    readonly self: string | null;
    readonly login: string | null;
    readonly state: string | null;
    readonly homeDerp: number | null;
  };
  readonly health: readonly string[];
  readonly mismatchedStats: number;
  readonly dropped: number;
}

const byKey = (a: { readonly key: string }, b: { readonly key: string }) => (a.key < b.key ? -1 : 1);

/** Peers of whom there is anything to know: counters or a path. */
export function knownReport(known: Knowable): KnownReport {
  const keys = new Set([...known.peers.keys(), ...known.paths.keys()]);
  const peers = [...keys].map((key) => {
    const { rx, tx, resets } = known.peers.get(key) ?? { rx: null, tx: null, resets: 0 };
    return { key, rx, tx, resets, path: known.pathOf(key) };
  });
  const { machine, health, mismatchedStats, dropped } = known;
  return { peers: peers.sort(byKey), machine: { ...machine }, health: [...health].sort(), mismatchedStats, dropped };
}

export function reportedAs({ peers, machine, health, lines, losses }: GrindReport): KnownReport {
  const { self, login, state, homeDerp } = machine;
  return {
    peers: peers
      .filter(({ rx, path }) => rx !== null || path.kind !== "unknown")
      .map(({ key, rx, tx, resets, path }) => ({ key, rx, tx, resets, path }))
      .sort(byKey),
    machine: { self, login, state, homeDerp: homeDerp?.id ?? null },
    health: health.map(({ code }) => code).sort(),
    mismatchedStats: lines.mismatchedStats,
    dropped: losses.find(({ kind }) => kind === "rate-limit")?.count ?? 0,
  };
}
