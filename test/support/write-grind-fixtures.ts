// Writes the logs of test/fixtures/grind anew: node test/support/write-grind-fixtures.ts. What the grinder makes of them is reviewed there as JSON.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { asLogtail, asWindowsFile, bare, type WriteCall, withGoDate, withMemory } from "./log-formats.ts";
import { type Release, releases, simulateLog } from "./simulated-log.ts";

export const fixtures: readonly {
  readonly file: string;
  readonly release: Release;
  readonly write: WriteCall;
  readonly seed: number;
}[] = [
  { file: "v1.0.5.log", release: releases["1.0.5"], write: withMemory, seed: 105 },
  { file: "v1.90.log", release: releases["1.90"], write: bare, seed: 190 },
  { file: "v1.90-windows.log", release: releases["1.90"], write: asWindowsFile, seed: 1901 },
  { file: "v1.102.log", release: releases["1.102"], write: withGoDate, seed: 1102 },
  { file: "v1.102.json.log", release: releases["1.102"], write: asLogtail, seed: 11021 },
];
export const fixtureTicks = 500;
export const fixtureFolder = path.join(import.meta.dirname, "../fixtures/grind");

if (import.meta.main) {
  mkdirSync(fixtureFolder, { recursive: true });
  for (const { file, release, write, seed } of fixtures) {
    const { calls } = simulateLog(release, { seed, ticks: fixtureTicks });
    // Windows ends its lines with a carriage return as well.
    const newline = write === asWindowsFile ? "\r\n" : "\n";
    writeFileSync(path.join(fixtureFolder, file), calls.map((call) => write(call) + newline).join(""));
  }
}
