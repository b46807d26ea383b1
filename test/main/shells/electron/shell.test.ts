import { once } from "node:events";
import path from "node:path";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import { os } from "@orpc/server";
import { expect, onTestFinished, test, vi } from "vitest";
import type { AppRouter } from "../../../../main/rpc/handlers.ts";
import { openShell, type ShellOptions } from "../../../../main/shells/electron/shell.ts";
import { ElectronDouble, type WindowDouble } from "./electron-double.ts";

/** A machine that is busy with other things may be slow; what is waited for comes or the test fails. */
const eventually = (condition: () => void) => vi.waitFor(condition, 10_000);
const ownPage = { origin: "app://gristmill", parent: null };

interface Opened {
  readonly electron: ElectronDouble;
  readonly window: WindowDouble;
  /** What happened below the shell, in order. */
  readonly happened: string[];
}

function open(platform: NodeJS.Platform, options: Partial<ShellOptions> = {}): Opened {
  const electron = new ElectronDouble(platform);
  const happened: string[] = [];
  async function* count({ signal }: { readonly signal?: AbortSignal }): AsyncGenerator<number> {
    try {
      yield 1;
      await new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
    } finally {
      happened.push("stream ended");
    }
  }
  // The shell is under test here, not the contract: what a window and a waking machine ask for is enough.
  const router = {
    count: os.handler(count),
    directory: { watch: os.handler(async function* () {}) },
    upload: { sendNow: os.handler(() => void happened.push("send now")) },
  } as unknown as AppRouter;
  const close = async () => void happened.push("closed");
  openShell(electron, { router, appFolder: "/app", isTrayShown: async () => true, close, ...options });
  onTestFinished(() => {
    for (const port of electron.pagePorts) port.close();
  });
  return { electron, window: electron.windows[0] as WindowDouble, happened };
}

/** A page's client on the port that it was handed last. */
async function firstCount(electron: ElectronDouble): Promise<number | undefined> {
  const port = electron.pagePorts.at(-1);
  if (port === undefined) return undefined;
  const client = createORPCClient<{ count: () => Promise<AsyncIterable<number>> }>(
    new RPCLink({ port: port as never }),
  );
  port.start();
  for await (const value of await client.count()) return value;
  return undefined;
}

/** A connected page in the middle of a stream. */
async function streaming(electron: ElectronDouble, window: WindowDouble): Promise<void> {
  window.webContents.receive("gristmill-port-wanted", ownPage);
  const port = electron.pagePorts.at(-1);
  const client = createORPCClient<{ count: () => Promise<AsyncIterator<number>> }>(
    new RPCLink({ port: port as never }),
  );
  port?.start();
  const stream = await client.count();
  expect(await stream.next()).toEqual({ done: false, value: 1 });
}

test("the window opens on the app's own address and is shown once there is something to see", () => {
  const { window } = open("linux");
  expect(window.urls).toEqual(["app://gristmill/"]);
  expect(window.calls).toEqual([]);
  window.emit("ready-to-show");
  expect(window.calls).toEqual(["show"]);
});

test("the page that asks is given a port that the router answers on", async () => {
  const { electron, window } = open("linux");
  window.webContents.receive("gristmill-port-wanted", ownPage);
  expect(window.webContents.posted.map(({ channel, transfer }) => [channel, transfer.length])).toEqual([
    ["gristmill-port-given", 1],
  ]);
  expect(await firstCount(electron)).toBe(1);
});

test.each([
  ["a frame inside the page", { origin: "app://gristmill", parent: ownPage }],
  ["a page of another origin", { origin: "https://evil.example", parent: null }],
  ["a frame that is gone", null],
])("%s is given none", (_name, frame) => {
  const { electron, window } = open("linux");
  window.webContents.receive("gristmill-port-wanted", frame);
  expect([electron.pagePorts, window.webContents.posted]).toEqual([[], []]);
});

test("a page that asks again, as after a reload, has its earlier streams ended", async () => {
  const { electron, window, happened } = open("linux");
  await streaming(electron, window);
  window.webContents.receive("gristmill-port-wanted", ownPage);
  await eventually(() => expect(happened).toEqual(["stream ended"]));
  expect(await firstCount(electron)).toBe(1);
});

test.each<NodeJS.Platform>(["darwin", "win32"])(
  "on %s a closed window ends its streams, the app goes on, and the tray opens another",
  async (platform) => {
    const { electron, window, happened } = open(platform);
    await streaming(electron, window);
    window.userCloses();
    await eventually(() => expect(happened).toEqual(["stream ended"]));
    expect(electron.app.exits).toEqual([]);
    electron.trays[0]?.userPicks("Show Gristmill");
    expect(electron.windows.length).toBe(2);
  },
);

test("on Linux a closed window is destroyed where the tray icon can be seen", async () => {
  const { electron, window } = open("linux");
  window.userCloses();
  await eventually(() => expect(window.calls).toEqual(["destroy"]));
  expect([electron.questions, electron.app.exits]).toEqual([[], []]);
});

