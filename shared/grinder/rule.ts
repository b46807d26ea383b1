// A rule knows one kind of line. Adding one: a file in rules/ and a row in rules/index.ts.
import type { Change } from "./change.ts";

export interface Rule {
  readonly name: string;
  /**
   * The literal text that selects this rule: the line (after the framing is stripped) starts with it, or, where `within` is set, contains it.
   * Selection is by literal only; of two rules whose literals both start a line, the longer one wins.
   */
  readonly literal: string;
  readonly within?: true;
  /** Lines that this rule, and no other, takes. With and without framing, in every spelling that it knows. */
  readonly samples: readonly string[];
  /**
   * Reads the line: `rest` is what follows the literal, `before` what stands in front of it (empty unless `within`).
   * No changes = the line only looked like one of ours. Never throws, and takes time linear in the line.
   */
  readonly parse: (rest: string, before: string) => readonly Change[];
}
