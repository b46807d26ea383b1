// `gristmill catcher`: a log catcher, until Ctrl-C; and what is done to its store.
import path from "node:path";
import { startCatcher } from "../../catcher/server.ts";
import { defaultDataDir } from "../../main/platform/paths.ts";
import { compactStore, defaultOlderThanHours } from "../catcher/compact.ts";
import { parseBytes, parseDays } from "../catcher/limits.ts";
import type { Command } from "../command.ts";
import { parseListen } from "../listen.ts";
import { untilStopped } from "../until-stopped.ts";
import { parse, WrongUsage, withExitCode } from "../wrong-usage.ts";

const usage =
  "catcher [--dir D] [--listen HOST:PORT] [--admin-key K] [--keep-days N] [--keep-size SIZE] | catcher compact [--dir D] [--older-than HOURS]";
const defaultHost = "127.0.0.1";
const defaultListen = `${defaultHost}:8474`;

/** Beside the data dir of an agent: ~/.local/share/gristmill-catcher on Linux. */
function defaultCatcherDir(): string {
  return path.join(path.dirname(defaultDataDir()), "gristmill-catcher");
}

export const catcherCommand: Command = {
  name: "catcher",
  usage: usage.slice("catcher ".length),
  options: [
    { option: "--dir D", does: `the folder that logs are stored in (default: ${defaultCatcherDir()})` },
    {
      option: "--listen HOST:PORT",
      does: `where machines send their logs to; port 0 is any free one (default: ${defaultListen})`,
    },
    {
      option: "--admin-key K",
      does: "who shows this key may ask what the catcher holds, and adopt; at least 16 letters, digits, - or _ (default: nobody may, and all is kept)",
    },
    {
      option: "--keep-days N",
      does: "deletes what adopted instances sent longer ago (default: never; what nobody adopted goes after 12 hours)",
    },
    {
      option: "--keep-size SIZE",
      does: "deletes the oldest while the logs take more than this, such as 50GiB (default: never)",
    },
    {
      option: "compact",
      does: "packs what is old into less space, beside a running catcher or without one; then ends",
    },
    {
      option: "--older-than HOURS",
      does: `compact: leaves what was written to since (default: ${defaultOlderThanHours})`,
    },
  ],
  run: (args, io) =>
    withExitCode(usage, io.stderr, async () => {
      if (args[0] === "compact") return compactStore(args.slice(1), defaultCatcherDir(), io);
      const { values } = parse({
        args: [...args],
        options: {
          dir: { type: "string", default: defaultCatcherDir() },
          listen: { type: "string", default: defaultListen },
          "admin-key": { type: "string" },
          "keep-days": { type: "string" },
          "keep-size": { type: "string" },
        },
      });
      const { host, port } = parseListen(values.listen, defaultHost);
      const adminKey = values["admin-key"];
      if (adminKey !== undefined && !/^[\w-]{16,}$/.test(adminKey))
        throw new WrongUsage("--admin-key takes at least 16 letters, digits, - or _");
      const [keepMs, keepBytes] = [parseDays(values["keep-days"]), parseBytes(values["keep-size"])];
      const stopped = untilStopped();
      const listen = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
      const catcher = await startCatcher({ dir: path.resolve(values.dir), listen, adminKey, keepMs, keepBytes });
      io.stdout.write(`${JSON.stringify({ listening: catcher.url })}\n`);
      await stopped;
      await catcher.close();
      return 0;
    }),
};
