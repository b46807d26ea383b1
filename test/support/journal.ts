// Real journals for tests, written by systemd's own programs.
//
// Found out with systemd 252:
// - systemd-journal-remote writes an entry to the file as soon as it has read the empty line after it; `journalctl --follow` sees it at once.
//   It needs __REALTIME_TIMESTAMP and __MONOTONIC_TIMESTAMP. journalctl orders entries of one boot by the monotonic time, and a follower
//   never shows one that is older than the last one it showed, so both times must grow.
// - It holds its file until its input ends; a second one may then go on in the same file, with the same sequence id.
// - systemd-journald runs without systemd as pid 1, if it may write /run/systemd/journal and /run/log/journal. Here it gets its own: a private
//   mount namespace with an empty /run, and the test's directory as its /run/log/journal. So it cannot disturb, or be disturbed by, a journald
//   that runs already, and leaves nothing behind. Its sockets are reached through /proc/<pid>/root.
// - journald tells followers about an entry up to 250 ms later (POST_CHANGE_TIMER_INTERVAL_USEC); it takes 1 to 2 s to stop.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { onTestFinished } from "vitest";

export interface JournalEntry {
  /** Undefined = an entry without a MESSAGE. */
  readonly message: string | Uint8Array | undefined;
  /** Microseconds since 1970. Left out = later than everything before, and not before now. */
  readonly time?: number;
  /** Microseconds since the boot began. Left out = as time goes. */
  readonly monotonic?: number;
  readonly pid?: number;
  readonly identifier?: string;
  readonly boot?: string;
  readonly fields?: Readonly<Record<string, string | Uint8Array>>;
}

export interface TestJournal {
  readonly file: string;
  /** Resolves once the program that writes the journal has been given the entries: they are readable a moment later. */
  append(entries: readonly JournalEntry[]): Promise<void>;
  /** Resolves once everything is in the file and the writer is gone. */
  close(): Promise<void>;
}

const journalRemote = "/lib/systemd/systemd-journal-remote";
const journald = "/lib/systemd/systemd-journald";
/** Journals are Linux's: tests that need one run there only. */
export const hasJournals = process.platform === "linux";
export const testBoot = "0123456789abcdef0123456789abcdef";

/** Appends to the journal file `name` in `directory`, which may exist already. Needs Debian's package systemd-journal-remote. */
export function createJournal(directory: string, name = "remote.journal"): TestJournal {
  if (!existsSync(journalRemote))
    throw new Error(`${journalRemote} is missing: apt-get install systemd-journal-remote`);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  const writer = spawn(journalRemote, ["--split-mode=none", `--output=${file}`, "-"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let said = "";
  writer.stderr.on("data", (text: Buffer) => {
    said += text.toString();
  });
  const gone = once(writer, "close");
  const format = exportFormatter();
  return {
    file,
    append: (entries) =>
      new Promise((resolve, reject) => {
        const written = (error?: Error | null) => (error ? reject(new Error(`${error.message}: ${said}`)) : resolve());
        writer.stdin.write(Buffer.concat(entries.map(format)), written);
      }),
    async close() {
      writer.stdin.end();
      const [code] = await gone;
      if (code !== 0) throw new Error(`systemd-journal-remote failed with ${String(code)}: ${said}`);
    },
  };
}

/** Journal Export Format of entries whose times grow. */
export function exportFormatter(): (entry: JournalEntry) => Buffer {
  let last = 0;
  const machine = readFileSync("/etc/machine-id", "utf8").trim();
  return (entry) => {
    last = entry.time ?? Math.max(last + 1, Date.now() * 1000);
    const fields = {
      __REALTIME_TIMESTAMP: String(last),
      // Any time since boot will do, if it grows as the other does.
      __MONOTONIC_TIMESTAMP: String(entry.monotonic ?? last % 1e15),
      _BOOT_ID: entry.boot ?? testBoot,
      _MACHINE_ID: machine,
      SYSLOG_IDENTIFIER: entry.identifier ?? "tailscaled",
      _PID: String(entry.pid ?? 4242),
      PRIORITY: "6",
      ...(entry.message === undefined ? {} : { MESSAGE: entry.message }),
      ...entry.fields,
    };
    return Buffer.concat([
      ...Object.entries(fields).map(([name, value]) => exportField(name, value)),
      Buffer.from("\n"),
    ]);
  };
}

function exportField(name: string, value: string | Uint8Array): Buffer {
  if (typeof value === "string" && !value.includes("\n")) return Buffer.from(`${name}=${value}\n`);
  const bytes = Buffer.from(value as Uint8Array);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), size, bytes, Buffer.from("\n")]);
}

