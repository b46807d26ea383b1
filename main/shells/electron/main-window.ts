// The one window: opened, brought back, connected to the app, and destroyed when it is closed, so that a hidden one costs no memory.
import { drop } from "../../platform/drop.ts";
import type { AppRouter } from "../../rpc/handlers.ts";
import { portGiven, portWanted, windowAddress } from "./address.ts";
import type { ElectronParts, Preventable, ShellWindow } from "./electron-parts.ts";
import { type Connection, servePort } from "./port.ts";
import { confine, isOwnPage } from "./security.ts";
import { windowOptions } from "./window-options.ts";

export interface MainWindowOptions {
  readonly router: AppRouter;
  /** Where dist/ and assets/ lie. */
  readonly appFolder: string;
  /** Whether the tray icon can be seen right now: then the app can go on without a window. */
  readonly isTrayShown: () => Promise<boolean>;
}

const noTray = {
  message: "This desktop shows no tray icon for Gristmill.",
  detail:
    "Without one it cannot go on out of sight. Keep it running in a minimized window, or quit; nothing that was read is lost either way.",
  buttons: ["Keep running", "Quit"],
};

export class MainWindow {
  readonly #electron: ElectronParts;
  readonly #options: MainWindowOptions;
  #window: ShellWindow | undefined;
  #connection: Connection | undefined;
  /** Since its page was last loaded, the window has asked for a port: it works. */
  #hasConnected = false;

  constructor(electron: ElectronParts, options: MainWindowOptions) {
    this.#electron = electron;
    this.#options = options;
  }

  /** Opens the window, or brings the open one to the front. */
  show(): void {
    const window = this.#window;
    if (window === undefined) {
      this.#open();
      return;
    }
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }

  #open(): void {
    const window = this.#electron.openWindow(windowOptions(this.#options.appFolder));
    const { webContents } = window;
    this.#window = window;
    this.#hasConnected = false;
    confine(webContents);
    webContents.ipc.on(portWanted, ({ senderFrame }) => {
      if (isOwnPage(senderFrame)) this.#connect(window);
    });
    webContents.on("render-process-gone", (_event, { reason }) => this.#recover(window, reason));
    // A page that hangs would let messages pile up for ever. When it wakes it finds its port closed, and asks for another.
    window.on("unresponsive", () => this.#disconnect());
    window.on("ready-to-show", () => window.show());
    window.on("close", (event) => this.#closing(window, event));
    window.on("closed", () => {
      this.#disconnect();
      this.#window = undefined;
    });
    window.loadURL(windowAddress).catch((error: unknown) => {
      if (this.#window === window) console.error("the window could not be loaded:", error);
    });
  }

  #connect(window: ShellWindow): void {
    this.#disconnect();
    this.#hasConnected = true;
    const { port1, port2 } = this.#electron.openChannel();
    this.#connection = servePort(this.#options.router, port1);
    window.webContents.postMessage(portGiven, null, [port2]);
  }

  #disconnect(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** The page's process crashed or was killed. Its page is loaded again, unless it never worked: then that would go on for ever. */
  #recover(window: ShellWindow, reason: string): void {
    this.#disconnect();
    if (reason === "clean-exit") return;
    console.warn(`The window's process ended (${reason}); the log is read and kept as before.`);
    if (!this.#hasConnected) return;
    this.#hasConnected = false;
    window.webContents.reload();
  }

  #closing(window: ShellWindow, event: Preventable): void {
    if (this.#electron.platform !== "linux") return; // The tray is always there.
    event.preventDefault();
    drop(this.#leave(window));
  }

  async #leave(window: ShellWindow): Promise<void> {
    if (await this.#options.isTrayShown()) return window.destroy();
    const answer = await this.#electron.ask(noTray);
    if (answer === 0) window.minimize();
    else this.#electron.app.quit();
  }
}