test("on Linux without a tray icon to be seen, closing asks, and keeps the window where the user stays", async () => {
  const { electron, window } = open("linux", { isTrayShown: async () => false });
  window.userCloses();
  await eventually(() => expect(window.calls).toEqual(["minimize"]));
  expect(electron.questions).toEqual(["This desktop shows no tray icon for Gristmill."]);
  electron.app.emit("second-instance");
  expect(window.calls).toEqual(["minimize", "restore", "show", "focus"]);
});

test("on Linux without a tray icon to be seen, closing quits where the user says so", async () => {
  const { electron, window, happened } = open("linux", { isTrayShown: async () => false });
  electron.answer = 1;
  window.userCloses();
  await eventually(() => expect(electron.app.exits).toEqual([0]));
  expect(happened).toEqual(["closed"]);
});

test.each(["second-instance", "activate"])("%s brings the open window to the front", (event) => {
  const { electron, window } = open("darwin");
  electron.app.emit(event);
  expect([electron.windows.length, window.calls]).toEqual([1, ["show", "focus"]]);
});

test("a click on the tray shows the window; on macOS it opens the menu instead", () => {
  const clicked = (platform: NodeJS.Platform) => {
    const { electron, window } = open(platform);
    electron.trays[0]?.emit("click");
    return window.calls;
  };
  expect([clicked("win32"), clicked("linux"), clicked("darwin")]).toEqual([["show", "focus"], ["show", "focus"], []]);
});

test("quitting closes the app first, once, however often it is asked for", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let closes = 0;
  const { electron } = open("linux", {
    close: () => {
      closes += 1;
      return promise;
    },
  });
  electron.trays[0]?.userPicks("Quit");
  electron.app.quit();
  expect([closes, electron.app.exits, electron.trays[0]?.isDestroyed]).toEqual([1, [], true]);
  resolve();
  await eventually(() => expect(electron.app.exits).toEqual([0]));
});

test("an app that cannot close cleanly says why and ends with exit code 1", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => said.mockRestore());
  const { electron } = open("linux", { close: () => Promise.reject(new Error("the disk is gone")) });
  electron.app.quit();
  await eventually(() => expect(electron.app.exits).toEqual([1]));
  expect(said.mock.calls).toEqual([["Gristmill could not close cleanly:", new Error("the disk is gone")]]);
});

test("a machine that wakes sends what waits", async () => {
  const { electron, happened } = open("darwin");
  electron.wake();
  await eventually(() => expect(happened).toEqual(["send now"]));
});

test("a page that hangs loses its port, so that messages for it do not pile up", async () => {
  const { electron, window, happened } = open("linux");
  await streaming(electron, window);
  const told = once(electron.pagePorts[0] as never, "close");
  window.emit("unresponsive");
  await eventually(() => expect(happened).toEqual(["stream ended"]));
  await told;
});

test("a page that crashes is loaded again, unless it crashed before it worked", () => {
  const said = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => said.mockRestore());
  const { window } = open("linux");
  const { webContents } = window;
  webContents.receive("gristmill-port-wanted", ownPage);
  webContents.emit("render-process-gone", {}, { reason: "crashed" });
  webContents.emit("render-process-gone", {}, { reason: "crashed" });
  expect(webContents.reloads).toBe(1);
  expect(said.mock.calls[0]).toEqual(["The window's process ended (crashed); the log is read and kept as before."]);
});

test("the page may not navigate, open windows, attach guests or be granted anything but to write to the clipboard", () => {
  const { electron, window } = open("linux");
  const prevented = ["will-frame-navigate", "will-redirect", "will-attach-webview"].filter((name) => {
    const event = { isPrevented: false, preventDefault: () => Object.assign(event, { isPrevented: true }) };
    window.webContents.emit(name, event);
    return event.isPrevented;
  });
  const asked = ["media", "notifications", "clipboard-read", "clipboard-sanitized-write"];
  const granted = asked.filter((permission) => {
    let isGranted = false;
    electron.session.request({}, permission, (answer) => {
      isGranted = answer;
    });
    return isGranted;
  });
  const has = asked.filter((permission) => electron.session.check({}, permission));
  expect({ prevented, opens: window.webContents.openHandler(), granted, has }).toEqual({
    prevented: ["will-frame-navigate", "will-redirect", "will-attach-webview"],
    opens: { action: "deny" },
    granted: ["clipboard-sanitized-write"],
    has: ["clipboard-sanitized-write"],
  });
});

test("icon, files and menus come from the app's folder and suit the system", () => {
  const seen = (platform: NodeJS.Platform) => {
    const { electron } = open(platform);
    const { handlers } = electron.session;
    return [electron.trays[0]?.icon, [...handlers.keys()], electron.menu.map(({ role }) => role)];
  };
  const menu = ["fileMenu", "editMenu", "viewMenu", "windowMenu"];
  expect([seen("linux"), seen("win32"), seen("darwin")]).toEqual([
    [path.join("/app", "assets", "tray-large.png"), ["app"], menu],
    [path.join("/app", "assets", "tray.png"), ["app"], menu],
    [path.join("/app", "assets", "trayTemplate.png"), ["app"], ["appMenu", ...menu]],
  ]);
});
