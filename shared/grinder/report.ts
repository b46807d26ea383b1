// What `gristmill grind --json` prints: the final graph of a log. Stable; scripts rely on it (design section 7).
import type { Loss } from "../entry.ts";
import type { Evidence, GraphView, LineCounts, Netcheck, Netmap, Path, Tallies, Tunnel } from "../graph/model.ts";
import { type MachineReport, machineReport } from "./machine-report.ts";
import { type PathReport, pathReport } from "./path-report.ts";

export interface PeerReport extends PathReport {
  readonly key: string;
  /** Bytes carried since the log began; null where no stats line spoke of the peer, which is not zero. */
  readonly rx: number | null;
  readonly tx: number | null;
  readonly path: Path;
  /** What the network map said of it. */
  readonly netmap: Netmap | null;
  readonly resets: number;
  readonly firstSeen: string | null;
  readonly lastSeen: string | null;
  /** More than one peer goes by this short key. */
  readonly ambiguous?: true;
}

export interface GrindReport {
  readonly machine: {
    readonly self: string | null;
    readonly login: string | null;
    readonly state: string | null;
    readonly homeDerp: { readonly id: number; readonly code: string | null } | null;
    readonly version: string | null;
    readonly logId: string | null;
  } & MachineReport;
  /** Sorted by key. */
  readonly peers: readonly PeerReport[];
  readonly netcheck: Netcheck | null;
  /** Warnings that were on when the log ended. */
  readonly health: readonly { readonly code: string; readonly text: string }[];
  /** The latest ones, oldest first; `at` is the time, `position` the entry. */
  readonly events: readonly {
    readonly at: string | null;
    readonly kind: string;
    readonly peer: string | null;
    readonly sentence: string;
    readonly position: number;
  }[];
  /** One for each kind; a null count = lines are missing and nobody knows how many. */
  readonly losses: readonly { readonly kind: Loss["kind"]; readonly count: number | null }[];
  /** `others` = entries that say another program wrote them, and were left out; missing where there were none. They are in no other figure. */
  readonly lines: LineCounts & { readonly others?: number };
  /** Lines that are counted and tell nothing else. */
  readonly tallies: Tallies;
}

/** The report of a graph. Times are ISO 8601 in UTC, or null where the log has none. @param others how many entries of other programs were left out. */
export function reportOf(view: GraphView, others = 0): GrindReport {
  const { self, login, state, homeDerp, version, logId, netcheck, health } = view.machine;
  return {
    machine: {
      self: self?.value ?? null,
      login: login?.value ?? null,
      state: state?.value ?? null,
      homeDerp: homeDerp?.value ?? null,
      version: version?.value ?? null,
      logId: logId?.value ?? null,
      ...machineReport(view.machine),
    },
    peers: peersOf(view),
    netcheck: netcheck?.value ?? null,
    health: health.map(({ code, text }) => ({ code, text })),
    events: view.events.map(({ kind, peer, sentence, evidence }) => ({
      at: isoTime(evidence),
      kind,
      peer,
      sentence,
      position: evidence.at,
    })),
    losses: lossesOf(view),
    lines: others > 0 ? { ...view.lines, others } : view.lines,
    tallies: view.tallies,
  };
}

function peersOf(view: GraphView): PeerReport[] {
  return view.tunnels.map((tunnel) => peerOf(tunnel, view)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

function peerOf(tunnel: Tunnel, view: GraphView): PeerReport {
  const { peer, near, netmap, ambiguous } = tunnel;
  return {
    key: peer,
    rx: near.counters?.rx ?? null,
    tx: near.counters?.tx ?? null,
    path: near.path,
    netmap: netmap?.value ?? null,
    ...pathReport(tunnel, view),
    resets: near.counters?.resets ?? 0,
    firstSeen: isoTime(near.firstSeen),
    lastSeen: isoTime(near.lastSeen),
    ...(ambiguous ? { ambiguous } : {}),
  };
}

function lossesOf(view: GraphView): GrindReport["losses"] {
  const counts = new Map<Loss["kind"], number | null>();
  for (const { loss } of view.losses) {
    const before = counts.get(loss.kind) ?? null;
    counts.set(loss.kind, before === null ? loss.count : before + (loss.count ?? 0));
  }
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

function isoTime({ time }: Evidence): string | null {
  return time === null ? null : new Date(time).toISOString();
}
