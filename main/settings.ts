// What the user set: <data dir>/settings.json. A setting that is wrong there has its default, and is said; it never stops a start.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { defaultSettings, readSettings, type Settings } from "../shared/settings.ts";

/** @throws nothing: a file that cannot be read counts as none. */
export async function openSettings(disk: Disk, dataDir: string): Promise<Settings> {
  const file = path.join(dataDir, "settings.json");
  try {
    const { settings, faults } = readSettings(JSON.parse((await disk.read(file)).toString("utf8")));
    for (const fault of faults) console.warn(`${file}: ${fault}. The default is used until it is put right.`);
    return settings;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return defaultSettings;
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(`${file} cannot be read (${reason}). The defaults are used until it is put right.`);
    return defaultSettings;
  }
}
