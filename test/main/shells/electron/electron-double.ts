// A double of Electron, whose runtime cannot be on every machine that runs the tests. It does what Electron's documentation says of the few
// members that the shell uses; test/e2e/electron.test.ts runs the real one where there is one.
import { EventEmitter } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions } from "electron";
import type {
  Contents,
  ElectronParts,
  Sender,
  ServedPort,
  ShellSession,
  ShellTray,
  ShellWindow,
} from "../../../../main/shells/electron/electron-parts.ts";
import { servedPort } from "../../../support/served-port.ts";

export class EventDouble {
  isPrevented = false;
  preventDefault(): void {
    this.isPrevented = true;
  }
}

export class ContentsDouble extends EventEmitter implements Contents {
  readonly ipc = new EventEmitter();
  readonly posted: { readonly channel: string; readonly transfer: readonly ServedPort[] }[] = [];
  reloads = 0;
  openHandler: () => { readonly action: string } = () => ({ action: "allow" });

  setWindowOpenHandler(handler: () => { readonly action: "deny" }): void {
    this.openHandler = handler;
  }
  postMessage(channel: string, _message: unknown, transfer: ServedPort[] = []): void {
    this.posted.push({ channel, transfer });
  }
  reload(): void {
    this.reloads += 1;
  }
  /** The preload of a page in `frame` sends on `channel`. */
  receive(channel: string, senderFrame: Sender | null): void {
    this.ipc.emit(channel, { senderFrame });
  }
}

export class WindowDouble extends EventEmitter implements ShellWindow {
  readonly webContents = new ContentsDouble();
  readonly options: BrowserWindowConstructorOptions;
  readonly calls: string[] = [];
  readonly urls: string[] = [];
  #isMinimized = false;

  constructor(options: BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }
  loadURL(url: string): Promise<void> {
    this.urls.push(url);
    return Promise.resolve();
  }
  show(): void {
    this.calls.push("show");
  }
  focus(): void {
    this.calls.push("focus");
  }
  isMinimized(): boolean {
    return this.#isMinimized;
  }
  minimize(): void {
    this.#isMinimized = true;
    this.calls.push("minimize");
  }
  restore(): void {
    this.#isMinimized = false;
    this.calls.push("restore");
  }
  destroy(): void {
    this.calls.push("destroy");
    this.emit("closed");
  }
  /** The user clicks the close button: "close", and unless that is prevented, the window is gone. */
  userCloses(): void {
    const event = new EventDouble();
    this.emit("close", event);
    if (!event.isPrevented) this.destroy();
  }
}

export class TrayDouble extends EventEmitter implements ShellTray {
  isDestroyed = false;
  readonly tooltips: string[] = [];
  readonly icon: string;
  readonly menu: readonly MenuItemConstructorOptions[];

  constructor(icon: string, menu: readonly MenuItemConstructorOptions[]) {
    super();
    this.icon = icon;
    this.menu = menu;
  }
  setToolTip(text: string): void {
    this.tooltips.push(text);
  }
  destroy(): void {
    this.isDestroyed = true;
  }
  userPicks(label: string): void {
    const item = this.menu.find((candidate) => candidate.label === label);
    // The handlers here take none of the three arguments that Electron passes.
    (item?.click as (() => void) | undefined)?.();
  }
}

export class SessionDouble implements ShellSession {
  readonly handlers = new Map<string, (request: Request) => Promise<Response>>();
  check: (contents: unknown, permission: string) => boolean = () => true;
  request: (contents: unknown, permission: string, answer: (granted: boolean) => void) => void = (_, __, answer) =>
    answer(true);
  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Promise<Response>) => {
      this.handlers.set(scheme, handler);
    },
  };
  setPermissionCheckHandler(handler: SessionDouble["check"]): void {
    this.check = handler;
  }
  setPermissionRequestHandler(handler: SessionDouble["request"]): void {
    this.request = handler;
  }
}

class AppDouble extends EventEmitter {
  readonly exits: number[] = [];
  quit(): void {
    const event = new EventDouble();
    this.emit("before-quit", event);
    if (!event.isPrevented) this.exit(0);
  }
  exit(code: number): void {
    this.exits.push(code);
  }
}

export class ElectronDouble implements ElectronParts {
  readonly platform: NodeJS.Platform;
  readonly app = new AppDouble();
  readonly session = new SessionDouble();
  readonly windows: WindowDouble[] = [];
  readonly trays: TrayDouble[] = [];
  /** The page's end of each channel that was opened. */
  readonly pagePorts: MessagePort[] = [];
  readonly questions: string[] = [];
  menu: readonly MenuItemConstructorOptions[] = [];
  answer = 0;
  wake: () => void = () => undefined;

  constructor(platform: NodeJS.Platform) {
    this.platform = platform;
  }
  openWindow(options: BrowserWindowConstructorOptions): WindowDouble {
    const window = new WindowDouble(options);
    this.windows.push(window);
    window.on("closed", () => {
      if (!this.app.emit("window-all-closed")) this.app.quit();
    });
    return window;
  }
  openTray({ icon, menu }: { readonly icon: string; readonly menu: MenuItemConstructorOptions[] }): TrayDouble {
    const tray = new TrayDouble(icon, menu);
    this.trays.push(tray);
    return tray;
  }
  setMenu(template: MenuItemConstructorOptions[]): void {
    this.menu = template;
  }
  openChannel(): { readonly port1: ServedPort; readonly port2: ServedPort } {
    const { port1, port2 } = new MessageChannel();
    this.pagePorts.push(port2);
    return { port1: servedPort(port1), port2: servedPort(port2) };
  }
  onResume(listener: () => void): void {
    this.wake = listener;
  }
  ask(question: { readonly message: string }): Promise<number> {
    this.questions.push(question.message);
    return Promise.resolve(this.answer);
  }
}
