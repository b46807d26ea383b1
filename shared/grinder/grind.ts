// The grinder: entry in, changes out. No clock, no disk, no network; all it remembers is in GrindState.
//
//   entry ── framing stripped ── rule by literal ── parse ── joined to its process ── changes
//
// Every entry of a log passes through here, so a line that no rule knows costs a few character tests and no allocation.
import { type Entry, lossSchema, type Position, parseEntry } from "../entry.ts";
import type { Change } from "./change.ts";
import { dispatchTree, selectRule } from "./dispatch.ts";
import { framingEnd, framingPid, TagSearch, withoutTags } from "./framing.ts";
import { type Place, settle } from "./join.ts";
import { closeTable, followTable, isRow, isTableOpen, mayHold } from "./netmap-table.ts";
import { beginGrind, followSeq, type GrindState, processOf, seqOf, versionOf, writerOf } from "./process.ts";
import type { Rule } from "./rule.ts";
import { rules } from "./rules/index.ts";
import { structured } from "./rules/structured.ts";
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
  const newline = text.indexOf("\n", from);
  const read = newline === -1 || newline === text.length - 1 ? readEntry(entry, text, from) : undefined;
  const seq = seqOf(entry);
  if (read?.length === 0 && seq === undefined && !isTableOpen(state)) return noChanges;
  const process = processOf(state, writerOf(entry, framingPid(text, from)));
  if (seq !== undefined) followSeq(process, seq);
  const place = { state, process, entry, at };
  if (read === undefined) return manyLines(text.slice(from).split("\n"), place);
  return read.length === 0 && process.table === undefined ? noChanges : settled(read, place);
}

/**
 * One call that wrote several lines. Behind the first one stand tables of the network map, or the stats of a keys line: whatever else is there are
 * somebody's words that the call quotes, as of the command of an SSH session.
 */
function manyLines(lines: readonly string[], place: Place): readonly Change[] {
  const { process } = place;
  const changes: Change[] = [];
  let before = noChanges;
  lines.forEach((line, index) => {
    const read = readLine(line, framingEnd(line));
    const isOurs = mayHold(index, lines) || isRow(read, process) || isPair(before, read);
    before = isOurs ? read : noChanges;
    for (const change of before) settle(change, place, changes);
    followTable(process, changes);
  });
  closeTable(process, changes);
  return changes;
}

function isPair(before: readonly Change[], read: readonly Change[]): boolean {
  return before[0]?.kind === "peer-keys" && read[0]?.kind === "peer-counters";
}

/** A line that nothing was read in. */
export interface UnreadLine {
  /** Without framing and tags. */
  readonly line: string;
  /** The rule whose literal it begins with; undefined where no rule knows it. */
  readonly rule: Rule | undefined;
}

/** The lines of an entry that no rule knows, or that only begin like one of ours. */
export function unreadLines(entry: Entry): readonly UnreadLine[] {
  if (typeof entry.text !== "string") return [];
  const lines = withoutTags(entry.text).split("\n");
  return lines.flatMap((line) => {
    const from = framingEnd(line);
    if (from === line.length || readLine(line, from).length > 0) return [];
    return [{ line: line.slice(from), rule: selectRule(tree, line, from) }];
  });
}

/** Whoever takes what a log tells, entry by entry. */
export interface Taker {
  /** The entry that stands at `at` told these changes. There may be none. */
  take(changes: readonly Change[], entry: Entry, at: Position): void;
  /** So many entries told nothing, wherever among the others they stand. */
  untold(count: number): void;
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

  /** The version of the tailscaled that wrote `entry`, as far as what was ground says it; null = it does not. */
  versionOf(entry: Entry): string | null {
    const text = typeof entry.text === "string" ? entry.text : "";
    return versionOf(this.#state, writerOf(entry, framingPid(text, framingEnd(text))));
  }

  /** See grind(). */
  grind(entry: Entry, at: Position): readonly Change[] {
    return grind(this.#state, entry, at);
  }

  /**
   * Grinds stored lines, of which the first stands at `first`. Each is parsed, also those that no rule knows: telling them apart by hand, as exactly
   * as JSON has it, takes longer than JSON.parse does.
   * @param text whole lines; the last may have its newline or not.
   * @returns where the next line stands.
   */
  grindStored(text: string, first: Position, taker: Taker): Position {
    return this.#grindLines(text, { first, taker }, (start, end) => parseEntry(text.slice(start, end)));
  }

  /** The same for the lines of a text log: of these, one that no rule knows is never a string of its own. */
  grindText(text: string, first: Position, taker: Taker): Position {
    const tags = new TagSearch(text);
    return this.#grindLines(text, { first, taker }, (start, end, isOpen) =>
      isOpen || tags.isIn(start, end) || isKnown(text, start)
        ? { logtail: noLogtail, text: text.slice(start, end) }
        : undefined,
    );
  }

  /** @param entryOf the entry of the line from `start` to `end`, undefined where it tells nothing; `isOpen` = any line may: it ends a table. */
  #grindLines(
    text: string,
    { first, taker }: { readonly first: Position; readonly taker: Taker },
    entryOf: (start: number, end: number, isOpen: boolean) => Entry | undefined,
  ): Position {
    let [at, untold, isOpen] = [first, 0, isTableOpen(this.#state)];
    for (let start = 0, end = 0; start < text.length; start = end + 1, at++) {
      end = text.indexOf("\n", start);
      if (end === -1) end = text.length;
      const entry = entryOf(start, end, isOpen);
      if (entry === undefined) untold++;
      else {
        taker.take(grind(this.#state, entry, at), entry, at);
        isOpen = isTableOpen(this.#state);
      }
    }
    taker.untold(untold);
    return at;
  }
}

const noLogtail = {};

/** Whether a rule may know the line that begins at `from` in `text`. */
function isKnown(text: string, from: number): boolean {
  return selectRule(tree, text, framingEnd(text, from)) !== undefined;
}

/** Entries of JSON objects have no text. */
function readEntry(entry: Entry, text: string, from: number): readonly Change[] {
  return entry.text === undefined ? structured(entry) : readLine(text, from);
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
  return loss.success ? [{ kind: "loss", loss: loss.data, isDeclared: true }] : noChanges;
}
