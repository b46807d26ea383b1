// A program in a pseudo-terminal, for one that holds its output back unless somebody seems to look at it.
/// <reference path="./node-pty.d.ts" />
import { constants } from "node:os";
import { PassThrough } from "node:stream";

/** Characters held for a slow reader, twice: once here and once on its side. Then the terminal is not read, and the program blocks when it writes. */
const heldCharacters = 1024 * 1024;

export interface PtyRun {
  readonly pid: number;
  /**
   * What it wrote to its terminal, standard error too; lines end in `\r\n`. Read only as fast as it is pulled, as long as it runs: of what is
   * still in the terminal when it ends, a slow reader may not get all.
   */
  readonly chunks: AsyncIterable<Buffer>;
  /** Ends it now; what is still on its way from it is thrown away. Nothing once it has ended. */
  kill(): void;
  /** Resolves once the process is gone and reaped, with its exit code, or the name of the signal that ended it. Never rejects. */
  readonly ended: Promise<number | string>;
}

/** There is no terminal to be had. The message is a sentence without its full stop; it says what to do. */
export class PtyError extends Error {
  override readonly name = "PtyError";
}

/** Its native part is prebuilt for some systems only: where it is missing, that must not keep the rest of Gristmill from starting. */
const loadNodePty = () => import("node-pty");

/**
 * Starts `command` in a terminal of its own, on macOS and Linux. Should this process die, the terminal hangs up on it.
 * @throws PtyError where the terminal or the program cannot be had.
 */
export async function startInPty(
  [file = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  load: typeof loadNodePty = loadNodePty,
): Promise<PtyRun> {
  const { spawn } = await load().catch((cause: unknown) => {
    throw new PtyError(
      `the package node-pty, which gives programs a terminal, has no part for ${process.platform}-${process.arch} here: ` +
        "install Gristmill's dependencies again with npm ci, optional ones included",
      { cause },
    );
  });
  const output = new PassThrough({ highWaterMark: heldCharacters });
  try {
    const pty = spawn(file, args, { name: "dumb", env, encoding: "latin1" });
    let isUnwanted = false;
    let isGone = false;
    pty.onData((text) => {
      if (!isUnwanted && !output.write(text, "latin1")) pty.pause();
    });
    output.on("drain", () => pty.resume());
    const ended = new Promise<number | string>((resolve) => {
      pty.onExit(({ exitCode, signal }) => {
        isGone = true;
        output.end();
        resolve(signal ? signalName(signal) : exitCode);
      });
    });
    const kill = () => {
      if (isGone) return; // node-pty signals whoever has the process ID, which is another's to have by now.
      isUnwanted = true;
      pty.kill("SIGKILL");
      pty.resume(); // A terminal that is not read closes late.
    };
    return { pid: pty.pid, chunks: output, kill, ended };
  } catch (cause) {
    throw new PtyError(`${file} cannot be started in a terminal (${String(cause)}): see whether this user may run it`, {
      cause,
    });
  }
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
