// `npm start`: sets up whatever is missing, then runs the app: Electron where it can be had and there is a display, else the headless shell.
// Plain JavaScript for Node 20, no dependency.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { electronRuntime, installElectronRuntime } from "./electron-runtime.mjs";
import { node24, projectRoot } from "./node24.mjs";

/** How often it looks whether whoever started it is still there. */
const parentLookMs = 500;
/** How long the first start may wait for Electron's runtime to come, in ms: it is about 120 MB. */
const runtimeWaitMs = 120_000;

/** Options that only the headless shell knows: whoever gives one asks for it. */
const headlessOptions = ["--listen", "--token", "--no-open"];
const instead = "Gristmill runs without a window of its own: open its address in a browser.";

/** @returns {string | undefined} one sentence on why there can be no window here, whether Electron's runtime is here or not. */
function noWindow(args) {
  const asked = args.find((arg) => headlessOptions.some((option) => arg === option || arg.startsWith(`${option}=`)));
  if (asked !== undefined) return `You asked with ${asked.split("=")[0]} for the shell that serves a browser.`;
  const isDesktop = process.platform === "darwin" || process.platform === "win32";
  if (!isDesktop && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return "There is no display here.";
  if (process.platform === "linux" && process.getuid?.() === 0)
    return "Electron does not run as root with its sandbox on.";
  return undefined;
}

/**
 * @param {readonly string[]} args as given to `npm start --`
 * @returns {Promise<{ electron: string } | { why: string }>} the runtime's path, or why the headless shell it is.
 */
async function chooseShell(args) {
  const why = noWindow(args);
  if (why !== undefined) return { why };
  if (electronRuntime() === undefined) {
    console.error("Fetching Electron's runtime, about 120 MB; this happens once …");
    const result = await installElectronRuntime({ timeoutMs: runtimeWaitMs });
    if (!result.ok) return { why: result.why };
  }
  return { electron: electronRuntime() };
}

ensureDependencies();
build();
const args = process.argv.slice(2);
const shell = await chooseShell(args);
const [program, programArgs] =
  "electron" in shell
    ? [shell.electron, [projectRoot, ...args]]
    : [node24(), [join(projectRoot, "bin", "gristmill.mjs"), "run", ...args]];
if ("why" in shell) console.error(`${shell.why} ${instead}`);
const { ELECTRON_RUN_AS_NODE: _, ...env } = process.env; // Some editors' terminals set it, and Electron would be a mere Node.
// Gristmill's channel closes however this process ends, SIGKILL included: cli/until-stopped.ts takes that for a request to stop.
const stdio = ["inherit", "inherit", "inherit", ...("electron" in shell ? [] : ["ipc"])];
const child = spawn(program, programArgs, { stdio, env });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
// `npm start` that is told to end takes its own shell with it and tells nobody below: then this process has another parent.
const parent = process.ppid;
setInterval(() => process.ppid === parent || child.kill("SIGTERM"), parentLookMs).unref();
child.on("exit", (code) => process.exit(code ?? 1));
