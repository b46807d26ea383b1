// `gristmill run`: the whole app with the headless shell, until Ctrl-C.
import { randomBytes } from "node:crypto";
import { closeAll } from "../../main/platform/close-all.ts";
import { openBrowser } from "../../main/platform/open-browser.ts";
import { defaultDataDir } from "../../main/platform/paths.ts";
import { preferSmallMemory } from "../../main/platform/small-memory.ts";
import { startHeadless } from "../../main/shells/headless/shell.ts";
import { sourceKinds } from "../../main/sources/index.ts";
import type { Command } from "../command.ts";
import { isLoopbackHost, parseListen } from "../listen.ts";
import { checkCatchers, startWished, type Wishes } from "../start-app.ts";
import { untilStopped } from "../until-stopped.ts";
import { version } from "../version.ts";
import { builtWindow } from "../window.ts";
import { parse, WrongUsage, withExitCode } from "../wrong-usage.ts";

const usage =
  "run [--source S]… [--data-dir D] [--catcher URL|off]… [--directory SOCKET|off] [--listen HOST:PORT] [--token T] [--no-open]";

interface RunOptions extends Wishes {
  readonly listen: { readonly host: string; readonly port: number };
  readonly token: string;
  readonly open: boolean;
}

function readOptions(args: readonly string[]): RunOptions {
  const { values } = parse({
    args: [...args],
    options: {
      source: { type: "string", multiple: true, default: [] },
      "data-dir": { type: "string" },
      catcher: { type: "string", multiple: true, default: [] },
      directory: { type: "string" },
      listen: { type: "string", default: "127.0.0.1:0" },
      token: { type: "string" },
      "no-open": { type: "boolean", default: false },
    },
  });
  const listen = parseListen(values.listen, "127.0.0.1");
  if (!isLoopbackHost(listen.host)) {
    throw new WrongUsage(
      `--listen ${values.listen}: the window is served on loopback only, such as 127.0.0.1:8470; use an SSH tunnel from elsewhere`,
    );
  }
  if (values.token !== undefined && !/^[\w-]{16,}$/.test(values.token)) {
    throw new WrongUsage("--token takes at least 16 letters, digits, - or _");
  }
  return {
    sources: values.source,
    dataDir: values["data-dir"],
    catchers: checkCatchers(values.catcher),
    directory: values.directory,
    listen,
    token: values.token ?? randomBytes(24).toString("base64url"),
    open: !values["no-open"],
  };
}

export const runCommand: Command = {
  name: "run",
  usage: usage.slice("run ".length),
  options: [
    {
      option: "--source S",
      does: `a log to read, any number of times: ${sourceKinds.map((kind) => kind.usage).join(", ")} (default: this machine's journal, or unified log on macOS, or the demo where neither has anything of tailscaled)`,
    },
    {
      option: "--data-dir D",
      does: `where the log and the settings are kept (default: ${defaultDataDir()}, and demo/ in it for the demo)`,
    },
    {
      option: "--catcher URL|off",
      does: "where to send the log, any number of times: https://HOST for a catcher, logtail+https://HOST/c/COLLECTION for what takes tailscaled's uploads; naming one is consent (default: the catchers in settings.json, once the window was told yes; the demo brings its own)",
    },
    {
      option: "--directory SOCKET|off",
      does: "the tailscaled that is asked for the names of peers, by its socket; off asks nobody (default: the one of logtap:SOCKET or of this machine; the demo brings its own)",
    },
    {
      option: "--listen HOST:PORT",
      does: "where the window is served, on loopback only; port 0 is any free one (default: 127.0.0.1:0)",
    },
    {
      option: "--token T",
      does: "the secret in the window's address, at least 16 letters, digits, - or _ (default: random)",
    },
    { option: "--no-open", does: "opens no browser (default: opens the window in it)" },
  ],
  run: (args, io) =>
    withExitCode(usage, io.stderr, async () => {
      const options = readOptions(args);
      preferSmallMemory();
      const stopped = untilStopped();
      const closers: (() => Promise<void>)[] = [];
      try {
        const { url } = await start(options, io.stderr, closers);
        io.stdout.write(`Gristmill is open at ${url}\n`);
        if (options.open && openBrowser(url))
          io.stderr.write("Your browser has been asked to open it. Ctrl-C ends it.\n");
        else io.stderr.write("Open that address in a browser on this machine. Ctrl-C ends it.\n");
        await stopped;
      } finally {
        await closeAll(closers.toReversed());
      }
      return 0;
    }),
};

async function start(
  options: RunOptions,
  stderr: NodeJS.WritableStream,
  closers: (() => Promise<void>)[],
): Promise<{ url: string }> {
  const window = await builtWindow();
  const { app, notice, close } = await startWished(options, { version, shell: "headless" });
  closers.push(close);
  if (notice !== null) stderr.write(`${notice}\n`);
  const { host, port } = options.listen;
  const shell = await startHeadless({ router: app.router, window, host, port, token: options.token }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") throw error;
      throw new Error(
        `Port ${port} on ${host} is in use by another program; choose another with --listen ${host}:PORT, or leave --listen out for any free one.`,
      );
    },
  );
  closers.push(() => shell.close());
  return shell;
}
