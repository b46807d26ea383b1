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
import { beginGrind, followSeq, type GrindState, processOf } from "./process.ts";
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
  if (newline === -1 || newline === text.length - 1) {
    const read = readLine(text, from);
    return read.length === 0 ? noChanges : settled(read, { state, process, entry, at });
  }
  const lines = text.slice(from).split("\n");
  return settled(
    lines.flatMap((line) => readLine(line, framingEnd(line))),
    { state, process, entry, at },
  );
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
  return changes;
}

function declaredLoss(value: unknown): readonly Change[] {
  const loss = lossSchema.safeParse(value);
  return loss.success ? [{ kind: "loss", loss: loss.data }] : noChanges;
}