export interface RunningJournald {
  readonly pid: number;
  /** The journal's directory, as a source names it. */
  readonly folder: string;
  /** Logs one line as tailscaled does under systemd: through a stream to journald. Resolves once journald's socket has it. */
  log(line: string): Promise<void>;
  /** Starts a process that logs as the service tailscaled.service would, until the test ends, or says why this machine does not let us. */
  startService(): ServiceLog | { readonly why: string };
  /** Stops journald and waits until it is gone. */
  close(): Promise<void>;
}

export interface ServiceLog {
  /** Resolves once the process has been given the text. */
  write(text: string): Promise<void>;
}

const configuration = `[Journal]
Storage=volatile
ReadKMsg=no
Audit=no
`;
const noRateLimit = "RateLimitIntervalSec=0\n";
const inOwnNamespace =
  "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal /run/log/journal && " +
  'mount --bind "$0" /run/log/journal && mount --bind "$1" /etc/systemd/journald.conf && exec "$2"';

/**
 * A real journald that writes to `folder` and is gone after the test, or the reason why this machine does not let us run one.
 * @param settings lines of journald.conf(5); without any, nothing is dropped however fast it comes.
 */
export async function startJournald(
  folder: string,
  settings = noRateLimit,
): Promise<RunningJournald | { readonly why: string }> {
  if (process.getuid?.() !== 0) return { why: "only root can start a journald for a test" };
  if (!existsSync(journald)) return { why: `${journald} is not installed` };
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "gristmill-journald-"));
  const config = join(scratch, "journald.conf");
  writeFileSync(config, `${configuration}${settings}`);
  const command = ["--mount", "--propagation=private", "sh", "-c", inOwnNamespace, folder, config, journald];
  const child = spawn("unshare", command, { stdio: ["ignore", "ignore", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (text: Buffer) => said.push(text));
  const gone = once(child, "close");
  const socket = `/proc/${child.pid}/root/run/systemd/journal/stdout`;
  // Until the process is journald, its /run may still be the machine's, with a socket of another journald.
  while (isAlive(child) && !(isJournald(child) && existsSync(socket))) await after(10);
  if (!isAlive(child)) {
    rmSync(scratch, { recursive: true });
    return { why: `journald did not start here: ${Buffer.concat(said).toString().trim()}` };
  }
  const stream = await openStream(socket);
  const close = async () => {
    stream.destroy();
    child.kill();
    await gone;
    rmSync(scratch, { recursive: true, force: true });
  };
  onTestFinished(close);
  return {
    pid: child.pid as number,
    folder,
    log: (line) => new Promise((resolve, reject) => stream.write(`${line}\n`, (e) => (e ? reject(e) : resolve()))),
    startService: () => startService(child.pid as number),
    close,
  };
}

/** As sd_journal_stream_fd does: identifier, unit, priority, and four switches. journald closes its own direction at once. */
async function openStream(socket: string): Promise<Socket> {
  const stream = connect({ path: socket, allowHalfOpen: true });
  await once(stream, "connect");
  stream.write("tailscaled\n\n6\n0\n0\n0\n0\n");
  return stream;
}

/** journald tells services apart by their control groups. */
function serviceGroup(): string | { readonly why: string } {
  const root = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"].find((folder) =>
    existsSync(join(folder, "cgroup.procs")),
  );
  if (root === undefined) return { why: "there are no control groups here that systemd would use" };
  const group = join(root, "system.slice/tailscaled.service");
  if (existsSync(group)) return { why: "a tailscaled.service runs on this machine" };
  try {
    mkdirSync(group, { recursive: true });
    return group;
  } catch (error) {
    return { why: `a control group cannot be made here: ${(error as Error).message}` };
  }
}

const asService =
  'echo $$ > "$0/cgroup.procs" && exec nsenter --target "$1" --mount systemd-cat --identifier=tailscaled';

function startService(journaldPid: number): ServiceLog | { readonly why: string } {
  const group = serviceGroup();
  if (typeof group !== "string") return group;
  const child = spawn("sh", ["-c", asService, group, String(journaldPid)], { stdio: ["pipe", "inherit", "inherit"] });
  const gone = once(child, "close");
  onTestFinished(async () => {
    child.stdin.end();
    await gone;
    rmdirSync(group);
    if (readdirSync(dirname(group), { withFileTypes: true }).every((entry) => entry.isFile()))
      rmdirSync(dirname(group));
  });
  return {
    write: (text) => new Promise((resolve, reject) => child.stdin.write(text, (e) => (e ? reject(e) : resolve()))),
  };
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function isJournald(child: ChildProcess): boolean {
  try {
    return readFileSync(`/proc/${child.pid}/comm`, "utf8").startsWith("systemd-journal");
  } catch {
    return false;
  }
}
