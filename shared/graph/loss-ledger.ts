// Losses by kind and reason, so that every lost line stays counted in bounded memory.
import type { Loss } from "../entry.ts";
import { shortened } from "../grinder/tokens.ts";
import { type Evidence, type GraphView, keptLosses } from "./model.ts";

type LossRow = GraphView["losses"][number];

const [longestWhy, longestPlace] = [500, 100];
const otherReasons = "other reasons";

/** The loss without more text than an honest one has. */
export function boundedLoss({ kind, count, from, to, why }: Loss): Loss {
  return {
    kind,
    count,
    ...(from === undefined ? {} : { from: shortened(from, longestPlace) }),
    ...(to === undefined ? {} : { to: shortened(to, longestPlace) }),
    why: shortened(why, longestWhy),
  };
}

/** What tells rows apart: also how a difference finds the row that it replaces. */
export function lossRowKey({ loss }: Pick<LossRow, "loss">): string {
  return `${loss.kind} ${loss.why}`;
}

export class LossLedger {
  readonly #rows = new Map<string, LossRow>();
  readonly #dirty = new Set<string>();

  static from(rows: readonly LossRow[]): LossLedger {
    const ledger = new LossLedger();
    for (const row of rows) ledger.#rows.set(lossRowKey(row), row);
    return ledger;
  }

  /** @param loss bounded, see boundedLoss. */
  add(loss: Loss, evidence: Evidence): void {
    const fresh = { loss, evidence };
    const isKnown = this.#rows.has(lossRowKey(fresh));
    const row = isKnown || this.#rows.size < keptLosses ? fresh : { ...fresh, loss: { ...loss, why: otherReasons } };
    const key = lossRowKey(row);
    this.#rows.set(key, combined(this.#rows.get(key), row));
    this.#dirty.add(key);
  }

  /** Whether lines were lost before for this reason. */
  has(loss: Loss): boolean {
    return this.#rows.has(lossRowKey({ loss }));
  }

  rows(): LossRow[] {
    return [...this.#rows.values()];
  }

  /** The rows that changed since they were last taken, whole. */
  takeChanged(): LossRow[] {
    const changed = [...this.#dirty].map((key) => this.#rows.get(key)).filter((row) => row !== undefined);
    this.#dirty.clear();
    return changed;
  }
}

/** Null counts say nothing: the sum is of those that are known. */
function combined(before: LossRow | undefined, row: LossRow): LossRow {
  if (before === undefined) return row;
  const [known, more] = [before.loss.count, row.loss.count];
  const count = known === null ? more : known + (more ?? 0);
  const from = before.loss.from ?? row.loss.from;
  return { loss: { ...row.loss, count, ...(from === undefined ? {} : { from }) }, evidence: row.evidence };
}
