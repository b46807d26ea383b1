// The grinder: entry in, changes out. No clock, no disk, no network; all it remembers is in GrindState.
//
//   entry ── framing stripped ── rule by literal ── parse ── joined to its process ── changes
//
// Every entry of a log passes through here, so a line that no rule knows costs a few character tests and no allocation.
import { type Entry, lossSchema, type Position } from "../entry.ts";
import type { Change } from "./change.ts";
import { dispatchTree, selectRule } from "./dispatch.ts";
import { framingEnd, framingPid, withoutTags } from "./framing.ts";
import { type Place, settle } from "./join.ts";
import { closeTable, followTable, mayHold } from "./netmap-table.ts";
import { beginGrind, followSeq, type GrindState, processOf, seqOf } from "./process.ts";
import { rules } from "./rules/index.ts";
import { restoredGrindState, type SavedGrindState, savedGrindState } from "./state.ts";

const tree = dispatchTree(rules);
const noChanges: readonly Change[] = [];

/**
 * What `entry`, which stands at `at`, tells; empty where no rule knows any of its lines. `state` takes note of the entry: entries must come
 * in the order of the log, each once. Never throws, and takes time linear in the entry.
 */
export function grind(state: GrindState, entry: Entry, at: Position): readonly Change[] {
  if (entry.loss !== undefined) return declaredLoss(entry.loss);
  const text = typeof entry.text === "string" ? withoutTags(entry.text) : "";
  const from = framingEnd(text);
  const process = processOf(state, entry, framingPid(text, from));
  followSeq(process, entry);
  const newline = text.indexOf("\n", from);
  if (newline !== -1 && newline !== text.length - 1) {
    return manyLines(text.slice(from).split("\n"), { state, process, entry, at });
  }
  const read = readLine(text, from);
  return read.length === 0 && process.table === undefined ? noChanges : settled(read, { state, process, entry, at });
}

/** One call that wrote several lines: each is read as if it stood alone, but for tables, which end where the call ends. */
function manyLines(lines: readonly string[], place: Place): readonly Change[] {
  const { process } = place;
  const changes: Change[] = [];
  lines.forEach((line, index) => {
    for (const change of readLine(line, framingEnd(line)))
      if (change.kind !== "netmap-header" || mayHold(index, lines)) settle(change, place, changes);
    followTable(process, changes);
  });
  closeTable(process, changes);
  return changes;
}

/** Grinds one log from its first entry on, or from where another left it; owns what must be remembered between entries. */
export class Grinder {
  readonly #state: GrindState;

  constructor(saved?: SavedGrindState) {
    this.#state = saved === undefined ? beginGrind() : restoredGrindState(saved);
  }

  /** A copy of what it remembers: a grinder made of it goes on exactly as this one. */
  state(): SavedGrindState {
    return savedGrindState(this.#state);
  }

  /** See grind(). */
  grind(entry: Entry, at: Position): readonly Change[] {
    return grind(this.#state, entry, at);
  }
}

/** What the rule of the line's text, which begins at `from`, reads in it. */
function readLine(line: string, from: number): readonly Change[] {
  const rule = selectRule(tree, line, from);
  if (rule === undefined) return noChanges;
  return rule.parse(line.slice(from + rule.literal.length, line.endsWith("\n") ? -1 : undefined));
}

function settled(read: readonly Change[], place: Place): readonly Change[] {
  const changes: Change[] = [];
  for (const change of read) settle(change, place, changes);
  // An entry with a number of its own is a whole call: what a table has left to say is in it.
  if (seqOf(place.entry) === undefined) followTable(place.process, changes);
  else closeTable(place.process, changes);
  return changes;
}

function declaredLoss(value: unknown): readonly Change[] {
  const loss = lossSchema.safeParse(value);
  return loss.success ? [{ kind: "loss", loss: loss.data }] : noChanges;
}
