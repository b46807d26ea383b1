// A check looks at the facts from one side. Adding one: a file in checks/ and a row in checks/index.ts.
import type { Finding, Remedy } from "../../shared/rpc/shapes.ts";
import type { Facts } from "./facts.ts";

export type { Remedy, SourceJudgement } from "../../shared/rpc/shapes.ts";

export interface Check {
  readonly name: string;
  /** The only system that it says anything of; undefined = all. */
  readonly only?: NodeJS.Platform;
  readonly judge: (facts: Facts) => Judgement;
}

export interface Judgement extends Readonly<Omit<Finding, "name">> {
  /** Any one of them helps; the first is the one to try first. */
  readonly remedies: readonly Remedy[];
}
