// Electron's entry: the app and the demo's catcher under the desktop shell. Built to dist/electron/main.js.
import path from "node:path";
import { drop } from "../main/platform/drop.ts";
import { defaultDataDir } from "../main/platform/paths.ts";
import { claimDesktop, type Desktop, desktopArguments, refuseToStart } from "../main/shells/electron/start.ts";
import { readDesktopOptions } from "./desktop-options.ts";
import { startWished, type Wishes } from "./start-app.ts";
import { untilStopped } from "./until-stopped.ts";
import { WrongUsage } from "./wrong-usage.ts";

// Nothing is awaited at the top: Electron is not ready before this module has run through.
try {
  const wishes = readDesktopOptions(desktopArguments());
  const desktop = claimDesktop(path.join(path.resolve(wishes.dataDir ?? defaultDataDir()), "electron"));
  if (desktop !== undefined) drop(run(desktop, wishes));
} catch (error) {
  refuse(error);
}

async function run(desktop: Desktop, wishes: Wishes): Promise<void> {
  try {
    await desktop.ready;
    drop(untilStopped().then(() => desktop.quit())); // Only now: Electron sets its own signal handlers until it is ready.
    const { app, notice, close } = await startWished(wishes, { version: desktop.version, shell: "electron" });
    if (notice !== null) console.error(notice);
    desktop.open({ router: app.router, close });
  } catch (error) {
    refuse(error);
  }
}

function refuse(error: unknown): void {
  refuseToStart(error instanceof Error ? error.message : String(error), error instanceof WrongUsage ? 2 : 1);
}
