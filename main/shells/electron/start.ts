// The only file, besides preload.ts, that loads Electron.
import { app, BrowserWindow, dialog, Menu, MessageChannelMain, powerMonitor, protocol, session, Tray } from "electron";
import { makeFolder } from "../../../log/make-folder.ts";
import type { AppRouter } from "../../rpc/handlers.ts";
import type { ElectronParts } from "./electron-parts.ts";
import { windowScheme } from "./security.ts";
import { openShell } from "./shell.ts";
import { askSessionBus, isTrayShown } from "./tray-host.ts";

export interface Desktop {
  /** As package.json has it. */
  readonly version: string;
  /** Resolves when Electron can show things. Never await it at the top of a module: Electron is not ready before its entry has run through. */
  readonly ready: Promise<void>;
  /** Opens window and tray; `close` is called once, when the user quits. */
  open(options: { readonly router: AppRouter; readonly close: () => Promise<void> }): void;
  quit(): void;
}

/** Shows why there will be no app, and ends the process. */
export function refuseToStart(sentence: string, exitCode: number): void {
  console.error(sentence);
  dialog.showErrorBox("Gristmill cannot start", sentence);
  app.exit(exitCode);
}

/** What the user wrote behind the program (packaged), or behind the program and the app's folder. */
export function desktopArguments(): readonly string[] {
  return process.argv.slice(app.isPackaged ? 1 : 2);
}

/**
 * Makes this process the desktop app, or leaves it to the one that runs already on the same `profile`, which then shows its window: undefined.
 * Has to be called before anything is awaited.
 * @param profile folder for what Chromium keeps; made where it is missing.
 */
export function claimDesktop(profile: string): Desktop | undefined {
  makeFolder(profile, 0o700);
  app.setName("Gristmill");
  app.setPath("userData", profile);
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return undefined;
  }
  protocol.registerSchemesAsPrivileged([windowScheme]);
  return {
    version: app.getVersion(),
    ready: app.whenReady(),
    open: (options) =>
      openShell(electronParts(), {
        ...options,
        appFolder: app.getAppPath(),
        isTrayShown: () => isTrayShown({ platform: process.platform, pid: process.pid, askBus: askSessionBus }),
      }),
    quit: () => app.quit(),
  };
}

/** The real thing, in the shape that the shell uses. */
function electronParts(): ElectronParts {
  return {
    platform: process.platform,
    app,
    session: session.defaultSession,
    openWindow: (options) => new BrowserWindow(options),
    openTray({ icon, tooltip, menu }) {
      const tray = new Tray(icon);
      tray.setToolTip(tooltip);
      tray.setContextMenu(Menu.buildFromTemplate(menu));
      return tray;
    },
    setMenu: (template) => Menu.setApplicationMenu(Menu.buildFromTemplate(template)),
    openChannel: () => new MessageChannelMain(),
    onResume: (listener) => powerMonitor.on("resume", listener),
    async ask(question) {
      const options = { type: "question" as const, cancelId: 0, ...question };
      const [parent] = BrowserWindow.getAllWindows();
      const shown = parent === undefined ? dialog.showMessageBox(options) : dialog.showMessageBox(parent, options);
      return (await shown).response;
    },
  };
}
