// What the preload does: the page says that it is ready, main gives a port, the page gets it. The page is handed nothing else of Electron.
import { ownOrigin, portGiven, portWanted } from "./address.ts";

/** The page's window, as far as the preload uses it; main/ knows no DOM, because nothing else here runs in a page. */
export interface Page {
  readonly location: { readonly origin: string };
  addEventListener(
    type: "message",
    listener: (event: { readonly source: unknown; readonly data: unknown }) => void,
  ): void;
  postMessage(message: string, targetOrigin: string, transfer: readonly object[]): void;
}

/** Electron's ipcRenderer and contextBridge, as far as the preload uses them. */
export interface BridgeParts {
  readonly ipc: {
    on(channel: string, listener: (event: { readonly ports: readonly object[] }) => void): unknown;
    send(channel: string): void;
  };
  expose(name: string, value: string): void;
}

/**
 * Tells the page which shell it is in, and gives it a fresh port each time it posts "gristmill-ready" to itself.
 * A page of another origin gets nothing.
 */
export function bridgePorts(page: Page, { ipc, expose }: BridgeParts): void {
  if (page.location.origin !== ownOrigin) return;
  expose("gristmillShell", "electron");
  page.addEventListener("message", ({ source, data }) => {
    if (source === page && data === "gristmill-ready") ipc.send(portWanted);
  });
  ipc.on(portGiven, ({ ports }) => page.postMessage("gristmill-port", ownOrigin, [...ports]));
}
