// What the tray icon says when somebody points at it: whose machine this is, once tailscaled has said.
import { call } from "@orpc/server";
import { applyDifference, type Directory, directoryOf } from "../../../shared/directory/difference.ts";
import type { AppRouter } from "../../rpc/handlers.ts";
import type { ShellTray } from "./electron-parts.ts";

/** Until somebody has been named. */
export const plainText = "Gristmill";
/** Windows cuts a longer text. */
const longestText = 127;

/** Keeps the text up to date until `signal` aborts or the app closes. It only listens: for its sake nobody is asked anything. */
export async function keepTrayText(router: AppRouter, tray: ShellTray, signal: AbortSignal): Promise<void> {
  let directory: Directory | undefined;
  let shown = plainText;
  for await (const update of await call(router.directory.watch, { looks: false }, { signal })) {
    if (update.kind === "snapshot") directory = directoryOf(update.directory);
    else if (directory !== undefined) directory = applyDifference(directory, update.difference);
    const text = directory === undefined ? plainText : trayText(directory);
    if (text !== shown && !signal.aborted) tray.setToolTip(text);
    shown = text;
  }
}

/** "Gristmill: alice-laptop in example.com, 12 peers, 9 online". */
export function trayText({ self, tailnet, peers }: Directory): string {
  if (self === null) return plainText;
  const online = [...peers.values()].filter((peer) => peer.online === true).length;
  const count = `${peers.size} ${peers.size === 1 ? "peer" : "peers"}, ${online} online`;
  const place = tailnet === "" ? "" : ` in ${tailnet}`;
  return `${plainText}: ${self.name || self.key}${place}, ${count}`.replaceAll(/\p{C}/gu, "").slice(0, longestText);
}
