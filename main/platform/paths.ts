// Where a user's Gristmill keeps its files, by the custom of each system.
import { homedir } from "node:os";
import path from "node:path";

/** The data dir where none is named: spool, cursors, quarantine, identity. */
export function defaultDataDir(env: NodeJS.ProcessEnv = process.env): string {
  if (process.platform === "darwin") return path.join(homedir(), "Library", "Application Support", "Gristmill");
  if (process.platform === "win32")
    return path.join(env.LOCALAPPDATA ?? path.join(homedir(), "AppData", "Local"), "Gristmill");
  return path.join(env.XDG_DATA_HOME ?? path.join(homedir(), ".local", "share"), "gristmill");
}
