// GRISTMILL_FUZZ_SECONDS makes it longer.
import { expect, test } from "vitest";
import { fuzzHttp2 } from "../../soak/http2-fuzz.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const seconds = Number(process.env.GRISTMILL_FUZZ_SECONDS ?? 6);

test("whatever frames an HTTP/2 client sends, the catcher neither ends nor hangs nor grows, and those who behave lose nothing", {
  timeout: (seconds + 120) * 1_000,
}, async () => {
  const { sessions, uploads } = await fuzzHttp2({ folder: tempFolder(), seconds, seed: Date.now() % 1_000_000 });
  expect(Math.min(sessions, uploads)).toBeGreaterThan(0);
});
