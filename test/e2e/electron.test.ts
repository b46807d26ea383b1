// The built app in the real Electron, wherever its runtime is installed and there is a display. Where it is not, this says so, loudly, and
// GRISTMILL_ELECTRON=required makes that a failure: CI sets it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { _electron, type ElectronApplication, type Page } from "@playwright/test";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { electronRuntime } from "../../scripts/electron-runtime.mjs";
import { builtElectron } from "../support/built-electron.ts";
import { tempFolder } from "../support/temp-folder.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** Why the real Electron cannot run here, in one sentence; undefined where it can. */
function whyNot(): string | undefined {
  if (electronRuntime() === undefined)
    return "Electron's runtime is not installed; `node scripts/with-node24.mjs node_modules/electron/install.js` brings it.";
  if (process.platform !== "linux") return undefined;
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return "There is no display; run the tests under xvfb-run.";
  if (process.getuid?.() === 0) return "Electron does not run as root with its sandbox on.";
  return undefined;
}

const why = whyNot();
if (why !== undefined) {
  const line = "=".repeat(100);
  console.warn(`${line}\nNOT RUN: the tests of the desktop app in the real Electron.\n${why}\n${line}`);
}

interface Launched {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly args: readonly string[];
}

/** The app with the demo in a data dir of its own, its window open. */
async function launch(): Promise<Launched> {
  const args = [root, "--source", "demo:7", "--data-dir", path.join(tempFolder(), "data")];
  const app = await _electron.launch({ args, chromiumSandbox: true }); // Playwright would turn the sandbox off on Linux.
  onTestFinished(() => app.close().catch(() => undefined)); // Some tests have closed it.
  return { app, page: await app.firstWindow(), args };
}

test.runIf(process.env.GRISTMILL_ELECTRON === "required")("the real Electron can be tested here", () => {
  expect(why).toBeUndefined();
});

describe("the desktop app", () => {
  beforeAll(() => void builtElectron());
  const real = (name: string, body: () => Promise<void>) =>
    test(name, (context) => {
      context.skip(why !== undefined, why);
      return body();
    });

  real("shows the demo's peers, with live numbers", async () => {
    const { page } = await launch();
    expect(page.url()).toBe("app://gristmill/");
    await page.locator('[data-testid="peer-row"]').first().waitFor();
    const received = () =>
      page
        .locator('[data-testid="peer-row"] [data-cell="rx"]')
        .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("data-value")).join());
    const before = await received();
    await expect.poll(received, { timeout: 30_000 }).not.toBe(before);
  });

  real("has a page without Node, in a sandboxed process, behind an isolated preload", async () => {
    const { app, page } = await launch();
    await page.locator('[data-testid="peer-row"]').first().waitFor();
    const world = await page.evaluate(() =>
      ["require", "process", "module", "Buffer", "global", "electron", "gristmillShell"].map(
        (name) => `${name}: ${typeof Reflect.get(globalThis, name)}`,
      ),
    );
    // contextBridge, which set gristmillShell, refuses to work without context isolation.
    expect(world).toEqual([
      "require: undefined",
      "process: undefined",
      "module: undefined",
      "Buffer: undefined",
      "global: undefined",
      "electron: undefined",
      "gristmillShell: string",
    ]);
    expect(await isSandboxed(app)).toBe(true);
  });

  real("serves the page with its policy, and the policy is in force", async () => {
    const { app, page } = await launch();
    const policy = await app.evaluate(async ({ session }) =>
      (await session.defaultSession.fetch("app://gristmill/")).headers.get("content-security-policy"),
    );
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    const escaped = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.inlineRan = true";
      document.body.append(script);
      const fetched = await fetch("https://example.com/").then(
        () => true,
        () => false,
      );
      return {
        inline: Reflect.has(window, "inlineRan"),
        fetched,
        opened: window.open("https://example.com/") !== null,
      };
    });
    expect(escaped).toEqual({ inline: false, fetched: false, opened: false });
  });

  real("stays on its page, whatever the page tries", async () => {
    const { app, page } = await launch();
    await page.evaluate(() => {
      location.href = "https://example.com/";
    });
    await page.evaluate(() => undefined); // A turn of the page's own: a navigation would have ended it.
    expect([page.url(), app.windows().length]).toEqual(["app://gristmill/", 1]);
  });

  real("has a tray icon that is not garbage-collected", async () => {
    const { app, page } = await launch();
    await page.locator('[data-testid="peer-row"]').first().waitFor();
    const trays = await app.evaluate(({ Tray }) => {
      const { queryObjects } = process.getBuiltinModule("node:v8") as unknown as {
        queryObjects(ofClass: unknown): number; // Collects garbage, then counts.
      };
      return queryObjects(Tray);
    });
    expect(trays).toBe(1);
  });

  real("ends a second start, which brings the first one's window to the front", async () => {
    const { app, args } = await launch();
    const told = app.evaluate(
      ({ app: first }) => new Promise<boolean>((resolve) => first.once("second-instance", () => resolve(true))),
    );
    const second = spawn(electronRuntime() ?? "", args, { stdio: "ignore" });
    const [code] = (await once(second, "exit")) as [number | null];
    expect([code, await told, app.windows().length]).toEqual([0, true, 1]);
  });

  real("goes on without its window where there is a tray, and asks first where there is none", async () => {
    const { app, page } = await launch();
    await page.locator('[data-testid="peer-row"]').first().waitFor();
    const asked = await app.evaluate(async ({ BrowserWindow, dialog }) => {
      const [window] = BrowserWindow.getAllWindows();
      return new Promise<string>((resolve) => {
        // The user's answer is the one thing that cannot be clicked from here.
        dialog.showMessageBox = async () => {
          resolve("asked");
          return { response: 0, checkboxChecked: false };
        };
        window?.once("closed", () => resolve("closed"));
        window?.close();
      });
    });
    const windows = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    if (process.platform !== "linux") expect(asked).toBe("closed");
    expect(windows).toBe(asked === "closed" ? 0 : 1);
    await app.evaluate(({ app: running }) => void running.emit("activate"));
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  real("quits with exit code 0", async () => {
    const { app, page } = await launch();
    await page.locator('[data-testid="peer-row"]').first().waitFor();
    const exited = once(app.process(), "exit");
    await app.close();
    expect((await exited)[0]).toBe(0);
  });
});

/** Whether the system itself says that the page's process is sandboxed. */
async function isSandboxed(app: ElectronApplication): Promise<boolean> {
  const { pid, sandboxed } = await app.evaluate(({ app: running, BrowserWindow }) => {
    const page = BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId();
    return { pid: page, sandboxed: running.getAppMetrics().find((metric) => metric.pid === page)?.sandboxed };
  });
  if (process.platform !== "linux") return sandboxed === true;
  return /^Seccomp:\s*2$/m.test(readFileSync(`/proc/${pid}/status`, "utf8")); // 2: system calls go through a filter.
}
