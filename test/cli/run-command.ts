// Runs a command of the command line in this process, with its input and output in memory.
import { Readable, Writable } from "node:stream";
import type { Command } from "../../cli/command.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function collector(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer | string, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

/** `chunks` is what stands on its standard input. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  chunks: readonly Uint8Array[] = [],
): Promise<Ran> {
  const [stdout, stderr] = [collector(), collector()];
  const stdin = Readable.from(chunks, { objectMode: false });
  const code = await command.run(args, { stdout: stdout.stream, stderr: stderr.stream, stdin });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
