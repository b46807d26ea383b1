import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
const sources = ["renderer", "shared", "assets", "vite.config.ts", "package-lock.json"];

/** The folder of the built window; builds it first where a source is newer than what is there. @throws with the build's own output. */
export async function builtWindow(): Promise<string> {
  const folder = path.join(root, "dist/renderer");
  if (modified(path.join(folder, "index.html")) < newest()) await build();
  return folder;
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(): number {
  const files = sources.flatMap((source) => {
    const full = path.join(root, source);
    const isFolder = statSync(full).isDirectory();
    return isFolder
      ? readdirSync(full, { recursive: true, encoding: "utf8" }).map((name) => path.join(full, name))
      : [full];
  });
  return Math.max(...files.map(modified));
}

function build(): Promise<void> {
  const vite = path.join(root, "node_modules/vite/bin/vite.js");
  const child = spawn(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the window could not be built:\n${Buffer.concat(output).toString()}`));
    });
  });
}
