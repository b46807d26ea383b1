// A rule knows one spelling of one kind of line. Adding one: a file in rules/ and a row in rules/index.ts.
import type { Change } from "./change.ts";

export interface Rule {
  readonly name: string;
  /**
   * The text that selects this rule: what a line starts with once its framing is stripped. Selection is by literal only, so that somebody
   * else's words in the middle of a line can never pose as one of ours; of two literals that both start a line, the longer one wins.
   */
  readonly literal: string;
  /** Lines that this rule, and no other, takes: every spelling that it knows, with and without framing. */
  readonly samples: readonly string[];
  /**
   * Reads what follows the literal. No changes = the line only looked like one of ours.
   * Never throws, takes time linear in the line, and gives the same answer for the same text.
   */
  readonly parse: (rest: string) => readonly Change[];
}
