// Setting one fact of a machine.
import type { Evidence } from "../fact.ts";
import type { Machine } from "../machine-model.ts";

type FactName = { [Name in keyof Machine]: null extends Machine[Name] ? Name : never }[keyof Machine];
type ValueOf<Name extends FactName> = NonNullable<Machine[Name]>["value"];

/** Whether two plain JSON values are the same, in whatever order their members stand. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [mine, theirs] = [Object.entries(a), new Map(Object.entries(b))];
  return mine.length === theirs.size && mine.every(([name, value]) => isSame(value, theirs.get(name)));
}

/** The machine with this value: the same object where it had it before, so that a fact keeps the line that told it first. */
export function withFact<Name extends FactName>(
  machine: Machine,
  name: Name,
  { value, evidence }: { readonly value: ValueOf<Name>; readonly evidence: Evidence },
): Machine {
  return isSame(machine[name]?.value, value) ? machine : { ...machine, [name]: { value, evidence } };
}
