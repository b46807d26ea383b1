// What every shell starts: sources chosen, data dir found, and the demo given a catcher of its own.
import path from "node:path";
import type { Catcher } from "../catcher/server.ts";
import { type App, type AppOptions, startApp } from "../main/app.ts";
import { closeAll } from "../main/platform/close-all.ts";
import { defaultDataDir } from "../main/platform/paths.ts";
import { chooseSources } from "./choose-sources.ts";
import { program } from "./program.ts";
import { WrongUsage } from "./wrong-usage.ts";

/** What the command line says about the app; undefined where it says nothing. */
export interface Wishes {
  readonly sources: readonly string[];
  readonly dataDir: string | undefined;
  /** A socket, or "off". */
  readonly directory: string | undefined;
  /** Addresses, or "off" alone; none: as the settings say. */
  readonly catchers: readonly string[];
}

export interface Started {
  readonly app: App;
  /** One sentence that the user should know about this run. */
  readonly notice: string | null;
  /** Closes the app, then the catcher that came with it. */
  close(): Promise<void>;
}

/** @throws WrongUsage for "off" among addresses. */
export function checkCatchers(catchers: readonly string[]): readonly string[] {
  if (catchers.includes("off") && catchers.length > 1)
    throw new WrongUsage("--catcher off means that nothing leaves this machine; leave it out, or the addresses");
  return catchers;
}

/** @throws when the data dir cannot be used; nothing is left running then. */
export async function startWished(
  wishes: Wishes,
  { version, shell }: Pick<AppOptions, "version" | "shell">,
): Promise<Started> {
  const { sources, demo, notice } = await chooseSources(wishes.sources);
  // The demo has a data dir of its own, so that invented entries never stand among real ones.
  const dataDir = path.resolve(wishes.dataDir ?? path.join(defaultDataDir(), ...(demo ? ["demo"] : [])));
  const embedded =
    demo && wishes.catchers.length === 0 ? await startEmbeddedCatcher(path.join(dataDir, "catcher")) : undefined;
  try {
    const catchers = catchersOf(wishes, embedded);
    const app = await startApp({
      version,
      shell,
      program: program(),
      dataDir,
      sources,
      catchers,
      directory: wishes.directory,
      notice,
      demo,
    });
    return {
      app,
      notice,
      close: () => closeAll([() => app.close(), () => embedded?.close()]),
    };
  } catch (error) {
    await embedded?.close();
    throw error;
  }
}

/** The embedded one keeps its name and its cursor wherever it listens: a start does not upload again what it has from the last one. */
function catchersOf({ catchers }: Wishes, embedded: Catcher | undefined): AppOptions["catchers"] {
  if (embedded !== undefined)
    return [{ address: embedded.url, consent: "own", name: "the demo's catcher", cursor: "uploader-embedded" }];
  if (catchers.length === 0) return undefined;
  return catchers.filter((each) => each !== "off").map((address) => ({ address, consent: "command line" }));
}

/** Loaded for the demo only: an agent of its own carries no web server about. */
async function startEmbeddedCatcher(dir: string): Promise<Catcher> {
  const { startCatcher } = await import("../catcher/server.ts");
  return startCatcher({ dir, listen: "127.0.0.1:0" });
}
