import { expect, test } from "vitest";
import { catcherCommand } from "../../cli/commands/catcher.ts";
import { doctorCommand } from "../../cli/commands/doctor.ts";
import { grindCommand } from "../../cli/commands/grind.ts";
import { runCommand } from "../../cli/commands/run.ts";
import { spoolCommand } from "../../cli/commands/spool.ts";
import { helpFor } from "../../cli/help.ts";

const commands = [runCommand, catcherCommand, grindCommand, spoolCommand, doctorCommand];

test.each(commands)(
  "the help of $name has a line for every option of its usage, and no other",
  ({ usage, options }) => {
    const inUsage = new Set(usage.match(/--[a-z-]+/g));
    const explained = options.flatMap(({ option }) => option.match(/^--[a-z-]+/) ?? []);
    expect(explained.toSorted()).toEqual([...inUsage].toSorted());
  },
);

test("what an option does stands in one column, on a line of its own", () => {
  const options = [
    { option: "--dir D", does: "the folder (default: .)" },
    { option: "D", does: "the log" },
  ];
  expect(
    helpFor({ ...grindCommand, name: "sift", usage: "[--dir D] D", options }),
  ).toBe(`usage: gristmill sift [--dir D] D

  --dir D  the folder (default: .)
  D        the log
  --help   prints this
`);
});
