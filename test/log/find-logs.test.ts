import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { findLogs } from "../../log/find-logs.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A folder with these files. */
function holding(...files: readonly string[]): string {
  const root = tempFolder();
  for (const file of files) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), "");
  }
  return root;
}

const segment = "00000000000000000001.zst";
const later = "00000000000000000010.zst";
const instance = `catcher/instances/one/stream/${segment}`;

test.each<readonly [string, readonly string[], Readonly<Record<string, readonly string[]>>]>([
  ["a log itself", [later, segment, "1.zst", "lock"], { ".": [segment, later] }],
  [
    "a store",
    ["instances/b/s/00000000000000000001.zst", `instances/a/s/${segment}`],
    { "instances/a/s": [segment], "instances/b/s": [segment] },
  ],
  ["a client's data dir, whose catcher holds the same entries", [`spool/${segment}`, instance], { spool: [segment] }],
  ["a client's data dir with nothing committed", ["spool/lock", "identity.json", instance], {}],
  [
    "several clients' data dirs",
    [`a/spool/${segment}`, `a/${instance}`, `b/stream/${segment}`],
    { "a/spool": [segment], "b/stream": [segment] },
  ],
  [
    "a store in a folder named spool",
    [`spool/instances/a/s/${segment}`, `x/${segment}`],
    { "spool/instances/a/s": [segment], x: [segment] },
  ],
])("finds the logs of %s", async (_, files, expected) => {
  const root = holding(...files);
  const found = (await findLogs(root)).map(({ name, folder, segments }) => {
    expect(folder).toBe(path.join(root, name));
    return [name, segments.map((file) => path.relative(folder, file))];
  });
  expect(found).toEqual(Object.entries(expected));
});
