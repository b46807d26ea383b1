// What the agent costs while nothing happens and no window is open: `gristmill run` that follows a journal, and the journalctl it started.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createJournal, hasJournals } from "../support/journal.ts";
import { type Figure, spread } from "./figure.ts";
import { childrenOf, cpuMs, residentBytes } from "./processes.ts";

/** After the start: compiling, reading the journal and the first collection of garbage are not idleness. */
const settleMs = 5_000;
const sampleMs = 5_000;
const samples = 4;
const program = fileURLToPath(new URL("../../cli/gristmill.ts", import.meta.url));

export async function idleBench(): Promise<readonly Figure[]> {
  if (!hasJournals) return [{ what: "agent, idle", figure: "not run: this system has no journald" }];
  const folder = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  const journalDir = path.join(folder, "journal");
  try {
    const journal = createJournal(journalDir);
    await journal.append([{ message: "magicsock: home is now derp-4 (fra)" }]);
    await journal.close();
    const args = ["run", "--no-open", "--source", `journald:${journalDir}`, "--data-dir", path.join(folder, "data")];
    return await watched([program, ...args, "--catcher", "off"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function watched(command: readonly string[]): Promise<readonly Figure[]> {
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const gone = once(child, "close");
  try {
    const ended = gone.then(() => Promise.reject(new Error(`gristmill run ended before it was open: ${said}`)));
    await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
    return await measured(child.pid as number);
  } finally {
    child.kill("SIGTERM");
    await gone;
  }
}

async function measured(agent: number): Promise<readonly Figure[]> {
  await after(settleMs);
  const shares: number[] = [];
  const sizes: number[] = [];
  const all = () => [agent, ...childrenOf(agent)];
  const used = () => all().reduce((sum, pid) => sum + (cpuMs(pid) ?? Number.NaN), 0);
  for (let n = 0; n < samples; n++) {
    const [before, started] = [used(), performance.now()];
    await after(sampleMs);
    shares.push(((used() - before) / (performance.now() - started)) * 100);
    sizes.push(megabytes(agent));
  }
  const beside = childrenOf(agent).map((pid) => megabytes(pid).toFixed(0));
  return [
    { what: "agent, idle, no window: RSS, MB; budget 120", figure: spread(sizes, 0) },
    { what: "  of the journalctl beside it, MB", figure: beside.join(" + ") },
    { what: "  % of a core, journalctl's included; budget 0.5", figure: spread(shares, 2) },
  ];
}

function megabytes(pid: number): number {
  return (residentBytes(pid, "now") ?? Number.NaN) / 1e6;
}
