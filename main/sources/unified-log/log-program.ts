// Runs macOS' own program `log`, and says in a sentence why it could not do its work.
//
// Known from its usage text (log help show, log help stream) and from those who run it:
// - `log show` reads what is kept and ends; `log stream` shows what is written from now on, and cannot be asked for what was written before.
// - `log stream` writes lines at once to a terminal only; to a pipe it writes blocks of some KiB, so that a quiet daemon's lines come hours late
//   (openradar 30397486, 34420207). `log show` ends, so its blocks do no harm, and its pipe can be held back.
// - `--start` takes "@<seconds since 1970>", which knows neither time zones nor summer time.
// - `--style ndjson` is one JSON object a line, in between sentences that are none, and at the end {"count":N,"finished":1}.
// - Everything but its own help is refused to users who are no administrators, and inside a sandbox, with exit code 64.
import { spawn } from "node:child_process";
import { PtyError, startInPty } from "../../platform/pty.ts";

/** The program and arguments that come before all others; tests put a stand-in here. */
export type LogProgram = readonly string[];

/** By its path: a program of that name is on many a PATH, and a shell's own command. */
export const macLog: LogProgram = ["/usr/bin/log"];

/** `log` could not do what was asked. The message is a sentence without its full stop; it says what to do. */
export class LogProgramError extends Error {
  override readonly name = "LogProgramError";
  /** Whether it is this user who may not. */
  readonly isForbidden: boolean;

  constructor(sentence: string, { isForbidden = false, ...options }: ErrorOptions & { isForbidden?: boolean } = {}) {
    super(sentence, options);
    this.isForbidden = isForbidden;
  }
}

export interface LogRun {
  readonly chunks: AsyncIterable<Buffer>;
  /** Ends it now. */
  kill(): void;
  /** Resolves once the process is gone and reaped, with its exit code, or the name of the signal that ended it, or why it could not be started. */
  readonly ended: Promise<number | string | Error>;
  /** What it wrote to standard error, if that is kept apart; its end, if it is long. */
  said(): string;
}

/**
 * The daemon by its names (reference 5): in the app of the App Store, in the standalone app, and by itself when it writes to syslog, which lands in
 * the same log. macOS' own frameworks log under the same names what is not Tailscale's, and much more of it.
 */
const processes = ["IPNExtension", "io.tailscale.ipn.macsys.network-extension", "tailscaled"];
const byProcess = processes.map((name) => `process == "${name}"`).join(" OR ");
export const predicate = `(${byProcess}) AND NOT (subsystem BEGINSWITH "com.apple.")`;

const common = ["--style", "ndjson", "--predicate", predicate];

/** Starts `log show` for what was written since `startSeconds` after 1970, all that is kept where it is undefined. It ends when `signal` aborts. */
export function startShow(program: LogProgram, startSeconds: number | undefined, signal: AbortSignal): LogRun {
  const start = startSeconds === undefined ? [] : ["--start", `@${startSeconds}`];
  const [file = "", ...args] = [...program, "show", ...common, "--info", "--debug", "--loss", ...start];
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: inEnglish() });
  const kill = () => void child.kill("SIGKILL"); // It only reads, so there is nothing that it would have to put away first.
  let said = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    said = (said + text).slice(-2_000);
  });
  let failure: Error | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  const ended = new Promise<number | string | Error>((resolve) => {
    child.on("close", (code, by) => resolve(failure ?? by ?? code ?? 0));
  });
  return endedBy(signal, { chunks: child.stdout, kill, ended, said: () => said });
}

/** Starts `log stream` in a terminal. It ends when `signal` aborts. @throws LogProgramError where there is no terminal. */
export async function startStream(program: LogProgram, signal: AbortSignal): Promise<LogRun> {
  const command = [...program, "stream", ...common, "--level", "debug", "--color", "none"];
  try {
    return endedBy(signal, { ...(await startInPty(command, inEnglish())), said: () => "" });
  } catch (error) {
    if (error instanceof PtyError) throw new LogProgramError(error.message, { cause: error });
    throw error;
  }
}

function endedBy(signal: AbortSignal, run: LogRun): LogRun {
  signal.addEventListener("abort", run.kill, { once: true });
  if (signal.aborted) run.kill();
  void run.ended.then(() => signal.removeEventListener("abort", run.kill));
  return run;
}

/** Its sentences are matched below. The messages are UTF-8. */
function inEnglish(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: "en_US.UTF-8" };
}

/** Why a run ended as it did. @param said its sentences. */
export function explainEnd(how: number | string | Error, said: string): LogProgramError {
  if (how instanceof Error) return new LogProgramError(explainFailure(how), { cause: how });
  if (/must be admin|not permitted|could not open local log store/i.test(said))
    return new LogProgramError(notAllowed, { isForbidden: true });
  if (/sandboxed/i.test(said)) return new LogProgramError(inSandbox, { isForbidden: true });
  if (typeof how === "string") return new LogProgramError(`log was ended by ${how}`);
  if (how === 0) return new LogProgramError("log ended by itself");
  const reason = said.trim().split("\n").at(-1);
  return new LogProgramError(`log failed with exit code ${how}: ${reason || "it gave no reason"}`);
}

const notAllowed =
  "macOS does not show its log to this user: use an administrator's account, and where it is one, allow the program that starts Gristmill " +
  "Full Disk Access (System Settings, Privacy & Security)";
const inSandbox = "macOS does not show its log to programs in a sandbox: start Gristmill outside of it";

function explainFailure(error: NodeJS.ErrnoException): string {
  return error.code === "ENOENT"
    ? "macOS' program log is not at /usr/bin/log: this source needs it, so choose another with --source"
    : `log cannot be started (${error.message}): see whether this user may run it`;
}
