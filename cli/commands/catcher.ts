// `gristmill catcher`: a log catcher, until Ctrl-C; and what is done to its store.
import { readFileSync } from "node:fs";
import path from "node:path";
import { defaultLimits } from "../../catcher/limits.ts";
import type { Reserve } from "../../catcher/no-space.ts";
import { jsonLog, type OperatorLog, textLog } from "../../catcher/operator-log.ts";
import { type CatcherOptions, startCatcher } from "../../catcher/server.ts";
import { defaultDataDir } from "../../main/platform/paths.ts";
import { parseBytes, parseCount, parseDays } from "../byte-size.ts";
import { compactStore, defaultOlderThanHours } from "../catcher/compact.ts";
import type { Command, Io, OptionHelp } from "../command.ts";
import { consoleInto } from "../json-console.ts";
import { parseListen } from "../listen.ts";
import { untilStopped } from "../until-stopped.ts";
import { parse, WrongUsage, withExitCode } from "../wrong-usage.ts";

const usage =
  "catcher [--dir D] [--listen HOST:PORT] [--admin-key K|--admin-key-file FILE] [--tls-cert FILE --tls-key FILE] [--quota SIZE] [--reserve SIZE|PERCENT] " +
  "[--keep-days N] [--keep-size SIZE] [--connections-per-address N] [--requests-per-instance N] [--bytes-per-instance SIZE] [--log text|json] | " +
  "catcher compact [--dir D] [--older-than HOURS]";
const defaultHost = "127.0.0.1";
const defaultListen = `${defaultHost}:8474`;

/**
 * Each fdatasync has a thread to itself while it waits, and a file system makes durable together what waits at the same time: with Node's four threads
 * a hundred machines that send at once wait for 25 of its commits. Read when the first of them starts.
 */
const threads = "32";

/** Beside the data dir of an agent: ~/.local/share/gristmill-catcher on Linux. */
function defaultCatcherDir(): string {
  return path.join(path.dirname(defaultDataDir()), "gristmill-catcher");
}

const { connectionsPerAddress, requestsPerInstance, bytesPerInstance } = defaultLimits;
const help: readonly OptionHelp[] = [
  { option: "--dir D", does: `the folder that logs are stored in (default: ${defaultCatcherDir()})` },
  {
    option: "--listen HOST:PORT",
    does: `where machines send their logs to; port 0 is any free one (default: ${defaultListen})`,
  },
  {
    option: "--admin-key K",
    does: "who shows this key may ask what the catcher holds, and adopt; at least 16 letters, digits, - or _ (default: nobody may, and all is kept)",
  },
  { option: "--admin-key-file FILE", does: "the same, read from a file, so that no list of processes shows it" },
  {
    option: "--tls-cert FILE",
    does: "certificate and those behind it, in PEM: the catcher speaks HTTPS (default: HTTP)",
  },
  { option: "--tls-key FILE", does: "the certificate's key, in PEM" },
  { option: "--quota SIZE", does: "most that the store may take, such as 100G (default: as much as the disk has)" },
  {
    option: "--reserve SIZE|PERCENT",
    does: "what always stays free on the disk, such as 1G or 10% (default: 256M or 5%, whichever is less)",
  },
  {
    option: "--keep-days N",
    does: "deletes what adopted instances sent longer ago (default: never; what nobody adopted goes after 12 hours)",
  },
  {
    option: "--keep-size SIZE",
    does: "deletes the oldest while the logs take more than this, such as 50G (default: never)",
  },
  {
    option: "--connections-per-address N",
    does: `connections at a time from one address (default: ${connectionsPerAddress})`,
  },
  {
    option: "--requests-per-instance N",
    does: `requests per second of one machine, ten times as many at once (default: ${requestsPerInstance})`,
  },
  {
    option: "--bytes-per-instance SIZE",
    does: `bytes of log, unpacked, per second of one machine, ten times as many at once (default: ${bytesPerInstance / 2 ** 20}M)`,
  },
  {
    option: "--log text|json",
    does: "how messages stand on stderr: sentences, or one JSON object per line (default: text)",
  },
  {
    option: "compact",
    does: "packs what is old into less space, beside a running catcher or without one; then ends",
  },
  {
    option: "--older-than HOURS",
    does: `compact: leaves what was written to since (default: ${defaultOlderThanHours})`,
  },
];

