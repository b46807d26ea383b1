// A daemon's log: numbered lines, cut into writes at any byte, and logrotate's renaming.
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

const linesPerTick = 1;
const tickMs = 10;
const linesPerFile = 2_500;
const keptFiles = 9;
/** So many lines may wait for the catcher; of more than the spool's budget holds some would be let go of. Half a minute's. */
const linesAhead = 3_000;
/** How often that is looked at. */
const linesBetweenLooks = 25;

export interface LogWriter {
  /** Writes what is pending; returns how many lines there are. */
  stop(): number;
}

/** @param stored how many lines the catcher is known to have: on a machine that is too slow for both, the daemon waits for it. */
export function startLogWriter(log: string, stored: () => number): LogWriter {
  let [lines, inFile, mayReach] = [0, 0, linesAhead];
  let pending = Buffer.alloc(0);
  const write = (bytes: number) => {
    appendFileSync(log, pending.subarray(0, bytes));
    pending = pending.subarray(bytes);
  };
  const rotate = () => {
    write(pending.length);
    for (let turn = keptFiles; turn >= 1; turn--)
      if (existsSync(`${log}.${turn}`)) renameSync(`${log}.${turn}`, `${log}.${turn + 1}`);
    renameSync(log, `${log}.1`);
    writeFileSync(log, "");
    inFile = 0;
  };
  writeFileSync(log, "");
  const timer = setInterval(() => {
    if (lines >= mayReach || lines % linesBetweenLooks === 0) mayReach = stored() + linesAhead;
    if (lines >= mayReach) return;
    for (let each = 0; each < linesPerTick; each++)
      pending = Buffer.concat([pending, Buffer.from(`line ${++lines} ✓\n`)]);
    write(pending.length - (lines % 7));
    inFile += linesPerTick;
    if (inFile >= linesPerFile) rotate();
  }, tickMs);
  return {
    stop() {
      clearInterval(timer);
      write(pending.length);
      return lines;
    },
  };
}

/** The number of a line that was written here; NaN of any other. */
export function lineNumber(entry: string): number {
  return Number(/line (\d+) ✓/.exec(entry)?.[1]);
}

const tornFrame = Buffer.from("28b52ffd6401020304", "hex");

/** What a power failure leaves of a frame that was being written. Nothing is written behind one before it is mended. */
export function tearTail(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".zst")) : [];
  const newest = path.join(folder, names.at(-1) ?? "");
  if (names.length > 0 && !readFileSync(newest).subarray(-tornFrame.length).equals(tornFrame))
    appendFileSync(newest, tornFrame);
}
