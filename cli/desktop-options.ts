// What the desktop app understands of its command line.
import { parseArgs } from "node:util";
import { checkCatchers, type Wishes } from "./start-app.ts";
import { WrongUsage } from "./wrong-usage.ts";

/**
 * Reads --source, --data-dir, --catcher and --directory as `gristmill run` does. Anything else is passed over in silence: Chromium, Electron and the desktop
 * add switches of their own, and which ones is theirs to say.
 * @throws WrongUsage where one of ours has no value, or they contradict each other.
 */
export function readDesktopOptions(args: readonly string[]): Wishes {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      source: { type: "string", multiple: true },
      "data-dir": { type: "string" },
      catcher: { type: "string", multiple: true },
      directory: { type: "string" },
    },
  });
  return {
    sources: (values.source ?? []).map((value) => text("source", value)),
    dataDir: values["data-dir"] === undefined ? undefined : text("data-dir", values["data-dir"]),
    directory: values.directory === undefined ? undefined : text("directory", values.directory),
    catchers: checkCatchers((values.catcher ?? []).map((value) => text("catcher", value))),
  };
}

function text(name: string, value: string | boolean): string {
  if (typeof value === "string") return value;
  throw new WrongUsage(`--${name} needs a value behind it`);
}
