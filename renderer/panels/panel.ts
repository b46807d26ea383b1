// A panel is a feature file and a row in index.ts.
import type { ComponentType } from "react";

export interface Panel {
  /** Lower case; names its place in tests and in messages. */
  readonly name: string;
  readonly title: string;
  /** Where it stands: a place of its own, or, for "side", beside the log together with the others there. */
  readonly area: "strip" | "graph" | "peers" | "log" | "side";
  readonly Component: ComponentType;
}
