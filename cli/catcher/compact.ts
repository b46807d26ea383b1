// `gristmill catcher compact`: old segments in less space, beside a catcher that serves or without one.
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { compact } from "../../catcher/compact.ts";
import { nodeFiles } from "../../catcher/files.ts";
import { instancesFolder } from "../../catcher/streams.ts";
import { nodeDisk } from "../../log/disk.ts";
import type { Io } from "../command.ts";
import { parse, WrongUsage } from "../wrong-usage.ts";

const hourMs = 3_600_000;
/** A catcher looks every second; one that is busy deleting may take longer. */
const patienceMs = 30_000;
export const defaultOlderThanHours = 24;

/** @returns the exit code. @throws WrongUsage; Error with a sentence where the store cannot be had. */
export async function compactStore(args: readonly string[], defaultDir: string, io: Io): Promise<number> {
  const { values } = parse({
    args: [...args],
    options: {
      dir: { type: "string", default: defaultDir },
      "older-than": { type: "string", default: String(defaultOlderThanHours) },
    },
  });
  const hours = Number(values["older-than"]);
  if (!/^\d+(\.\d+)?$/.test(values["older-than"]))
    throw new WrongUsage("--older-than takes a number of hours, 0 or more");
  const dir = path.resolve(values.dir);
  if (!existsSync(instancesFolder(dir)))
    throw new Error(`There is no catcher's store in ${dir}; name the folder that the catcher stores in with --dir.`);
  yieldToCatcher();
  const before = Date.now() - hours * hourMs;
  const compacted = await compact({ disk: nodeDisk, files: nodeFiles, dir, before, patienceMs });
  io.stdout.write(`${JSON.stringify(compacted)}\n`);
  for (const { segment, why } of compacted.left) io.stderr.write(`${segment} stays as it is: ${why}.\n`);
  if (compacted.waiting > 0)
    io.stderr.write(
      `${compacted.waiting} packed segment(s) wait for the process that has ${dir}; their space is free once it takes them.\n`,
    );
  return 0;
}

/** Packing takes a core for as long as it runs: whoever stores goes first. */
function yieldToCatcher(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_LOW);
  } catch {
    // Then they share.
  }
}
