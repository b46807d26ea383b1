import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import type { Machine } from "./place.ts";

/** lsof looks through every process: on a busy machine that takes a while, and a hanging network disk may hold it for ever. */
const lsofMs = 5_000;
const longestOutput = 1024 * 1024;

export const thisMachine: Machine = {
  platform: process.platform,
  uid: userInfo().uid,
  root: "/",
  lsof: (args) =>
    new Promise((resolve) => {
      // It exits with 1 where no process of that name runs, and prints nothing.
      execFile("/usr/sbin/lsof", [...args], { timeout: lsofMs, maxBuffer: longestOutput }, (_error, stdout) =>
        resolve(stdout),
      );
    }),
};
