// What a log holds that the grinder does not understand: a new shape of line under a new version is a format that tailscale changed.
import type { Evidence } from "../graph/model.ts";
import type { UnreadLine } from "./grind.ts";
import { shapeOf } from "./shape.ts";

/** One shape of line, as processes of one version wrote it. */
export interface DriftRow {
  /** The rule whose literal the line begins with though the rest did not parse, the strongest sign of a change; null = no rule knows the line. */
  readonly rule: string | null;
  readonly version: string | null;
  readonly shape: string;
  count: number;
  readonly first: Evidence;
  last: Evidence;
}

export interface DriftReport {
  /** Lines that begin like one of ours come first, then the most frequent. */
  readonly rows: readonly DriftRow[];
  /** Lines of shapes that there was no room for. */
  readonly others: number;
}

/** How many shapes are told apart: what is beyond them is counted. */
export const keptShapes = 2_000;

/** A literal that is one word, such as `magicsock: ` or the `v` of a version, is how many other lines begin too. */
const telling = /\w[^\w:]/;

export class Drift {
  readonly #rows = new Map<string, DriftRow>();
  #others = 0;

  add(unread: UnreadLine, version: string | null, evidence: Evidence): void {
    const rule = unread.rule !== undefined && telling.test(unread.rule.literal.trimEnd()) ? unread.rule.name : null;
    const shape = shapeOf(unread.line);
    const key = JSON.stringify([rule, version, shape]);
    const row = this.#rows.get(key);
    if (row !== undefined) {
      row.count++;
      row.last = evidence;
    } else if (this.#rows.size >= keptShapes) this.#others++;
    else this.#rows.set(key, { rule, version, shape, count: 1, first: evidence, last: evidence });
  }

  report(): DriftReport {
    const rows = Array.from(this.#rows.values(), (row) => ({ ...row }));
    const rank = (row: DriftRow) => (row.rule === null ? 1 : 0);
    rows.sort((one, other) => rank(one) - rank(other) || other.count - one.count || one.first.at - other.first.at);
    return { rows, others: this.#others };
  }
}
