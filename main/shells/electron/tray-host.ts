// Can the tray icon be seen? On macOS and Windows, yes. On Linux only where the desktop runs a StatusNotifier host (GNOME needs an extension for it)
// and that host has taken our icon: some pairs of Electron and desktop refuse it (electron issue 53213), and Electron does not say so.
// Specification: https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
import { execFile } from "node:child_process";
import { z } from "zod";

/** Asks the user's session bus through systemd's busctl; its JSON output, or undefined where there is no answer. */
export type AskBus = (...args: readonly string[]) => Promise<string | undefined>;

/** A desktop that takes longer is taken for one without a tray: the window is then kept. */
const answerSeconds = 2;

export const askSessionBus: AskBus = (...args) =>
  new Promise((resolve) => {
    const options = ["--user", "--json=short", "--auto-start=no", `--timeout=${answerSeconds}`];
    execFile("busctl", [...options, ...args], { timeout: (answerSeconds + 1) * 1_000 }, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    );
  });

const watcher = "org.kde.StatusNotifierWatcher";
const isRegisteredSchema = z.object({ type: z.literal("b"), data: z.boolean() });
const itemsSchema = z.object({ type: z.literal("as"), data: z.array(z.string()) });
const namesSchema = z.array(z.object({ name: z.string(), pid: z.number().nullable() }));

export interface TrayQuestion {
  readonly platform: NodeJS.Platform;
  /** The process that owns the icon. */
  readonly pid: number;
  readonly askBus: AskBus;
}

/** Whether a desktop shows the icon of process `pid` right now. Anything that cannot be found out counts as no. */
export async function isTrayShown({ platform, pid, askBus }: TrayQuestion): Promise<boolean> {
  if (platform !== "linux") return true;
  try {
    const properties = ["IsStatusNotifierHostRegistered", "RegisteredStatusNotifierItems"];
    const [host = "", items = ""] = (
      (await askBus("get-property", watcher, "/StatusNotifierWatcher", watcher, ...properties)) ?? ""
    ).split("\n");
    if (!isRegisteredSchema.parse(JSON.parse(host)).data) return false;
    const shown = new Set(itemsSchema.parse(JSON.parse(items)).data.map(busName));
    const names = namesSchema.parse(JSON.parse((await askBus("list")) ?? ""));
    return names.some((name) => name.pid === pid && shown.has(name.name));
  } catch {
    return false;
  }
}

/** An item is listed under its connection's unique or well-known name, with or without its object path behind "/" or "@/". */
function busName(item: string): string {
  return item.split(/[@/]/, 1)[0] ?? item;
}
