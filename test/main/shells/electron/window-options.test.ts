import path from "node:path";
import { expect, test } from "vitest";
import { windowOptions } from "../../../../main/shells/electron/window-options.ts";

test("the window is sandboxed, isolated and without Node, and every option is here to be reviewed", () => {
  expect(windowOptions("/app")).toEqual({
    title: "Gristmill",
    icon: path.join("/app", "assets", "icon.png"),
    width: 1280,
    height: 840,
    minWidth: 720,
    minHeight: 480,
    show: false,
    autoHideMenuBar: true,
    webPreferences: {
      preload: path.join("/app", "dist", "electron", "preload.cjs"),
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
      spellcheck: false,
    },
  });
});
