// Joins what the rules read to the process that wrote it: stats lines to their keys line, exactly as reference 1.10 says.
import type { Entry, Position } from "../entry.ts";
import { type Change, noCounter, type PeerCounters } from "./change.ts";
import { evidenceOf } from "./evidence.ts";
import { openTable, settleRow } from "./netmap-table.ts";
import { type GrindState, type Keys, type ProcessState, seqOf } from "./process.ts";
import { inTwinOrder } from "./twins.ts";

/** Where a change was read: the process, and its entry. */
export interface Place {
  readonly state: GrindState;
  readonly process: ProcessState;
  readonly entry: Entry;
  readonly at: Position;
}

/** Appends to `settled` what `change` means in its process. */
export function settle(change: Change, place: Place, settled: Change[]): void {
  const { process } = place;
  switch (change.kind) {
    case "peer-keys":
      process.keys = {
        names: change.keys,
        hasTwins: change.ambiguous.length > 0,
        evidence: evidenceOf(place.entry, place.at),
        joined: undefined,
      };
      process.fresh = false;
      settled.push({ ...change, process: process.number });
      return;
    case "peer-counters":
      joinCounters(change, place, settled);
      return;
    case "process-start":
      if (!begin(change, place)) return;
      break;
    case "netmap-header":
      openTable(process, change);
      return;
    case "netmap-line":
      settleRow(change, place, settled);
      return;
    default:
      break;
  }
  process.fresh = change.kind === "process-start" || (process.fresh && change.kind === "log-id");
  settled.push(change);
}

function joinCounters(
  { version, counters: printed }: PeerCounters,
  { process, entry }: Place,
  settled: Change[],
): void {
  const seq = seqOf(entry);
  process.fresh = false;
  if (seq !== undefined && seq <= process.joinedSeq) return;
  if (version !== null && version !== process.version) {
    process.version = version;
    settled.push({ kind: "version", version });
  }
  const keys = process.keys;
  const isFitting = keys !== undefined && keys.names.length * 2 === printed.length;
  const counters =
    isFitting && keys.hasTwins && hasRandomOrder(process.version) ? inTwinOrder(keys.names, printed) : printed;
  if (!isFitting || isInDoubt(keys, counters, process, seq)) {
    settled.push({ kind: "mismatched-stats" });
    return;
  }
  keys.joined = counters;
  if (seq !== undefined) process.joinedSeq = seq;
  if (counters.every((counter) => counter === noCounter)) return;
  settled.push({
    kind: "samples",
    peers: keys.names,
    counters,
    keys: keys.evidence,
    process: process.number,
    source: process.source,
  });
}

/**
 * Whether the keys line of this stats line was lost, by all appearances. From 1.102 on the order changes from line to line, so where a keys line
 * goes with one more stats line, in which some counter is lower than before, that is another order, if the same counters in another order explain
 * the line, or else a counter that began again. Where entries are numbered, a gap has told already (reference 1.10, point 4).
 */
function isInDoubt({ joined }: Keys, counters: Counters, { version }: ProcessState, seq: number | undefined): boolean {
  if (joined === undefined || seq !== undefined || counters.length <= 2 || !hasRandomOrder(version)) return false;
  const isLower = (count: number, place: number) => count < (joined[place] as number);
  return counters.some(isLower) && mayHaveGrown(joined, counters, 0) && mayHaveGrown(joined, counters, 1);
}

type Counters = PeerCounters["counters"];

/** Whether the later counts at every other place from `from` on can be the earlier ones in some order, each as large as it was or larger. */
function mayHaveGrown(earlier: Counters, later: Counters, from: 0 | 1): boolean {
  const sorted = (counters: Counters) => Float64Array.from(counters.filter((_, place) => place % 2 === from)).sort();
  const [before, after] = [sorted(earlier), sorted(later)];
  return before.every((count, index) => count <= (after[index] as number));
}

const firstRandomOrder = 102;
const minorVersion = /^1\.(\d{1,4})\./;

function hasRandomOrder(version: string | null): boolean {
  const minor = version === null ? undefined : minorVersion.exec(version)?.[1];
  return minor !== undefined && Number(minor) >= firstRandomOrder;
}

/**
 * Forgets what no longer holds once a process has started. False where the start is one that was told already: the same banner sent twice,
 * or the Windows child's `subproc mode` right behind its banner.
 */
function begin(start: Change & { kind: "process-start" }, { state, process, entry }: Place): boolean {
  const [seq, label] = [seqOf(entry), entry.logtail.client_time];
  if (process.banner !== undefined && process.banner.seq === seq && process.banner.label === label) return false;
  process.keys = undefined;
  if (start.cleanup) return true;
  if (start.version === null && process.fresh) return false;
  process.banner = seq === undefined ? undefined : { seq, label };
  process.number = ++state.numbered;
  process.joinedSeq = 0;
  process.version = start.version;
  return true;
}
