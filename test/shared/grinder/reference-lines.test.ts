// Every format of tailscaled's log that is known, old spellings and new: which rule reads it, or that it says nothing to a person. The list stands
// in fixtures/reference-lines.txt, so that a rule that is lost, or a line that another rule takes over, is seen by name.
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { dispatchTree, selectRule } from "../../../shared/grinder/dispatch.ts";
import { framingEnd, withoutTags } from "../../../shared/grinder/framing.ts";
import { unreadLines } from "../../../shared/grinder/grind.ts";
import { rules } from "../../../shared/grinder/rules/index.ts";

const listed = readFileSync(path.join(import.meta.dirname, "../../fixtures/reference-lines.txt"), "utf8")
  .split("\n")
  .filter((row) => row !== "" && !row.startsWith("# "))
  .map((row) => {
    const [name = "", line = ""] = row.split("\t");
    return { name, line: line.replace("\\0", "\0") };
  });

const tree = dispatchTree(rules);

/** The name of the rule that reads something in the line as the grinder is given it, a dash where none does. */
function readerOf(line: string): string | undefined {
  if (unreadLines({ logtail: {}, text: line }).length > 0) return "-";
  const text = withoutTags(line);
  return selectRule(tree, text, framingEnd(text))?.name;
}

describe("a line of the list", () => {
  test.each(listed)("is read by $name: $line", ({ name, line }) => {
    expect(readerOf(line)).toBe(name);
  });
});

test("every rule has a line in the list", () => {
  const names = new Set(listed.map(({ name }) => name));
  // `[unexpected]` stands behind the name of any component: two of them are enough.
  const without = rules.filter(({ name }) => !names.has(name) && !name.startsWith("unexpected-"));
  expect(without.map(({ name }) => name)).toEqual([]);
});
