import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import path from "node:path";

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function opener(url: string): readonly [string, ...string[]] | undefined {
  if (process.platform === "darwin") return ["open", url];
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler", url];
  const hasDisplay = process.env.DISPLAY !== undefined || process.env.WAYLAND_DISPLAY !== undefined;
  return hasDisplay && onPath("xdg-open") ? ["xdg-open", url] : undefined;
}

/** Hands the address to the desktop's browser. False where there is no display or nothing that opens addresses. */
export function openBrowser(url: string): boolean {
  const command = opener(url);
  if (command === undefined) return false;
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  child.on("error", () => undefined); // The address has been printed: the user can open it.
  child.unref();
  return true;
}
