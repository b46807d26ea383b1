// The command line: one row per command.
import type { Command } from "./command.ts";
import { catcherCommand } from "./commands/catcher.ts";
import { grindCommand } from "./commands/grind.ts";
import { runCommand } from "./commands/run.ts";
import { spoolCommand } from "./commands/spool.ts";

const commands: readonly Command[] = [runCommand, catcherCommand, grindCommand, spoolCommand];

function usage(): string {
  return `usage: gristmill <command> …\n${commands.map((command) => `  gristmill ${command.name} ${command.usage}\n`).join("")}`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(usage());
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) {
    process.stderr.write(
      `${name === undefined ? "No command was given." : `There is no command "${name}".`}\n${usage()}`,
    );
    return 2;
  }
  return command.run(args, process);
}

// A reader that has seen enough (`gristmill spool cat D | head`) closes the pipe; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main(process.argv.slice(2));
