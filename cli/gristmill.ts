// The command line: one row per command.
import type { Command } from "./command.ts";

/** Loaded when asked for: `gristmill spool` needs neither web server nor journal. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./commands/run.ts")).runCommand,
  catcher: async () => (await import("./commands/catcher.ts")).catcherCommand,
  grind: async () => (await import("./commands/grind.ts")).grindCommand,
  spool: async () => (await import("./commands/spool.ts")).spoolCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
};

async function usage(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  return `usage: gristmill <command> …\n${all.map((command) => `  gristmill ${command.name} ${command.usage}\n`).join("")}`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(await usage());
    return 0;
  }
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    process.stderr.write(
      `${name === undefined ? "No command was given." : `There is no command "${name}".`}\n${await usage()}`,
    );
    return 2;
  }
  return (await load()).run(args, process);
}

// A reader that has seen enough (`gristmill spool cat D | head`) closes the pipe; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
process.exitCode = await main(process.argv.slice(2));
