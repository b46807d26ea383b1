import type { MenuItemConstructorOptions } from "electron";

/** The menus that each system expects, with its own words and keys. */
export function appMenu(platform: NodeJS.Platform): MenuItemConstructorOptions[] {
  const own: MenuItemConstructorOptions[] = platform === "darwin" ? [{ role: "appMenu" }] : [];
  return [...own, { role: "fileMenu" }, { role: "editMenu" }, { role: "viewMenu" }, { role: "windowMenu" }];
}

export interface TrayActions {
  show(): void;
  quit(): void;
}

export function trayMenu({ show, quit }: TrayActions): MenuItemConstructorOptions[] {
  return [
    { label: "Show Gristmill", click: () => show() },
    { type: "separator" },
    { label: "Quit", click: () => quit() },
  ];
}

/** File in assets/. Electron finds the @2x beside it; macOS colours a "Template" image itself; Linux desktops scale down what they get. */
export function trayIcon(platform: NodeJS.Platform): string {
  if (platform === "darwin") return "trayTemplate.png";
  return platform === "win32" ? "tray.png" : "tray-large.png";
}
