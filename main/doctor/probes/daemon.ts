// The daemon that runs, from /proc, and whether one is installed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { DaemonFacts, RunningDaemon } from "../facts.ts";

/** The app of macOS has the daemon in itself. */
const app = "Applications/Tailscale.app";
const folders = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** @param root where the file system begins. */
export function probeDaemon(root: string, env: NodeJS.ProcessEnv): Omit<DaemonFacts, "version"> {
  const places = [...new Set([...(root === "/" ? (env.PATH ?? "").split(path.delimiter) : []), ...folders])];
  const program = process.platform === "win32" ? "tailscaled.exe" : "tailscaled";
  const programs = places.map((folder) => path.join(folder, program));
  const isInstalled = [...programs, app].some((place) => existsSync(path.join(root, place)));
  const running = findRunning(path.join(root, "proc"));
  return { isInstalled: isInstalled || running !== null, running };
}

/** Null where there is none, or no /proc to look into. */
function findRunning(proc: string): RunningDaemon | null {
  for (const pid of processes(proc).toSorted((a, b) => Number(a) - Number(b))) {
    if (read(path.join(proc, pid, "comm"))?.trim() !== "tailscaled") continue;
    const [, ...args] = list(read(path.join(proc, pid, "cmdline")) ?? "");
    // The service runs a second one for a moment when it stops; the app on Windows has a child of its own.
    if (args.some((argument) => /^--?cleanup(=|$)/.test(argument))) continue;
    const environment = read(path.join(proc, pid, "environ"));
    return { pid: Number(pid), args, environment: environment === undefined ? null : variables(list(environment)) };
  }
  return null;
}

function processes(proc: string): string[] {
  try {
    return readdirSync(proc).filter((name) => /^[1-9]\d*$/.test(name));
  } catch {
    return [];
  }
}

/** Undefined where it is not there, is over, or may not be seen. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** What the kernel ends with a NUL each. */
function list(text: string): string[] {
  return text.split("\0").slice(0, -1);
}

function variables(pairs: readonly string[]): Record<string, string> {
  // Only what is about logs leaves this function: an environment may hold secrets.
  return Object.fromEntries(
    pairs
      .map((pair) => /^(TS_[A-Z_]*LOGS?[A-Z_]*)=(.*)$/s.exec(pair))
      .flatMap((match) => (match === null ? [] : [[match[1], match[2]]])),
  );
}
