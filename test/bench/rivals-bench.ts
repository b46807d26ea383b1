// `gristmill grind` of a million mixed lines (test/support/mixed-log.ts) beside what else reads logs: whole processes, from their start to their end,
// which take turns, so that what else the machine does falls on all of them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { zstdCompressSync } from "node:zlib";
import { hasProgram, installRivals } from "../../scripts/system-packages.mjs";
import { withGoDate } from "../support/log-formats.ts";
import { MixedLog } from "../support/mixed-log.ts";
import { type Figure, percentile, spread } from "./figure.ts";
import { mtailLimits, mtailProgram } from "./mtail-program.ts";

const lines = 1_000_000;
const atOnce = 10_000;
const rounds = 3;
const mixed = { seed: 7, peers: 30 };
const [mtailBudget, zstdBudget] = [10, 4];
const gristmill = fileURLToPath(new URL("../../bin/gristmill.mjs", import.meta.url));

interface Runner {
  readonly what: string;
  /** The Debian package that has to be there. */
  readonly needs?: string;
  readonly command: readonly [program: string, ...args: string[]];
}

type Name = "wc" | "zstd" | "packed" | "plain" | "mtail" | "lnav";

function runners(folder: string): Readonly<Record<Name, Runner>> {
  const [log, packed] = [path.join(folder, "log"), path.join(folder, "log.zst")];
  const grind = (file: string): Runner["command"] => [process.execPath, gristmill, "grind", file, "--json"];
  return {
    wc: { what: "wc -l", command: ["wc", "-l", log] },
    zstd: { what: "zstd -dc | wc -l", needs: "zstd", command: ["sh", "-c", 'zstd -dc "$0" | wc -l', packed] },
    packed: { what: "gristmill grind, packed with zstd", command: grind(packed) },
    plain: { what: "gristmill grind, plain text", command: grind(log) },
    mtail: {
      what: "mtail, the same facts",
      needs: "mtail",
      command: ["mtail", "--one_shot", ...mtailLimits, `--progs=${path.join(folder, "facts.mtail")}`, `--logs=${log}`],
    },
    lnav: {
      what: "lnav, headless, one search",
      needs: "lnav",
      command: ["lnav", "-n", "-c", ":filter-in peers: ", log],
    },
  };
}

export async function rivalsBench(): Promise<readonly Figure[]> {
  installRivals();
  const folder = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    writeLog(path.join(folder, "log"));
    writeFileSync(path.join(folder, "facts.mtail"), mtailProgram);
    writeFileSync(path.join(folder, "log.zst"), zstdCompressSync(readFileSync(path.join(folder, "log"))));
    return await taken(runners(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeLog(file: string): void {
  const log = new MixedLog(mixed);
  const opened = openSync(file, "w");
  for (let n = 0; n < lines; n += atOnce) writeSync(opened, log.text(atOnce, withGoDate));
}

async function taken(all: ReturnType<typeof runners>): Promise<readonly Figure[]> {
  const costs = new Map<Name, Cost[]>();
  const names = Object.keys(all) as Name[];
  const here = names.filter((name) => all[name].needs === undefined || hasProgram(all[name].needs));
  for (const name of here) await costOf(all[name].command); // From here on the log is in memory for all of them, and so are they.
  for (let round = 0; round < rounds; round++)
    for (const name of here) costs.set(name, [...(costs.get(name) ?? []), await costOf(all[name].command)]);
  const median = (name: Name, what: keyof Cost) =>
    percentile(
      (costs.get(name) ?? []).map((cost) => cost[what]),
      0.5,
    );
  const ratio = (one: Name, other: Name, isHeld: (times: number) => boolean) => {
    const times = median(one, "seconds") / median(other, "seconds");
    const cpuTimes = median(one, "cpuSeconds") / median(other, "cpuSeconds");
    if (Number.isNaN(times)) return "NOT RUN";
    return `${times.toFixed(1)}, in CPU time ${cpuTimes.toFixed(1)}: ${isHeld(times) ? "held" : "NOT HELD"}`;
  };
  return [
    ...names.map((name) => ({
      what: `${all[name].what}, ${lines.toLocaleString("en")} mixed lines: s`,
      figure: costs.has(name) ? secondsOf(costs.get(name) ?? []) : `NOT RUN: there is no ${all[name].needs} here`,
    })),
    {
      what: `  mtail in times of grind, plain text; budget ${mtailBudget} or more`,
      figure: ratio("mtail", "plain", (times) => times >= mtailBudget),
    },
    {
      what: `  grind in times of zstd -dc | wc -l; budget ${zstdBudget}`,
      figure: ratio("packed", "zstd", (times) => times <= zstdBudget),
    },
  ];
}

function secondsOf(costs: readonly Cost[]): string {
  const all = (what: keyof Cost) =>
    spread(
      costs.map((cost) => cost[what]),
      2,
    );
  return `${all("seconds")}, of CPU time ${all("cpuSeconds")}`;
}

interface Cost {
  readonly seconds: number;
  /** User and system, of all that the command started. */
  readonly cpuSeconds: number;
}

/** The shell's `times` says what its children took: `0m0.123s` for user, and for system, in the second line. */
const clock = /(\d+)m([\d.]+)s/g;

async function costOf(command: readonly string[]): Promise<Cost> {
  const started = performance.now();
  const child = spawn("sh", ["-c", '"$@" > /dev/null || exit; times', "sh", ...command], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complaint] = [text(child.stdout), text(child.stderr)];
  const [code] = (await once(child, "close")) as [number | null];
  const seconds = (performance.now() - started) / 1_000;
  if (code !== 0) throw new Error(`${command[0]} ended with ${code}: ${(await complaint).slice(0, 500)}`);
  const children = [...((await said).split("\n")[1] ?? "").matchAll(clock)];
  return {
    seconds,
    cpuSeconds: children.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0),
  };
}
