// A source turns somebody else's log into entries. Adding one: a file here and a row in index.ts.
import type { SourceStatus } from "../../shared/rpc/shapes.ts";
import type { LocalApi } from "../local-api/local-api.ts";

/** One entry on its way into the spool: the stored line (JSON, no newline) and where the source stands after it. */
export interface SourceEntry {
  readonly line: string;
  /** Opaque to everyone but the source. It is committed in the same frame as the entry and handed back after a restart. */
  readonly position: string;
  /**
   * Called once this entry and all before it are durable, for a source that owes its sender an answer.
   * Not called when Gristmill stops before that is certain.
   */
  readonly committed?: () => void;
}

/** Tells the user how the source is. "waiting" says in a sentence what is wrong, and what to do. */
export type ReportSource = (state: SourceStatus["state"], sentence: string | null) => void;

export interface Source {
  /** The key of its position in a frame's cursors, and its name in the window: "journald", "demo". */
  readonly name: string;
  /** Of the daemon that writes this log, where the source knows it: nobody else is asked who the keys in the log are. */
  readonly localApi?: LocalApi;
  /**
   * Yields entries in order, each exactly once, from just after `position` (from the beginning of what exists when there is none).
   * Goes on until `signal` aborts or the log can grow no more; it recovers by itself from what can heal, and reports it.
   * The consumer pulls: a batch that is not asked for is not read.
   */
  entries(
    position: string | undefined,
    signal: AbortSignal,
    report: ReportSource,
  ): AsyncIterable<readonly SourceEntry[]>;
}
