// The short form of `node test/soak/catcher-fuzz.ts`; GRISTMILL_FUZZ_SECONDS makes it longer.
import { expect, test } from "vitest";
import { fuzzCatcher } from "../../soak/catcher-fuzz.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const seconds = Number(process.env.GRISTMILL_FUZZ_SECONDS ?? 8);

test("whatever is sent to either intake, the catcher neither ends nor hangs nor grows, and those who behave lose nothing", {
  timeout: (seconds + 120) * 1_000,
}, async () => {
  const seed = Date.now() % 1_000_000;
  const { requests, statuses } = await fuzzCatcher({ folder: tempFolder(), seconds, seed });
  expect(requests).toBeGreaterThan(100);
  expect(Object.keys(statuses)).toEqual(expect.arrayContaining(["200", "400", "413"]));
});
