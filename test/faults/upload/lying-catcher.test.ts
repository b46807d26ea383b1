// A catcher that lies in every way there is, thousands of times in a row: nothing is believed, nothing is lost, and nothing piles up.
import { setImmediate as turn } from "node:timers/promises";
import v8 from "node:v8";
import vm from "node:vm";
import { expect, test, vi } from "vitest";
import { delivered, rig, testIdentity, waiting } from "../../main/uploader/rig.ts";
import {
  chaosCatcher,
  cutShort,
  flood,
  honest,
  json,
  lie,
  page,
  reset,
  resetAfterHead,
  type Trick,
} from "../../support/chaos-catcher.ts";
import { hastyDisk } from "../../support/hasty-disk.ts";

const year = { "retry-after": String(365 * 86_400) };

/** Endless: a head that never ends would be cut by Node itself, a body that never ends is ours to cut. */
const drip: Trick = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.on("error", () => undefined);
  for (let piece = 0; piece < 200; piece++) response.write(" ".repeat(1_000));
};

function lies(elsewhere: string): readonly Trick[] {
  return [
    resetAfterHead,
    json(429, { error: "come back next year" }, year),
    json(413, {}),
    json(413, {}, { "retry-after": "60" }),
    json(500, { error: "x".repeat(50_000) }),
    page(200),
    page(302, { location: `${elsewhere}/login?back=1` }),
    lie(() => ({ hash: "0".repeat(64) })),
    lie(() => ({ stream: "f".repeat(32) })),
    lie(() => ({ acked: 0 })),
    lie(() => ({ acked: 9_999_999, hash: "1".repeat(64) })),
    json(409, { expected: 1 }),
    json(409, { expected: 9_999_999 }),
    json(409, { reason: "fork", error: "no" }),
    json(200, { stream: 1, acked: "all", hash: null }),
    json(401, {}),
    (request, response) => json(503, { error: `I know ${request.headers.authorization}` })(request, response),
    cutShort,
    flood,
    drip,
    reset,
  ];
}

/** What the process holds after all that can be collected was. */
function heldBytes(): number {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("whatever a catcher answers, nothing of it is believed or repeated, memory stays flat, and an honest one gets everything once", async () => {
  const said: string[] = [];
  vi.spyOn(console, "warn").mockImplementation((text: string) => void said.push(text));
  const [catcher, elsewhere] = [await chaosCatcher(), await chaosCatcher()];
  const all = lies(elsewhere.url);
  const run = await rig(catcher.url, { disk: hastyDisk });
  let told = 0;
  catcher.always = (request, response) => {
    (catcher.requests as unknown[]).length = 0; // What it was sent is not this process's to hold.
    (all[told++ % all.length] as Trick)(request, response);
  };
  await run.write(...Array<number>(40).fill(3));
  const roundOfLies = async () => {
    const end = told + all.length;
    while (told < end) {
      const { sentence } = await waiting(run);
      said.push(sentence);
      const before = told;
      run.uploader.sendNow();
      while (told === before) await turn();
    }
    said.splice(0, said.length, ...new Set(said));
  };
  const held: number[] = [];
  for (let round = 0; round <= 30; round++) {
    await roundOfLies();
    if (round % 6 === 0) held.push(heldBytes());
  }
  const grown = held.slice(1).map((bytes, at) => bytes - (held[at] ?? 0));
  expect(run.uploader.progress.ackedEntries).toBe(0);
  await waiting(run);
  catcher.always = honest;
  run.uploader.sendNow();
  await delivered(run);
  expect(run.uploader.progress).toMatchObject({ ackedEntries: 120, pendingEntries: 0 });
  expect([JSON.stringify(said).includes(testIdentity.privateId), elsewhere.requests]).toEqual([false, []]);
  expect(run.rejections.entries).toBe(0); // A refusal that the next answer takes back sets nothing aside.
  // What piles up does so each time: 126 lies that left 8 KiB each would show.
  expect(Math.min(...grown)).toBeLessThan(1024 * 1024);
});
