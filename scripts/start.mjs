// `npm start`: sets up whatever is missing, then runs the app: Electron where it can be had and there is a display, else the headless shell.
// Plain JavaScript for Node 20, no dependency.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { electronRuntime, installElectronRuntime } from "./electron-runtime.mjs";
import { node24, projectRoot } from "./node24.mjs";

/** How long the first start may wait for Electron's runtime to come, in ms: it is about 120 MB. */
const runtimeWaitMs = 120_000;

/** @returns {Promise<{ electron: string } | { why: string }>} the runtime's path, or one sentence on why the headless shell it is. */
async function chooseShell() {
  const hasDisplay =
    process.platform === "darwin" ||
    process.platform === "win32" ||
    Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  if (!hasDisplay)
    return {
      why: "There is no display here, so Gristmill runs without a window of its own: open its address in a browser.",
    };
  if (process.platform === "linux" && process.getuid?.() === 0) {
    return {
      why: "Electron does not run as root with its sandbox on, so Gristmill runs without a window of its own: open its address in a browser.",
    };
  }
  const installed = electronRuntime();
  if (installed !== undefined) return { electron: installed };
  const result = await installElectronRuntime({ timeoutMs: runtimeWaitMs });
  const electron = electronRuntime();
  if (electron !== undefined) return { electron };
  return {
    why: `${result.ok ? "Electron's runtime is not here" : result.why} Gristmill runs without a window of its own: open its address in a browser.`,
  };
}

ensureDependencies();
build();
const shell = await chooseShell();
const args = process.argv.slice(2);
const [program, programArgs] =
  "electron" in shell
    ? [shell.electron, [projectRoot, ...args]]
    : [node24(), [join(projectRoot, "bin", "gristmill.mjs"), "run", ...args]];
if ("why" in shell) console.error(shell.why);
const child = spawn(program, programArgs, { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
