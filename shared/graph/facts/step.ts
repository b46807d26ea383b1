// How one change makes the next machine. A family of facts is a file here and a row in machine.ts.
import type { MachineChangeOf, MachineKind } from "../../grinder/machine-change.ts";
import type { Evidence } from "../fact.ts";
import type { Machine } from "../machine-model.ts";
import type { GraphEvent } from "../model.ts";

export type Said = Pick<GraphEvent, "kind" | "sentence">;

export interface MachineStep {
  /** The same object where the change tells nothing new. */
  readonly machine: Machine;
  /** What to tell a person, where this is worth telling. */
  readonly said?: Said;
}

/** Pure: a fact keeps the evidence of the line that made it what it is, so repeating it changes nothing. */
export type Step<Kind extends MachineKind> = (
  machine: Machine,
  change: MachineChangeOf<Kind>,
  evidence: Evidence,
) => MachineStep;

export type Steps = { readonly [Kind in MachineKind]: Step<Kind> };
