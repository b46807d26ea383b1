// `gristmill doctor`: which logs of tailscaled can be read here, what can be in them, and what to do.
import { diagnose } from "../../main/doctor/diagnose.ts";
import { probe } from "../../main/doctor/probe.ts";
import { systemClock } from "../../main/platform/clock.ts";
import type { Diagnosis, Remedy } from "../../shared/rpc/shapes.ts";
import type { Command } from "../command.ts";
import { program } from "../program.ts";
import { parse, withExitCode } from "../wrong-usage.ts";

const usage = "doctor [--json]";

export const doctorCommand: Command = {
  name: "doctor",
  usage: usage.slice("doctor ".length),
  options: [
    { option: "--json", does: "prints the findings as one JSON object, for scripts (default: sentences for people)" },
  ],
  run: (args, io) =>
    withExitCode(usage, io.stderr, async () => {
      const { values } = parse({ args: [...args], options: { json: { type: "boolean", default: false } } });
      const diagnosis = diagnose(await probe({ clock: systemClock, gristmill: program() }));
      io.stdout.write(values.json ? `${JSON.stringify(diagnosis)}\n` : readableDiagnosis(diagnosis));
      return 0;
    }),
};

const marks = { good: "✓", attention: "!", off: "–" } as const;

/** For a person at a terminal; control characters that came from the machine are shown as what they are. */
export function readableDiagnosis({ checks, remedies }: Diagnosis): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const found = checks.map(({ name, state, sentence }) => `${marks[state]} ${name.padEnd(width)}  ${sentence}`);
  const advice =
    remedies.length === 0 ? ["", "Nothing needs to be done."] : ["", "What you can do:", ...remedies.map(step)];
  return `${[...found, ...advice].join("\n")}\n`.replace(/[^\P{Cc}\n]/gu, "\uFFFD");
}

function step({ does, commands, costs }: Remedy, at: number): string {
  const lines = [`${at + 1}. ${does}.`, ...commands.map((command) => `     ${command}`), `   Cost: ${costs}`];
  return `\n${lines.join("\n")}`;
}
