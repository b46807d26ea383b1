// How a person starts this Gristmill from a shell, for commands that are to be copied.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** From this file, and from dist/electron/main.js, which this file is built into. */
const files = ["../bin/gristmill.mjs", "../../bin/gristmill.mjs"];

/** "gristmill" where PATH has it; else Node and the file to run, quoted for a shell, which works from any folder. */
export function program(env: NodeJS.ProcessEnv = process.env): string {
  const names = process.platform === "win32" ? ["gristmill.cmd"] : ["gristmill"];
  const folders = (env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const isOnPath = folders.some((folder) => names.some((name) => existsSync(path.join(folder, name))));
  const file = files.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((place) => existsSync(place));
  return isOnPath || file === undefined ? "gristmill" : `node ${quoted(file)}`;
}

/** A word for the shell, whatever is in it. */
export function quoted(word: string, platform = process.platform): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word) && (platform === "win32" || !word.includes("\\"))) return word;
  return platform === "win32" ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
