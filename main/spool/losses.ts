// Which losses the spool has to declare, given what is missing from it and what it said before. Pure.
import { countOf, type OrdinalRange, without } from "../../log/ordinal-ranges.ts";
import type { Quarantined } from "../../log/quarantine.ts";
import { type SpoolPosition, withGone } from "../../log/spool-position.ts";
import type { Loss } from "../../shared/entry.ts";

export interface Declaration {
  readonly loss: Loss;
  /** Where the built-in source "spool" stands with it. */
  readonly position: SpoolPosition;
}

/**
 * Every entry that is missing and not accounted for, in as many losses as there are reasons.
 * @param missing entries that the log does not hold.
 * @param quarantined items of the quarantine, oldest first. Torn ones were never committed, so nothing is lost with them.
 */
export function undeclared(
  position: SpoolPosition,
  missing: readonly OrdinalRange[],
  quarantined: readonly Quarantined[],
): readonly Declaration[] {
  const declarations: Declaration[] = [];
  let said = position;
  const declare = (loss: Loss, next: SpoolPosition) => {
    said = next;
    declarations.push({ loss, position: said });
  };
  for (const { number, reason, file, range } of quarantined) {
    if (number <= position.quarantined || reason === "torn") continue;
    const why = `damaged bytes of the spool were set aside in ${file}`;
    const left = without(missing, said.gone);
    const here = range === undefined ? [] : without(left, without(left, [range]));
    const count = range === undefined ? null : countOf(here);
    const next = withGone({ ...said, quarantined: number }, here);
    if (count === 0)
      said = next; // Bytes that were between two frames, or whose entries are accounted for already.
    else declare({ kind: "quarantine", count, why }, next);
  }
  for (const range of without(missing, said.gone)) {
    const last = range.to - 1;
    const entries = last === range.from ? `entry ${last} is` : `entries ${range.from} to ${last} are`;
    const why = `${entries} gone from the spool: the files that held them were deleted or cut`;
    declare({ kind: "spool-gap", count: countOf([range]), why }, withGone(said, [range]));
  }
  return declarations;
}
