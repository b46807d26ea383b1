// A command is one file in commands/ and one row in gristmill.ts.

/** Where a command reads and writes: results go to stdout, messages to stderr. */
export interface Io {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly stdin: NodeJS.ReadableStream;
}

/** A row of `gristmill <command> --help`. */
export interface OptionHelp {
  /** As it is typed: "--dir D". */
  readonly option: string;
  /** What it does, and what holds without it. */
  readonly does: string;
}

export interface Command {
  readonly name: string;
  /** One line: the arguments, after `gristmill <name>`. */
  readonly usage: string;
  /** Every option and argument, in the order of the usage. */
  readonly options: readonly OptionHelp[];
  /** @returns the exit code: 0 done, 1 failed, 2 wrong usage. */
  run(args: readonly string[], io: Io): Promise<number>;
}
