// The standalone app of macOS: a port on loopback. The target of a symlink is the port, a file beside it holds the token, for administrators.
// Both stay behind when the app ends, so nothing may listen there any more. Reference 6.1.
import { readFile, readlink } from "node:fs/promises";
import path from "node:path";
import { LocalApiError } from "./local-api-error.ts";
import { loopbackPlace } from "./loopback.ts";
import type { PlaceKind } from "./place.ts";

const folder = "Library/Tailscale";

export const macStandalone: PlaceKind = {
  name: "standalone app of macOS",
  isOn: (platform) => platform === "darwin",
  async find({ root }) {
    const port = await readlink(path.join(root, folder, "ipnport")).catch(() => "");
    if (!/^\d{1,5}$/.test(port)) return [];
    const token = (await readToken(path.join(root, folder, `sameuserproof-${port}`))).trim();
    return /^[\x21-\x7e]{1,200}$/.test(token) ? [loopbackPlace(Number(port), token)] : [];
  },
};

async function readToken(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") return "";
    const sentence =
      "Tailscale's app answers administrators of this Mac only: run Gristmill as a user who is one, or install Tailscale from the Mac App Store.";
    throw new LocalApiError("refused", sentence, { cause });
  }
}
