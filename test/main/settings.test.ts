import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { openSettings } from "../../main/settings.ts";
import { tempFolder } from "../support/temp-folder.ts";

const defaults = {
  spoolBudgetMiB: null,
  historyBudgetMiB: null,
  catchers: [],
  uploadRateKiB: null,
  uploadDailyMiB: null,
  uploadEverySeconds: 2,
  uploadEverySecondsOnBattery: 60,
  liveCounters: false,
};

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
  expect(await opened(undefined)).toEqual({ settings: defaults, said: [] });
});

test("what is set is used", async () => {
  const set = { spoolBudgetMiB: 32, catchers: ["https://c.example.com"], uploadRateKiB: 100, uploadDailyMiB: 50 };
  const paced = {
    ...set,
    uploadEverySeconds: 0.5,
    uploadEverySecondsOnBattery: 300,
    liveCounters: true,
    historyBudgetMiB: 16,
  };
  expect(await opened(JSON.stringify(paced))).toEqual({ settings: paced, said: [] });
});

test.each([
  ['{"spoolBudgetMiB":"much"}', /D.settings\.json: spoolBudgetMiB: .*expected.*The default is used/],
  ['{"spoolBudgetMiB":1}', /spoolBudgetMiB: Too small.*16/],
  ['{"catchers":"https://c.example.com"}', /catchers: .*expected array/],
  ['{"uploadRateKiB":0}', /uploadRateKiB: Too small/],
  ['{"uploadEverySeconds":-1}', /uploadEverySeconds: Too small/],
  ["[]", /JSON object is wanted/],
  ["{", /cannot be read \(.*JSON/],
])("%s is said, and does not stop a start", async (content, sentence) => {
  const { settings, said } = await opened(content);
  expect(settings).toEqual(defaults);
  expect(said).toEqual([expect.stringMatching(sentence)]);
});

test("a setting of another version is left alone, and the others are used", async () => {
  expect(await opened('{"spoolBudgetMiB":64,"ofTomorrow":true}')).toEqual({
    settings: { ...defaults, spoolBudgetMiB: 64 },
    said: [],
  });
});
