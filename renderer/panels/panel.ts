// A panel is a feature file and a row in index.ts.
import type { ComponentType } from "react";

export interface Panel {
  /** Lower case; names its place in tests and in messages. */
  readonly name: string;
  readonly title: string;
  /**
   * Where it stands: a place of its own; for "side", beside the log together with the others there; for "over", above all others, once its
   * button in the header, or a notice that leads to it, was pressed.
   */
  readonly area: "strip" | "graph" | "peers" | "log" | "side" | "over";
  /** What is on its button, where it has one. */
  readonly Icon?: ComponentType<{ readonly size: number }>;
  readonly Component: ComponentType;
}
