import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { openSettings } from "../../main/settings.ts";
import { tempFolder } from "../support/temp-folder.ts";

async function opened(content: string | undefined) {
  const dataDir = tempFolder();
  if (content !== undefined) writeFileSync(path.join(dataDir, "settings.json"), content);
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const settings = await openSettings(nodeDisk, dataDir);
  const said = warn.mock.calls.map(([sentence]) => String(sentence).replace(dataDir, "D"));
  warn.mockRestore();
  return { settings, said };
}

test("without a file every setting has its default", async () => {
  expect(await opened(undefined)).toEqual({ settings: { spoolBudgetMiB: null }, said: [] });
});

test("what is set is used", async () => {
  expect(await opened('{"spoolBudgetMiB":32}')).toEqual({ settings: { spoolBudgetMiB: 32 }, said: [] });
});

test.each([
  ['{"spoolBudgetMiB":"much"}', /D.settings\.json: spoolBudgetMiB: .*expected.*The default is used/],
  ['{"spoolBudgetMiB":1}', /spoolBudgetMiB: Too small.*16/],
  ["[]", /JSON object is wanted/],
  ["{", /cannot be read \(.*JSON/],
])("%s is said, and does not stop a start", async (content, sentence) => {
  const { settings, said } = await opened(content);
  expect(settings).toEqual({ spoolBudgetMiB: null });
  expect(said).toEqual([expect.stringMatching(sentence)]);
});

test("a setting of another version is left alone, and the others are used", async () => {
  expect(await opened('{"spoolBudgetMiB":64,"ofTomorrow":true}')).toEqual({
    settings: { spoolBudgetMiB: 64 },
    said: [],
  });
});
