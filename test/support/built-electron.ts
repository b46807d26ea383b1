import { execFileSync } from "node:child_process";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** The files that Electron runs; built first where a source is newer. @throws with the build's own output. */
export function builtElectron(): { readonly main: string; readonly preload: string } {
  execFileSync(process.execPath, [path.join(root, "scripts/build.mjs")], { cwd: root, stdio: "pipe" });
  const folder = path.join(root, "dist/electron");
  return { main: path.join(folder, "main.js"), preload: path.join(folder, "preload.cjs") };
}