export const catcherCommand: Command = {
  name: "catcher",
  usage: usage.slice("catcher ".length),
  options: help,
  run: (args, io) =>
    withExitCode(usage, io.stderr, async () => {
      if (args[0] === "compact") return compactStore(args.slice(1), defaultCatcherDir(), io);
      const options = optionsFrom(args, io);
      process.env.UV_THREADPOOL_SIZE ??= threads;
      const stopped = untilStopped();
      const catcher = await startCatcher(options);
      io.stdout.write(`${JSON.stringify({ listening: catcher.url })}\n`);
      await stopped;
      await catcher.close();
      return 0;
    }),
};

/** @throws WrongUsage */
function optionsFrom(args: readonly string[], io: Io): CatcherOptions {
  const text = { type: "string" } as const;
  const { values } = parse({
    args: [...args],
    options: {
      dir: { ...text, default: defaultCatcherDir() },
      listen: { ...text, default: defaultListen },
      "admin-key": text,
      "admin-key-file": text,
      "tls-cert": text,
      "tls-key": text,
      quota: text,
      reserve: text,
      "keep-days": text,
      "keep-size": text,
      "connections-per-address": { ...text, default: String(connectionsPerAddress) },
      "requests-per-instance": { ...text, default: String(requestsPerInstance) },
      "bytes-per-instance": { ...text, default: String(bytesPerInstance) },
      log: { ...text, default: "text" },
    },
  });
  return {
    dir: path.resolve(values.dir),
    listen: listenFrom(values.listen),
    adminKey: adminKeyFrom(values["admin-key"], values["admin-key-file"]),
    tls: tlsFrom(values["tls-cert"], values["tls-key"]),
    quotaBytes: values.quota === undefined ? undefined : parseBytes(values.quota, "--quota"),
    reserve: values.reserve === undefined ? undefined : reserveFrom(values.reserve),
    keepMs: values["keep-days"] === undefined ? undefined : parseDays(values["keep-days"], "--keep-days"),
    keepBytes: values["keep-size"] === undefined ? undefined : parseBytes(values["keep-size"], "--keep-size"),
    limits: {
      connectionsPerAddress: parseCount(values["connections-per-address"], "--connections-per-address"),
      requestsPerInstance: parseCount(values["requests-per-instance"], "--requests-per-instance"),
      bytesPerInstance: parseBytes(values["bytes-per-instance"], "--bytes-per-instance"),
    },
    log: logFrom(values.log, io),
  };
}

function listenFrom(text: string): string {
  const { host, port } = parseListen(text, defaultHost);
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function adminKeyFrom(given: string | undefined, file: string | undefined): string | undefined {
  if (given !== undefined && file !== undefined)
    throw new WrongUsage("--admin-key and --admin-key-file say the same thing; give one");
  const key = file === undefined ? given : keyIn(file);
  if (key !== undefined && !/^[\w-]{16,}$/.test(key))
    throw new WrongUsage(
      `${file === undefined ? "--admin-key takes" : `The key in ${file} must be`} at least 16 letters, digits, - or _`,
    );
  return key;
}

function keyIn(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new Error(`The admin key in ${file} cannot be read by this user; see --admin-key-file.`, { cause });
  }
}

function tlsFrom(cert: string | undefined, key: string | undefined): CatcherOptions["tls"] {
  if (cert !== undefined && key !== undefined) return { cert: path.resolve(cert), key: path.resolve(key) };
  if (cert !== undefined || key !== undefined) throw new WrongUsage("--tls-cert and --tls-key are given together");
  return undefined;
}

function reserveFrom(text: string): Reserve {
  const percent = /^(\d{1,2})%$/.exec(text)?.[1];
  return percent === undefined ? { bytes: parseBytes(text, "--reserve", 0) } : { percent: Number(percent) };
}

function logFrom(kind: string, { stderr }: Io): OperatorLog {
  if (kind === "text") return textLog;
  if (kind !== "json") throw new WrongUsage(`--log takes text or json, not "${kind}"`);
  const log = jsonLog((line) => stderr.write(line));
  consoleInto(log);
  return log;
}
