// Three days without a catcher, in fake time, beside a twin that nothing happens to.
import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, expect, test, vi } from "vitest";
import { entryLines } from "../../../log/frame-codec.ts";
import { delivered, type Rig, rig } from "../../main/uploader/rig.ts";
import { catcherFor, storedFrames } from "../../support/catcher.ts";
import { type ChaosCatcher, chaosCatcher, json, page, reset, type Trick } from "../../support/chaos-catcher.ts";
import { hastyDisk } from "../../support/hasty-disk.ts";

const hours = 80;
const [begin, end] = [4, 76];
const hourMs = 3_600_000;
/** How long an answer is waited for. */
const patienceMs = 30_000;

const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  vi.spyOn(console, "warn").mockImplementation((text: string) => void said.push(text));
});

/** A request has come that nobody answers. */
let isHanging = false;
const silent: Trick = () => {
  isHanging = true;
};

/** What an hour of the outage looks like from here. */
const ways: readonly Trick[] = [
  reset,
  json(500, { error: "the disk is full" }),
  silent,
  page(200),
  json(503, {}, { "retry-after": "86400" }),
  page(307, { location: "http://127.0.0.1:1/" }),
];

/** Passes a request on to the real catcher at `url`. */
function through(url: string): Trick {
  return ({ url: path, headers, body }, response) => {
    const passed = { authorization: String(headers.authorization), "content-encoding": "zstd" };
    fetch(`${url}${path}`, { method: "POST", headers: passed, body: new Uint8Array(body) })
      .then(async (answer) => response.writeHead(answer.status).end(await answer.text()))
      .catch(() => response.destroy());
  };
}

/** A few entries of that hour, the same for both, in a frame or two. */
async function writeHour({ spool }: Rig, hour: number): Promise<void> {
  for (const half of [0, 1]) {
    const entries = Array.from({ length: 1 + ((hour * 7 + half) % 5) }, (_, at) => {
      const client_time = new Date(Date.UTC(2026, 0, 1, hour, half * 30, at)).toISOString();
      return { line: JSON.stringify({ logtail: { client_time }, text: `${hour}/${half}/${at}` }), position: "" };
    });
    await spool.append("test", entries);
    await spool.committed();
  }
}

/** Lets an hour pass that has no answer in it. Real sockets need real time, which fake time does not wait for: so it passes attempt by attempt. */
async function passHour({ clock, uploader }: Rig): Promise<void> {
  const until = clock.now() + hourMs;
  while (clock.now() < until) {
    while (uploader.progress.retryAt === null && !isHanging) await turn();
    isHanging = false;
    const { retryAt } = uploader.progress;
    await clock.advance(retryAt === null ? patienceMs : Math.min(retryAt, until) - clock.now());
  }
}

/** The stored entries, by the hour that they are from. */
async function byHour(dir: string): Promise<Record<string, string[]>> {
  const lines = (await storedFrames(dir)).flatMap(entryLines);
  return Object.groupBy(lines, (line) => JSON.parse(line).logtail.client_time.slice(0, 13)) as Record<string, string[]>;
}

interface Twin {
  readonly run: Rig;
  /** Where its catcher keeps what it has, and its address. */
  readonly dir: string;
  readonly url: string;
  /** Stands between the two, and does what a network does. */
  readonly between: ChaosCatcher;
}

async function twin(): Promise<Twin> {
  const { url, dir } = await catcherFor();
  const between = await chaosCatcher();
  between.always = through(url);
  return { run: await rig(between.url, { disk: hastyDisk }), dir, between, url };
}

test("an outage of 72 hours leaves no trace: hour by hour the catcher has what that of an uninterrupted twin has", async () => {
  const [spared, struck] = [await twin(), await twin()];
  const { between, run } = struck;
  for (let hour = 0; hour < hours; hour++) {
    const isOut = hour >= begin && hour < end;
    between.always = isOut ? (ways[hour % ways.length] as Trick) : through(struck.url);
    await writeHour(spared.run, hour);
    await writeHour(run, hour);
    await delivered(spared.run);
    if (isOut) await passHour(run);
    if (hour === end) await run.clock.advance((run.uploader.progress.retryAt ?? Number.NaN) - run.clock.now());
    if (!isOut) await delivered(run);
  }
  const [sparedHours, struckHours] = [await byHour(spared.dir), await byHour(struck.dir)];
  expect(Object.keys(struckHours)).toHaveLength(hours);
  expect(struckHours).toEqual(sparedHours);
  // It never stopped trying; and three days are three sentences: two kinds of failure, and how long it was.
  expect(between.requests.length).toBeGreaterThan(300);
  expect(said).toEqual([
    expect.stringMatching(/nothing is lost/),
    expect.stringMatching(/nothing is lost/),
    expect.stringMatching(/takes the log again after 7[23] h/),
  ]);
});
