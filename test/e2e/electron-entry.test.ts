// The built entry of the desktop app, as a process of its own, on a double of the module "electron": what it does before Electron is ready, that
// the whole app runs below it, and that it ends cleanly. test/e2e/electron.test.ts runs the real thing where its runtime is installed.
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { takeLock } from "../../log/lock.ts";
import { windowOptions } from "../../main/shells/electron/window-options.ts";
import { builtElectron } from "../support/built-electron.ts";
import { builtWindow } from "../support/built-window.ts";
import { loopbackOnlyNodeOptions } from "../support/loopback-only.ts";
import { tempFolder } from "../support/temp-folder.ts";

const root = path.resolve(import.meta.dirname, "../..");
const hooks = new URL("../support/electron-hooks.ts", import.meta.url).href;

interface Run {
  /** Resolves at the first call of that name. */
  called(name: string): Promise<void>;
  interrupt(): void;
  readonly ended: Promise<Ran>;
}

interface Ran {
  readonly code: number | null;
  /** Calls of the double: name, whether Electron was ready, and what else it says. */
  readonly did: readonly (readonly unknown[])[];
  readonly stderr: string;
}

function startEntry(args: readonly string[], env: NodeJS.ProcessEnv = {}): Run {
  const { main } = builtElectron();
  const child = spawn(process.execPath, [`--import=${hooks}`, main, ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: loopbackOnlyNodeOptions, ...env },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const did: unknown[][] = [];
  const calls = new EventEmitter();
  createInterface(child.stdout).on("line", (line) => {
    const call = JSON.parse(line) as [string, ...unknown[]];
    did.push(call);
    calls.emit(call[0]);
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return {
    called: async (name) => void (await once(calls, name)),
    interrupt: () => void child.kill("SIGINT"),
    ended: once(child, "close").then(([code]) => ({ code: code as number | null, did, stderr })),
  };
}

const runEntry = (args: readonly string[], env?: NodeJS.ProcessEnv) => startEntry(args, env).ended;

const tray = { linux: "tray-large.png", win32: "tray.png", darwin: "trayTemplate.png" }[process.platform as "linux"];

test("the entry claims the desktop before Electron is ready, runs the demo through the whole app, and quits cleanly", async () => {
  await builtWindow();
  const dataDir = path.join(tempFolder(), "data");
  const { code, did, stderr } = await runEntry(["--source", "demo:7", "--data-dir", dataDir, "--enable-logging"]);
  expect(did).toEqual([
    ["app.setName", false, "Gristmill"],
    ["app.setPath", false, "userData", path.join(dataDir, "electron")],
    [
      "protocol.registerSchemesAsPrivileged",
      false,
      [{ scheme: "app", privileges: { standard: true, secure: true, supportFetchAPI: true } }],
    ],
    ["session.setPermissionCheckHandler", true],
    ["session.setPermissionRequestHandler", true],
    ["Menu.setApplicationMenu", true],
    ["new Tray", true, path.join(root, "assets", tray)],
    ["new BrowserWindow", true, windowOptions(root)],
    ["window.loadURL", true, "app://gristmill/", 200, expect.stringContaining("connect-src 'none'")],
    ["window.show", true],
    ["contents.postMessage", true, "gristmill-port-given"],
    ["page sees peers", true, "electron", "1.2.3", true],
    ["app.quit", true],
    ["tray.destroy", true],
    ["app.exit", true, 0],
  ]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^This is the demo tailnet: [^\n]+\n$/)]);
});

// Windows has no Ctrl-C that one process could send another.
test.skipIf(process.platform === "win32")("Ctrl-C closes the app and ends with exit code 0", async () => {
  const run = startEntry(["--source", "demo:7", "--data-dir", tempFolder()], { GRISTMILL_TEST_STAY: "yes" });
  await run.called("page sees peers");
  run.interrupt();
  run.interrupt(); // The terminal's own, and the one that the parent passes on.
  const { code, did } = await run.ended;
  expect([code, did.slice(-3).map(([name]) => name)]).toEqual([0, ["app.quit", "tray.destroy", "app.exit"]]);
});

test("a second start leaves everything to the first and ends", async () => {
  const { code, did } = await runEntry(["--data-dir", tempFolder()], { GRISTMILL_TEST_SECOND: "yes" });
  expect([code, did.slice(2)]).toEqual([
    0,
    [
      ["app.quit", false],
      ["app.exit", false, 0],
    ],
  ]);
});

test("wrong usage is shown and ends with exit code 2, before anything is touched", async () => {
  const { code, did, stderr } = await runEntry(["--source"]);
  const sentence = "--source needs a value behind it";
  expect([code, did, stderr]).toEqual([
    2,
    [
      ["dialog.showErrorBox", false, "Gristmill cannot start", sentence],
      ["app.exit", false, 2],
    ],
    `${sentence}\n`,
  ]);
});

test("a data dir that another Gristmill has is said in a sentence with the remedy", async () => {
  const dataDir = tempFolder();
  const lock = takeLock(dataDir);
  const { code, stderr } = await runEntry(["--source", "demo", "--catcher", "off", "--data-dir", dataDir]);
  lock.release();
  expect([code, stderr]).toEqual([1, expect.stringContaining("is in use by another Gristmill")]);
});
