import { execFile } from "node:child_process";
import type { Machine } from "./place.ts";

/** lsof looks through every process: on a busy machine that takes a while, and a hanging network disk may hold it for ever. */
const lsofMs = 5_000;
const longestOutput = 1024 * 1024;

export const thisMachine: Machine = {
  platform: process.platform,
  // Not userInfo(): in a container a user may have no entry to look up, and that throws. Windows has no such number.
  uid: process.getuid?.() ?? -1,
  root: "/",
  lsof: (args) =>
    new Promise((resolve) => {
      // It exits with 1 where no process of that name runs, and prints nothing.
      execFile("/usr/sbin/lsof", [...args], { timeout: lsofMs, maxBuffer: longestOutput }, (_error, stdout) =>
        resolve(stdout),
      );
    }),
};
