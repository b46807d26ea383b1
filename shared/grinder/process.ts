// Which process instance wrote an entry, and what the grinder must remember of each: reference 1.10, points 4, 5 and 15.
import type { Entry } from "../entry.ts";
import type { Evidence } from "../graph/model.ts";
import type { PeerCounters } from "./change.ts";

/**
 * One tailscaled process as far as the log tells it from others, as one source shows it: two sources that read the same daemon are each in order,
 * but not together. Grown in place: it is looked up once per entry.
 */
export interface ProcessState {
  /** `src` of its entries. */
  readonly source: string | undefined;
  readonly procId: number | undefined;
  readonly pid: number | undefined;
  readonly boot: string | undefined;
  /** Counts process instances of this log from 1; changes with every start. */
  number: number;
  /** `proc_seq` of the latest entry, 0 where there is none. */
  seq: number;
  /** Highest `proc_seq` whose stats line was joined: an entry that a client sent twice must not count twice. */
  joinedSeq: number;
  /** `proc_seq` and time label of the banner, to know it when it is sent twice. */
  banner: { readonly seq: number; readonly label: string | undefined } | undefined;
  /** Nothing but its own start has been heard of it yet. */
  fresh: boolean;
  version: string | null;
  /** Whom the next stats line speaks of; undefined while no line has said so, or after a gap. */
  keys: Keys | undefined;
  /** The table of a network map that may go on in the next line: see netmap-table.ts. */
  table: NetmapTable | undefined;
}

export interface NetmapTable {
  readonly isDiff: boolean;
  /** The latest line is part of it. */
  goesOn: boolean;
  /** Its latest row took this peer away, unless the next one brings it back. */
  removed: { readonly peer: string; readonly evidence: Evidence } | undefined;
}

export interface Keys {
  readonly names: readonly string[];
  /** One short key stands more than once. */
  readonly hasTwins: boolean;
  readonly evidence: Evidence;
  /** What the latest stats line that was joined to it said. */
  joined: PeerCounters["counters"] | undefined;
}

/**
 * How many process instances are remembered at once; the one heard of least recently is forgotten first. A process without numbered entries is
 * heard of by lines that tell something: nothing that it must be known for follows from others.
 */
export const keptProcesses = 16;

export interface GrindState {
  /** The one heard of last comes first. */
  readonly processes: ProcessState[];
  /** How many process instances have had a number. */
  numbered: number;
}

/** The state of a log of which nothing has been read. */
export function beginGrind(): GrindState {
  return { processes: [], numbered: 0 };
}

/** JSON may say `1e999`; what is remembered has to be JSON again. */
const numberOf = (value: unknown): number | undefined => (Number.isFinite(value) ? (value as number) : undefined);

/** What tells one process from another: who shows it, and the client's own number, or else what its keeper knows of it. */
export type Writer = Pick<ProcessState, "source" | "procId" | "pid" | "boot">;

/** Who wrote `entry`; `pid` is what the line's own framing says, for entries without one. */
export function writerOf(entry: Entry, pid: number | undefined): Writer {
  const procId = numberOf(entry.logtail.proc_id);
  const source = typeof entry.src === "string" ? entry.src : undefined;
  if (procId !== undefined) return { source, procId, pid: undefined, boot: undefined };
  const boot = typeof entry.boot === "string" ? entry.boot : undefined;
  return { source, procId, pid: numberOf(entry.pid) ?? pid, boot };
}

/** The version that `writer` has said it is; null while it has not. */
export function versionOf({ processes }: GrindState, { source, procId, pid, boot }: Writer): string | null {
  const found = processes.find(
    (process) => process.procId === procId && process.pid === pid && process.boot === boot && process.source === source,
  );
  return found?.version ?? null;
}

/** The process that `writer` is. */
export function processOf(state: GrindState, writer: Writer): ProcessState {
  const { processes } = state;
  for (let index = 0; index < processes.length; index++) {
    const process = processes[index] as ProcessState;
    if (process.procId !== writer.procId || process.pid !== writer.pid || process.boot !== writer.boot) continue;
    if (process.source !== writer.source) continue;
    if (index > 0) {
      processes.splice(index, 1);
      processes.unshift(process);
    }
    return process;
  }
  const process = unheardOf(writer, ++state.numbered);
  processes.unshift(process);
  if (processes.length > keptProcesses) processes.pop();
  return process;
}

function unheardOf(writer: Writer, number: number): ProcessState {
  return {
    ...writer,
    number,
    seq: 0,
    joinedSeq: 0,
    banner: undefined,
    fresh: false,
    version: null,
    keys: undefined,
    table: undefined,
  };
}

/** The entry's place among those of its process, undefined where its writer keeps none. */
export function seqOf(entry: Entry): number | undefined {
  return numberOf(entry.logtail.proc_seq);
}

/** Takes note of an entry's place in its process. A gap may hide a keys line, so the one before it no longer counts. */
export function followSeq(process: ProcessState, seq: number): void {
  if (seq !== process.seq + 1) process.keys = undefined;
  process.seq = seq;
}
