// The built window and the built preload under everything that the Electron shell puts around them (its protocol handler with its content security
// policy, its port, the real app), in a real Chromium. Only what Chromium alone cannot have is stood in for: the app:// scheme, and the IPC
// between preload and main. test/e2e/electron.test.ts runs the real thing where its runtime is installed.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { expect, onTestFinished, test } from "vitest";
import { startWished } from "../../cli/start-app.ts";
import type { AppRouter } from "../../main/rpc/handlers.ts";
import { ownOrigin, portWanted } from "../../main/shells/electron/address.ts";
import { servePort } from "../../main/shells/electron/port.ts";
import { windowProtocol } from "../../main/shells/electron/security.ts";
import { launchBrowser } from "../support/browser.ts";
import { builtElectron } from "../support/built-electron.ts";
import { builtWindow } from "../support/built-window.ts";
import { tempFolder } from "../support/temp-folder.ts";

const origin = "https://gristmill.test";

/** Runs in the page before anything else: the preload, on stand-ins for ipcRenderer and contextBridge. */
function preloadScript(preload: string): string {
  return `{
    let given;
    const exposeInMainWorld = (name, value) => Object.defineProperty(window, name, { value });
    const ipcRenderer = { on: (_channel, listener) => { given = listener; }, send: (channel) => window.toMain(channel) };
    window.givePort = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => window.toPort(data);
      window.fromPort = (data) => port1.postMessage(data);
      given({ ports: [port2] });
    };
    const require = () => ({ contextBridge: { exposeInMainWorld }, ipcRenderer });
    ${preload.replaceAll(ownOrigin, origin)}
  }`;
}

/** Main's side of the one port of `page`. */
async function serve(page: Page, router: AppRouter): Promise<void> {
  let receive: (message: { readonly data: unknown }) => void = () => undefined;
  await page.exposeFunction("toPort", (data: unknown) => receive({ data }));
  await page.exposeFunction("toMain", async (channel: string) => {
    if (channel !== portWanted) return;
    const connection = servePort(router, {
      on(event: "message" | "close", listener: (message: { readonly data: unknown }) => void) {
        if (event === "message") receive = listener;
      },
      postMessage(message) {
        const send = (data: unknown) => (window as unknown as { fromPort(data: unknown): void }).fromPort(data);
        page.evaluate(send, message).catch(() => undefined); // The page is gone with the test.
      },
      start: () => undefined,
      close: () => undefined,
    });
    onTestFinished(() => connection.close());
    await page.evaluate(() => (window as unknown as { givePort(): void }).givePort());
  });
}

test("the window in Electron's shell shows the demo's peers over its port, under a policy that lets it connect nowhere", async () => {
  const [folder, { preload }] = [await builtWindow(), builtElectron()];
  const wishes = {
    sources: ["demo:7"],
    dataDir: path.join(tempFolder(), "data"),
    directory: undefined,
    catchers: ["off"],
  };
  const { app, close } = await startWished(wishes, { version: "0.0.0", shell: "electron" });
  onTestFinished(close);
  const answer = windowProtocol(folder);
  const page = await (await launchBrowser()).newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.route("**/*", async (route) => {
    const response = await answer(new Request(route.request().url().replace(origin, ownOrigin)));
    const body = Buffer.from(await response.arrayBuffer());
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body });
  });
  await page.addInitScript({ content: preloadScript(readFileSync(preload, "utf8")) });
  await serve(page, app.router);
  await page.goto(`${origin}/`);

  await page.locator('[data-testid="peer-row"]').first().waitFor();
  expect(complaints).toEqual([]);
  const seen = await page.evaluate(async () => ({
    shell: (window as unknown as { gristmillShell: string }).gristmillShell,
    fetched: await fetch("/index.html").then(
      () => "fetched",
      () => "refused",
    ),
  }));
  expect(seen).toEqual({ shell: "electron", fetched: "refused" });
}, 60_000);
