import path from "node:path";
import type { BrowserWindowConstructorOptions } from "electron";

/** Everything that is set on the window; nothing in it may reach Node, whatever a log line makes the page do. */
export function windowOptions(appFolder: string): BrowserWindowConstructorOptions {
  return {
    title: "Gristmill",
    icon: path.join(appFolder, "assets", "icon.png"),
    width: 1280,
    height: 840,
    minWidth: 720,
    minHeight: 480,
    show: false, // Until there is something to see: no white flash on a dark desktop.
    autoHideMenuBar: true,
    webPreferences: {
      preload: path.join(appFolder, "dist", "electron", "preload.cjs"),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false, // The spell checker would download its dictionaries.
    },
  };
}
