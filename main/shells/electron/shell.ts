// The desktop shell: one window, a tray icon, one instance. It runs on ElectronParts; start.ts is where the real Electron comes in.
import path from "node:path";
import { call } from "@orpc/server";
import { drop } from "../../platform/drop.ts";
import { scheme } from "./address.ts";
import type { ElectronParts } from "./electron-parts.ts";
import { MainWindow, type MainWindowOptions } from "./main-window.ts";
import { appMenu, trayIcon, trayMenu } from "./menus.ts";
import { denyPermissions, windowProtocol } from "./security.ts";
import { keepTrayText, plainText } from "./tray-text.ts";

export interface ShellOptions extends MainWindowOptions {
  /** Closes the app. The process ends when it has settled. */
  readonly close: () => Promise<void>;
}

/** Opens window and tray. Needs a ready Electron; from here on the app lives until the user quits, with or without the window. */
export function openShell(electron: ElectronParts, options: ShellOptions): void {
  const { app, session, platform } = electron;
  const { appFolder, router } = options;
  denyPermissions(session);
  session.protocol.handle(scheme, windowProtocol(path.join(appFolder, "dist", "renderer")));
  electron.setMenu(appMenu(platform));

  const window = new MainWindow(electron, options);
  const show = () => window.show();
  const tray = electron.openTray({
    icon: path.join(appFolder, "assets", trayIcon(platform)),
    tooltip: plainText,
    menu: trayMenu({ show, quit: () => app.quit() }),
  });
  const over = new AbortController();
  drop(keepTrayText(router, tray, over.signal));
  if (platform !== "darwin") tray.on("click", show); // There a click opens the menu.
  app.on("second-instance", show);
  app.on("activate", show);
  app.on("window-all-closed", () => undefined); // Without a listener Electron would quit.
  electron.onResume(() => drop(call(router.upload.sendNow, undefined)));

  let closing: Promise<void> | undefined;
  app.on("before-quit", (event) => {
    event.preventDefault(); // First what was read is committed; then the process ends.
    over.abort();
    tray.destroy();
    closing ??= closeAndExit(electron, options.close);
    drop(closing);
  });
  show();
}

async function closeAndExit({ app }: ElectronParts, close: () => Promise<void>): Promise<void> {
  try {
    await close();
    app.exit(0);
  } catch (error) {
    console.error("Gristmill could not close cleanly:", error);
    app.exit(1);
  }
}
