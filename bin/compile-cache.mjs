// Plain JavaScript for Node 20, no dependency: this runs before anything is installed.
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** A process that runs for months may end by a kill: what it compiled is kept this long after its start, in ms, and again when it ends. */
const keepAfterMs = 10_000;

/** The user's folder for what can be made anew, by the custom of each system. */
function cacheFolder(env) {
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches", "Gristmill");
  if (process.platform === "win32")
    return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "Gristmill", "Cache");
  return join(env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "gristmill");
}

/**
 * Lets Node keep what it compiles, and the sources as they are without their types: each start after the first is spared that work, and the
 * 30 MB of memory that what strips types takes and never gives back. Node knows by a hash when a source has changed. Where the folder
 * cannot be made, each start is as the first.
 */
export function keepCompiled(env = process.env) {
  try {
    module.enableCompileCache?.(cacheFolder(env));
  } catch {
    return; // A user without a home.
  }
  setTimeout(() => module.flushCompileCache?.(), keepAfterMs).unref();
}
