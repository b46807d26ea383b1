import { formatWithOptions } from "node:util";
import type { OperatorLog } from "../catcher/operator-log.ts";

/** What any part of the program says through the console becomes a line of `log` as well, so that stderr holds nothing else. */
export function consoleInto(log: OperatorLog): void {
  const text = (words: readonly unknown[]) => formatWithOptions({ colors: false }, ...words);
  console.warn = (...words: unknown[]) => log.warn(text(words));
  console.error = (...words: unknown[]) => log.error(text(words));
}
