// What Linux says a process has used so far. Elsewhere there is no /proc, and every answer is undefined.
import { readdirSync, readFileSync } from "node:fs";

/** The clock of /proc/<pid>/stat ticks a hundred times a second on every Linux that is in use. */
const msPerTick = 10;

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

function numberIn(text: string | undefined, name: string): number | undefined {
  const digits = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** User and system time of a process, without its children, in ms. */
export function cpuMs(pid: number): number | undefined {
  const fields = read(pid, "stat")?.split(") ")[1]?.split(" ");
  return fields && (Number(fields[11]) + Number(fields[12])) * msPerTick;
}

/** Bytes that a process has in memory now, or had at most. */
export function residentBytes(pid: number, when: "now" | "peak"): number | undefined {
  const kibibytes = numberIn(read(pid, "status"), when === "now" ? "VmRSS" : "VmHWM");
  return kibibytes === undefined ? undefined : kibibytes * 1024;
}

/** Bytes of the pages that a process made the system write to disks. */
export function writtenBytes(pid: number): number | undefined {
  return numberIn(read(pid, "io"), "write_bytes");
}

/** The processes that `pid` started and that still run. */
export function childrenOf(pid: number): readonly number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.map(Number).filter((each) => numberIn(read(each, "status"), "PPid") === pid);
}
