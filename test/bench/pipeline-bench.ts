// The whole way of a journal, from its file to an acknowledgement by the machine that stores it, beside what systemd has for that: systemd-journal-upload
// and systemd-journal-remote. Both take turns with the same journal. CPU time is that of all processes, starting them included.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../support/free-port.ts";
import { hasJournals } from "../support/journal.ts";
import { type BenchJournal, benchJournal } from "./bench-journal.ts";
import { type Figure, spread } from "./figure.ts";
import { cpuMs, residentBytes } from "./processes.ts";

const run = promisify(execFile);
const rounds = 3;
const systemds = "/lib/systemd";
const program = (name: string) => fileURLToPath(new URL(name, import.meta.url));

interface Cost {
  /** CPU seconds of whoever sends, and of whoever stores. */
  readonly sender: number;
  readonly receiver: number;
  readonly seconds: number;
  /** What the receiver has on its disk in the end. */
  readonly storedBytes: number;
  readonly receiverPeakBytes: number;
}

export async function pipelineBench(): Promise<readonly Figure[]> {
  if (!hasJournals || !existsSync(path.join(systemds, "systemd-journal-remote")))
    return [{ what: "pipeline", figure: "not run: this system has no systemd-journal-remote" }];
  const journal = await benchJournal("journald's fields");
  const [theirs, ours]: [Cost[], Cost[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    theirs.push(await inFolder((dir) => systemdsWay(journal, dir)));
    ours.push(await inFolder((dir) => ourWay(journal, dir)));
  }
  const ratios = ours.map((cost, round) => cpuOf(cost) / cpuOf(theirs[round] as Cost));
  return [
    ...figures("journal to catcher, acked", journal, ours),
    ...figures("  the same of systemd-journal-upload and -remote", journal, theirs),
    { what: "  ratio of CPU time; budget 1", figure: spread(ratios, 2) },
  ];
}

const cpuOf = ({ sender, receiver }: Cost) => sender + receiver;

function figures(what: string, { entries, bytes }: BenchJournal, costs: readonly Cost[]): readonly Figure[] {
  const of = (value: (cost: Cost) => number, digits: number) => spread(costs.map(value), digits);
  return [
    {
      what: `${what}: CPU s, sender + receiver`,
      figure: `${of(({ sender }) => sender, 2)} + ${of(({ receiver }) => receiver, 2)}, ${entries.toLocaleString("en")} entries`,
    },
    { what: "    s", figure: of(({ seconds }) => seconds, 2) },
    { what: "    bytes stored per byte of log", figure: of(({ storedBytes }) => storedBytes / bytes, 3) },
    { what: "    peak RSS of the receiver, MB", figure: of(({ receiverPeakBytes }) => receiverPeakBytes / 1e6, 0) },
  ];
}

async function inFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    return await work(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function ourWay({ folder, entries }: BenchJournal, dir: string): Promise<Cost> {
  const store = path.join(dir, "store");
  const catcher = spawn(process.execPath, [
    program("../support/catcher-child.ts"),
    ...["--dir", store, "--listen", "127.0.0.1:0"],
  ]);
  const [line] = (await once(createInterface({ input: catcher.stdout }), "line")) as [string];
  const { listening } = JSON.parse(line) as { listening: string };
  mkdirSync(path.join(dir, "agent"));
  const agent = [program("ship-child.ts"), folder, String(entries), path.join(dir, "agent"), listening];
  return sent(catcher, store, [process.execPath, ...agent]);
}

async function systemdsWay({ folder }: BenchJournal, dir: string): Promise<Cost> {
  const [store, port] = [path.join(dir, "remote"), await freePort()];
  mkdirSync(store);
  const listen = ["--listen-http", `127.0.0.1:${port}`, "--output", store];
  const remote = spawn(path.join(systemds, "systemd-journal-remote"), listen, { stdio: "ignore" });
  const upload = ["--url", `http://127.0.0.1:${port}`, "--directory", folder, "--follow=no"];
  await untilListening(port);
  const state = `--save-state=${path.join(dir, "state")}`;
  return sent(remote, store, [path.join(systemds, "systemd-journal-upload"), ...upload, state]);
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const isThere = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await after(20);
  }
}

/** Runs the sender to its end, and then ends the receiver. */
async function sent(receiver: ChildProcess, store: string, sender: readonly string[]): Promise<Cost> {
  const pid = receiver.pid as number;
  try {
    const started = performance.now();
    // bash counts the sender's children, too.
    const { stderr } = await run("bash", ["-c", 'TIMEFORMAT="cpu %U %S"; time "$@"', "bash", ...sender]);
    const seconds = (performance.now() - started) / 1_000;
    const [, user, system] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(stderr) ?? [];
    return {
      sender: Number(user) + Number(system),
      receiver: (cpuMs(pid) ?? Number.NaN) / 1_000,
      seconds,
      storedBytes: bytesBelow(store),
      receiverPeakBytes: residentBytes(pid, "peak") ?? Number.NaN,
    };
  } finally {
    receiver.kill("SIGTERM");
    await once(receiver, "close");
  }
}

function bytesBelow(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0);
}
