// A check looks at the facts from one side. Adding one: a file in checks/ and a row in checks/index.ts.
import type { Facts } from "./facts.ts";

export interface Check {
  readonly name: string;
  /** The only system that it says anything of; undefined = all. */
  readonly only?: NodeJS.Platform;
  readonly judge: (facts: Facts) => Judgement;
}

export interface Judgement {
  /** good: it works. attention: it works in part, or not, and should. off: it is not in use here, and need not be. */
  readonly state: "good" | "attention" | "off";
  readonly sentence: string;
  /** What the check says of a source; null where it is not about one. */
  readonly source: SourceJudgement | null;
  /** Any one of them helps; the first is the one to try first. */
  readonly remedies: readonly Remedy[];
}

export interface SourceJudgement {
  readonly exists: boolean;
  readonly readable: boolean;
  /** Whether the daemon that runs now writes to it. */
  readonly flowing: boolean;
  /** Whether byte counters can be in it. */
  readonly counters: boolean;
}

export interface Remedy {
  readonly does: string;
  /** To be run in order, as they stand. */
  readonly commands: readonly string[];
  readonly costs: string;
}
