// What `--help` prints.
import type { Command } from "./command.ts";

/** One line per command. */
export function usageOfAll(commands: readonly Command[]): string {
  const rows = commands.map(({ name, usage }) => `  gristmill ${name} ${usage}\n`);
  return `usage: gristmill <command> …\n${rows.join("")}  gristmill <command> --help\n  gristmill --version\n`;
}

/** One line per option, aligned. */
export function helpFor({ name, usage, options }: Command): string {
  const rows = [...options, { option: "--help", does: "prints this" }];
  const width = Math.max(...rows.map(({ option }) => option.length));
  return `usage: gristmill ${name} ${usage}\n\n${rows.map(({ option, does }) => `  ${option.padEnd(width)}  ${does}\n`).join("")}`;
}

export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}
