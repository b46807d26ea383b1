// Runs in the window before its page, sandboxed and in a world of its own. Built to dist/electron/preload.cjs: a sandboxed preload is CommonJS.
import { contextBridge, ipcRenderer } from "electron";
import { bridgePorts, type Page } from "./port-bridge.ts";

declare const window: Page;

bridgePorts(window, {
  ipc: ipcRenderer,
  expose: (name, value) => contextBridge.exposeInMainWorld(name, value),
});
