// Electron's runtime: is it here, and can it be had? The npm package brings none; its install.js downloads about 120 MB.
// Plain JavaScript for Node 20, no dependency.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { node24, projectRoot } from "./node24.mjs";

const folder = join(projectRoot, "node_modules", "electron");

/**
 * The runtime's executable, where the install step has left it (it writes path.txt last) or where ELECTRON_OVERRIDE_DIST_PATH says.
 * @returns {string | undefined} undefined where there is none.
 */
export function electronRuntime() {
  const pathFile = join(folder, "path.txt");
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  const name = existsSync(pathFile) ? readFileSync(pathFile, "utf8").trim() : override && "electron";
  const runtime = name && join(override ?? join(folder, "dist"), name);
  return runtime && existsSync(runtime) ? runtime : undefined;
}

/**
 * Tries once to download the runtime, without a word, and gives up after `timeoutMs`.
 * @param {{ readonly timeoutMs: number }} options
 * @returns {Promise<{ readonly ok: true } | { readonly ok: false, readonly why: string }>} `why` is one sentence.
 */
export function installElectronRuntime({ timeoutMs }) {
  const node = node24();
  const script = join(folder, "install.js");
  if (node === undefined || !existsSync(script))
    return Promise.resolve({ ok: false, why: "Electron is not among the installed packages; `npm ci` brings it." });
  return new Promise((resolve) => {
    const child = spawn(node, [script], { stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    child.on("error", (error) => {
      complaint += error.message;
    });
    child.on("close", () => {
      clearTimeout(timer);
      if (electronRuntime() !== undefined) resolve({ ok: true });
      else resolve({ ok: false, why: isLate ? lateSentence(timeoutMs) : failedSentence(complaint) });
    });
  });
}

function lateSentence(timeoutMs) {
  return `Electron's runtime did not arrive from github.com within ${Math.round(timeoutMs / 1000)} seconds.`;
}

function failedSentence(complaint) {
  const reason = complaint.split("\n", 1)[0].replace(/^\w*Error: /, "");
  return `Electron's runtime could not be downloaded from github.com${reason === "" ? "" : ` (${reason})`}.`;
}
