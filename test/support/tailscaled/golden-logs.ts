// The logs of test/fixtures/grind: one for each release that printed something in another way, each kept in another way. They follow from their
// seeds; `node test/support/tailscaled/golden-logs.ts FOLDER` writes them out, to be read.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { seededRandom } from "../../../main/sources/demo/random.ts";
import type { LogCall } from "./call.ts";
import { type Era, type EraName, eras } from "./eras.ts";
import { FaultyPath } from "./faults.ts";
import { type Framing, framings } from "./framings.ts";
import { logOf, type MachineOptions } from "./machine.ts";
import { foreignLines } from "./traps.ts";

interface Golden {
  readonly era: EraName;
  readonly framing: string;
  readonly seed: number;
  readonly platform?: "windows";
  /** Lines that are not tailscaled's stand between its own. */
  readonly hasForeignLines?: boolean;
  /** How many of a thousand calls are lost. */
  readonly lost?: number;
}

const goldens: readonly Golden[] = [
  { era: "2020", framing: "a terminal", seed: 20, hasForeignLines: true },
  { era: "1.4", framing: "a syslog file", seed: 14 },
  { era: "1.22", framing: "stderr", seed: 122, hasForeignLines: true },
  { era: "1.38", framing: "journalctl -o export", seed: 138 },
  { era: "1.52", framing: "journalctl -o short-iso", seed: 26, lost: 4 },
  { era: "1.86", framing: "a Windows file", seed: 186, platform: "windows", hasForeignLines: true },
  { era: "1.98", framing: "an upload body", seed: 198, lost: 20 },
  { era: "1.102", framing: "uploads, one object a line", seed: 1102, lost: 20 },
  { era: "1.102", framing: "stderr", seed: 11021, hasForeignLines: true },
];
const callsOfEach = 4_000;

export interface GoldenLog {
  readonly name: string;
  readonly era: Era;
  readonly framing: Framing;
  /** Those that are in the log. */
  readonly calls: readonly LogCall[];
  readonly carried: ReadonlyMap<string, { readonly rx: number; readonly tx: number }>;
  readonly text: string;
}

function written({ era: eraName, framing: framingName, seed, platform, hasForeignLines, lost = 0 }: Golden): GoldenLog {
  const era = eras[eraName];
  const framing = framings.find(({ name }) => name === framingName);
  if (framing === undefined) throw new RangeError(`there is no framing "${framingName}"`);
  const options: MachineOptions = { era, seed, ...(platform && { platform }) };
  const { calls: all, machine } = logOf(options, callsOfEach);
  const faults = { loss: lost / 1_000, burst: lost / 20_000, resend: 0, overtake: 0 };
  const calls = new FaultyPath(seededRandom(seed, 3), faults).pass(all);
  const whole = framing.write(calls, era);
  return {
    name: `${eraName} ${framingName}`.replace(/[^\w.]+/g, "-"),
    era,
    framing,
    calls,
    carried: machine.carried,
    text: hasForeignLines ? withForeignLines(whole, seed) : whole,
  };
}

function withForeignLines(text: string, seed: number): string {
  const random = seededRandom(seed, 2);
  return text
    .split(/(?<=\n)/)
    .map((line) => (random.chance(0.02) ? `${random.pick(foreignLines)}\n${line}` : line))
    .join("");
}

export function goldenLogs(): readonly GoldenLog[] {
  return goldens.map(written);
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error("give the folder to write the logs to");
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of goldenLogs()) writeFileSync(path.join(folder, `${name}.log`), text);
}
