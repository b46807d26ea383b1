// The command line: one row per command.
import type { Command } from "./command.ts";
import { asksForHelp, helpFor, usageOfAll } from "./help.ts";
import { version } from "./version.ts";

/** Loaded when asked for: `gristmill spool` needs neither web server nor journal. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./commands/run.ts")).runCommand,
  catcher: async () => (await import("./commands/catcher.ts")).catcherCommand,
  grind: async () => (await import("./commands/grind.ts")).grindCommand,
  spool: async () => (await import("./commands/spool.ts")).spoolCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
};

async function usage(): Promise<string> {
  return usageOfAll(await Promise.all(Object.values(commands).map((load) => load())));
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(await usage());
    return 0;
  }
  if (name === "--version") {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    process.stderr.write(
      `${name === undefined ? "No command was given." : `There is no command "${name}".`}\n${await usage()}`,
    );
    return 2;
  }
  const command = await load();
  if (!asksForHelp(args)) return command.run(args, process);
  process.stdout.write(helpFor(command));
  return 0;
}

// A reader that has seen enough (`gristmill spool cat D | head`) closes the pipe; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main(process.argv.slice(2));
