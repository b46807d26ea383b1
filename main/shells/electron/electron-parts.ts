// What the shell uses of Electron, and nothing else: start.ts hands over the real thing, which must fit (Electron's own types say whether it does),
// and the tests hand over doubles, because Electron's runtime is not on every machine. Only types are imported here.
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions } from "electron";

/** An event whose default can be prevented. */
export interface Preventable {
  preventDefault(): void;
}

/** A MessagePortMain. */
export interface ServedPort {
  on(event: "message", listener: (message: { readonly data: unknown }) => void): unknown;
  /** Emitted when the other end is gone. */
  on(event: "close", listener: () => void): unknown;
  postMessage(message: unknown): void;
  /** Messages are queued until then. */
  start(): void;
  close(): void;
}

/** A WebFrameMain: who sends a message. */
export interface Sender {
  readonly origin: string;
  readonly parent: unknown;
}

/** The WebContents of a window. */
export interface Contents {
  readonly ipc: {
    on(channel: string, listener: (event: { readonly senderFrame: Sender | null }) => void): unknown;
  };
  on(event: "will-frame-navigate", listener: (event: Preventable) => void): unknown;
  on(event: "will-redirect", listener: (event: Preventable) => void): unknown;
  on(event: "will-attach-webview", listener: (event: Preventable) => void): unknown;
  on(event: "render-process-gone", listener: (event: unknown, details: { readonly reason: string }) => void): unknown;
  setWindowOpenHandler(handler: () => { readonly action: "deny" }): void;
  postMessage(channel: string, message: unknown, transfer?: ServedPort[]): void;
  reload(): void;
}

/** A BrowserWindow. */
export interface ShellWindow {
  readonly webContents: Contents;
  on(event: "close", listener: (event: Preventable) => void): unknown;
  on(event: "closed", listener: () => void): unknown;
  on(event: "unresponsive", listener: () => void): unknown;
  on(event: "ready-to-show", listener: () => void): unknown;
  loadURL(url: string): Promise<void>;
  show(): void;
  focus(): void;
  isMinimized(): boolean;
  minimize(): void;
  restore(): void;
  destroy(): void;
}

/** A Tray. */
export interface ShellTray {
  on(event: "click", listener: () => void): unknown;
  setToolTip(text: string): void;
  destroy(): void;
}

/** The default Session. */
export interface ShellSession {
  readonly protocol: {
    handle(scheme: string, handler: (request: Request) => Promise<Response>): void;
  };
  setPermissionCheckHandler(handler: (contents: unknown, permission: string) => boolean): void;
  setPermissionRequestHandler(
    handler: (contents: unknown, permission: string, answer: (granted: boolean) => void) => void,
  ): void;
}

export interface ElectronParts {
  readonly platform: NodeJS.Platform;
  readonly app: {
    on(event: "second-instance", listener: () => void): unknown;
    on(event: "activate", listener: () => void): unknown;
    on(event: "window-all-closed", listener: () => void): unknown;
    on(event: "before-quit", listener: (event: Preventable) => void): unknown;
    quit(): void;
    /** Ends the process at once; no more events. */
    exit(code: number): void;
  };
  readonly session: ShellSession;
  openWindow(options: BrowserWindowConstructorOptions): ShellWindow;
  openTray(options: {
    readonly icon: string;
    readonly tooltip: string;
    readonly menu: MenuItemConstructorOptions[];
  }): ShellTray;
  setMenu(template: MenuItemConstructorOptions[]): void;
  openChannel(): { readonly port1: ServedPort; readonly port2: ServedPort };
  /** Calls `listener` each time the machine wakes from sleep. */
  onResume(listener: () => void): void;
  /** Asks on top of the window; resolves with the index of the button, 0 where the question is closed without an answer. */
  ask(question: { readonly message: string; readonly detail: string; readonly buttons: string[] }): Promise<number>;
}
