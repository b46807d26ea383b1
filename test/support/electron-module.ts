// A double of the module "electron" for the built dist/electron/main.js under plain Node, where Electron's runtime cannot be. It behaves as the
// documentation says of the calls that the entry makes, in the order it makes them, and prints each as one line of JSON. Its one window is a
// client on the port that it is handed: it waits for peers and quits the app as a user would, unless GRISTMILL_TEST_STAY says to stay.
import { EventEmitter } from "node:events";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import type { ServedPort } from "../../main/shells/electron/electron-parts.ts";
import type { Client } from "./rpc-transports.ts";
import { servedPort } from "./served-port.ts";

let isReady = false;
const did = (name: string, ...values: readonly unknown[]) => console.log(JSON.stringify([name, isReady, ...values]));

class AppDouble extends EventEmitter {
  readonly isPackaged = false;
  /** Ready comes after the entry has run through: https://www.electronjs.org/docs/latest/tutorial/esm */
  readonly #ready = new Promise<void>((resolve) =>
    setTimeout(() => {
      isReady = true;
      resolve();
    }, 0),
  );
  setName = (name: string) => did("app.setName", name);
  setPath = (name: string, folder: string) => did("app.setPath", name, folder);
  requestSingleInstanceLock = () => process.env.GRISTMILL_TEST_SECOND !== "yes";
  getVersion = () => "1.2.3";
  getAppPath = () => process.cwd();
  whenReady = () => this.#ready;
  quit(): void {
    did("app.quit");
    const event = { isPrevented: false, preventDefault: () => Object.assign(event, { isPrevented: true }) };
    this.emit("before-quit", event);
    if (!event.isPrevented) this.exit(0);
  }
  exit(code: number): void {
    did("app.exit", code);
    process.exit(code);
  }
}

export const app = new AppDouble();

const handlers = new Map<string, (request: Request) => Promise<Response>>();
export const session = {
  defaultSession: {
    protocol: {
      handle: (scheme: string, handler: (request: Request) => Promise<Response>) => void handlers.set(scheme, handler),
    },
    setPermissionCheckHandler: () => did("session.setPermissionCheckHandler"),
    setPermissionRequestHandler: () => did("session.setPermissionRequestHandler"),
  },
};
export const protocol = {
  registerSchemesAsPrivileged: (schemes: readonly unknown[]) => did("protocol.registerSchemesAsPrivileged", schemes),
};
export const dialog = { showErrorBox: (title: string, content: string) => did("dialog.showErrorBox", title, content) };
export const powerMonitor = new EventEmitter();
export const Menu = {
  buildFromTemplate: (template: readonly unknown[]) => template,
  setApplicationMenu: () => did("Menu.setApplicationMenu"),
};
export class Tray extends EventEmitter {
  constructor(icon: string) {
    super();
    did("new Tray", icon);
  }
  setToolTip(): void {}
  setContextMenu(): void {}
  destroy = () => did("tray.destroy");
}

const pagePorts = new Map<ServedPort, MessagePort>();
export class MessageChannelMain {
  readonly port1: ServedPort;
  readonly port2: ServedPort;
  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.port1 = servedPort(port1);
    this.port2 = servedPort(port2);
    pagePorts.set(this.port2, port2);
  }
}

class ContentsDouble extends EventEmitter {
  readonly ipc = new EventEmitter();
  setWindowOpenHandler(): void {}
  postMessage(channel: string, _message: unknown, [port]: readonly ServedPort[]): void {
    did("contents.postMessage", channel);
    const pagePort = port && pagePorts.get(port);
    if (pagePort !== undefined) talkOn(pagePort).catch((error: unknown) => did("page failed", String(error)));
  }
}

export class BrowserWindow extends EventEmitter {
  static getAllWindows = () => [];
  readonly webContents = new ContentsDouble();
  constructor(options: unknown) {
    super();
    did("new BrowserWindow", options);
  }
  show = () => did("window.show");
  async loadURL(url: string): Promise<void> {
    const response = await handlers.get(new URL(url).protocol.slice(0, -1))?.(new Request(url));
    did("window.loadURL", url, response?.status, response?.headers.get("content-security-policy"));
    this.emit("ready-to-show");
    const senderFrame = { parent: null, origin: url.slice(0, -1) };
    this.webContents.ipc.emit("gristmill-port-wanted", { senderFrame });
  }
}

async function talkOn(port: MessagePort): Promise<void> {
  const client: Client = createORPCClient(
    new RPCLink({
      port: {
        on: (event: string, listener: (message?: { data: unknown }) => void) =>
          void (event === "message" ? port.on("message", (data) => listener({ data })) : port.on("close", listener)),
        postMessage: (message: unknown) => port.postMessage(message),
      },
    }),
  );
  for await (const update of await client.graph.watch()) {
    const peers = update.kind === "snapshot" ? update.graph.tunnels.length : (update.difference.tunnels?.length ?? 0);
    if (peers > 0) break;
  }
  for await (const status of await client.status.watch()) {
    did("page sees peers", status.shell, status.version, status.demo);
    break;
  }
  if (process.env.GRISTMILL_TEST_STAY !== "yes") app.quit();
}
