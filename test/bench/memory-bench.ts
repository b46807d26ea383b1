// What `gristmill grind -` has in memory after ten million lines, which come from a generator through a pipe.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { withGoDate } from "../support/log-formats.ts";
import { MixedLog } from "../support/mixed-log.ts";
import type { Figure } from "./figure.ts";
import { residentBytes } from "./processes.ts";

const marks = [100_000, 1_000_000, 10_000_000];
const atOnce = 10_000;
const gristmill = fileURLToPath(new URL("../../bin/gristmill.mjs", import.meta.url));

export async function memoryBench(): Promise<readonly Figure[]> {
  const child = spawn(process.execPath, [gristmill, "grind", "-", "--json"], { stdio: ["pipe", "pipe", "inherit"] });
  const said = text(child.stdout);
  const log = new MixedLog({ seed: 7, peers: 30 });
  const resident: string[] = [];
  let written = 0;
  for (const mark of marks) {
    for (; written < mark; written += atOnce) {
      if (!child.stdin.write(log.text(atOnce, withGoDate))) await once(child.stdin, "drain");
    }
    const bytes = residentBytes(child.pid as number, "now");
    resident.push(bytes === undefined ? "NOT RUN: no /proc here" : (bytes / 1e6).toFixed(0));
  }
  child.stdin.end();
  const { lines } = JSON.parse(await said) as { lines: { total: number } };
  if (lines.total !== written) throw new Error(`${lines.total} of ${written} lines were ground`);
  return [{ what: "grind: RSS after 0.1 / 1 / 10 million lines from a pipe, MB", figure: resident.join(" / ") }];
}
