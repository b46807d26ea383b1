// What the agent costs while nothing happens and no window is open: `gristmill run` that follows a journal, and the journalctl it started. Once
// with hardly a log, and once after the back-fill of a large journal, because memory that was taken is not always given back.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createJournal, hasJournals } from "../support/journal.ts";
import { benchJournal } from "./bench-journal.ts";
import { type Figure, spread } from "./figure.ts";
import { childrenOf, cpuMs, residentBytes } from "./processes.ts";

/** It is idle once it used less than a twentieth of a core for a second; the last collection of garbage comes some eight seconds behind that. */
const [idleShare, settleMs] = [0.05, 10_000];
const sampleMs = 5_000;
const samples = 4;
const program = fileURLToPath(new URL("../../bin/gristmill.mjs", import.meta.url));

export async function idleBench(): Promise<readonly Figure[]> {
  if (!hasJournals) return [{ what: "agent, idle", figure: "not run: this system has no journald" }];
  execFileSync(process.execPath, [program, "run", "--help"]); // Compiled code is kept from then on, as `npm run build` sees to.
  const folder = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    const small = createJournal(path.join(folder, "journal"));
    await small.append([{ message: "magicsock: home is now derp-4 (fra)" }]);
    await small.close();
    const large = await benchJournal("few fields");
    const name = `after a back-fill of ${large.entries.toLocaleString("en")} entries`;
    return [
      ...(await watched("agent, idle, no window", path.join(folder, "journal"), path.join(folder, "a"))),
      ...(await watched(`agent, idle, ${name}`, large.folder, path.join(folder, "b"))),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function watched(what: string, journal: string, dataDir: string): Promise<readonly Figure[]> {
  const args = ["run", "--no-open", "--source", `journald:${journal}`, "--data-dir", dataDir, "--catcher", "off"];
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const gone = once(child, "close");
  try {
    const ended = gone.then(() => Promise.reject(new Error(`gristmill run ended before it was open: ${said}`)));
    await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
    return await measured(what, child.pid as number);
  } finally {
    child.kill("SIGTERM");
    await gone;
  }
}

async function measured(what: string, agent: number): Promise<readonly Figure[]> {
  while ((await shareOfCore(agent, 1_000)) > idleShare);
  await after(settleMs);
  const shares: number[] = [];
  const sizes: number[] = [];
  for (let n = 0; n < samples; n++) {
    shares.push((await shareOfCore(agent, sampleMs)) * 100);
    sizes.push(megabytes(agent, "now"));
  }
  const beside = childrenOf(agent).map((pid) => megabytes(pid, "now").toFixed(0));
  return [
    { what: `${what}: RSS, MB; budget 120`, figure: spread(sizes, 0) },
    { what: "  at its peak, MB", figure: megabytes(agent, "peak").toFixed(0) },
    { what: "  of the journalctl beside it, MB", figure: beside.join(" + ") },
    { what: "  % of a core, journalctl's included; budget 0.5", figure: spread(shares, 2) },
  ];
}

/** Of the agent and what it started, over the next `ms`. */
async function shareOfCore(agent: number, ms: number): Promise<number> {
  const used = () => [agent, ...childrenOf(agent)].reduce((sum, pid) => sum + (cpuMs(pid) ?? 0), 0);
  const [before, started] = [used(), performance.now()];
  await after(ms);
  return (used() - before) / (performance.now() - started);
}

function megabytes(pid: number, when: "now" | "peak"): number {
  return (residentBytes(pid, when) ?? Number.NaN) / 1e6;
}
