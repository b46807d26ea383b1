// What the window shows of the history, in a real Chromium: a peer's last hours, earlier events, the graph of another time, and what is wrong with it.
import { expect, test } from "vitest";
import { Graph } from "../../shared/graph/reduce.ts";
import type { Rollup } from "../../shared/rpc/history.ts";
import { barriersInBothSchemes, connection, open } from "../support/opened-window.ts";
import { quietStatus } from "../support/scripted-gristmill.ts";

const hour = 3_600_000;
const now = Date.now();
const keys = { time: now - 4_000, text: "peer keys: [YkXSE]" };
const stats = (rx: number, seconds: number) => ({ time: now - 4_000 + seconds * 1_000, text: `v1 peers: ${rx}/5` });

/** Every bucket of the last hours but those of two in the middle. */
function rollups(bucketMs: number, hours: number): Rollup[] {
  const first = Math.floor((now - hours * hour) / bucketMs);
  return Array.from({ length: Math.floor((hours * hour) / bucketMs) }, (_, index) => ({
    time: (first + index) * bucketMs,
    rx: (40_000 + 30_000 * Math.sin(index / 40)) * (bucketMs / 1_000),
    tx: 9_000 * (bucketMs / 1_000),
    ...{ coveredMs: bucketMs, undatedRx: 0, undatedTx: 0 },
  })).filter(({ time }) => Math.abs(now - time - (hours / 2) * hour) > hour);
}

test("the peer panel shows the last minutes, day and month of a peer, with gaps as gaps", async () => {
  const { page, server, complaints } = await open({ first: ({ write }) => write([keys, stats(10, 0), stats(90, 2)]) });
  server.remember({ rollups: { "1m": rollups(60_000, 24) } });
  await page.getByTestId("peer-row").first().click();
  const past = page.getByTestId("past-traffic");
  await past.getByText("No sample of this peer in the last 10 min.").waitFor();
  await past.getByText("24 h", { exact: true }).click();
  await past.getByRole("img", { name: /^received .* in the last 24 h, at most/ }).waitFor();
  expect((await past.locator("path").last().getAttribute("d"))?.match(/M/g)).toHaveLength(2);
  expect(await barriersInBothSchemes(page)).toEqual([]);
  if (process.env.GRISTMILL_PICTURES)
    await page.screenshot({ path: `${process.env.GRISTMILL_PICTURES}/past-traffic.png` });
  await past.getByText("30 d", { exact: true }).click();
  await past.getByText("No sample of this peer in the last 30 d.").waitFor();
  expect(complaints).toEqual([]);
});

test("the events go on behind what is in memory, a page at a time, to the first", async () => {
  const { page, server } = await open({ first: ({ write }) => write([keys]) });
  const event = (at: number) => ({
    ...{ kind: "state" as const, peer: null, sentence: `Event ${at}.`, nth: 0 },
    evidence: { at: at - 1_000, time: now - hour },
  });
  server.remember({ events: Array.from({ length: 250 }, (_, index) => event(index + 1)) });
  await page.getByRole("tab", { name: "Events" }).click();
  const events = page.getByTestId("events");
  await events.getByText("[YkXSE] appears").waitFor();
  await events.getByRole("button", { name: "Show earlier" }).click();
  await events.getByText("Event 51.", { exact: true }).waitFor();
  server.write([{ time: now, text: "Switching ipn state Starting -> Running (WantRunning=true)" }]);
  await events.getByText("State changed").waitFor();
  await events.getByRole("button", { name: "Show earlier" }).click();
  await events.getByText("Event 1.", { exact: true }).waitFor();
  await events.getByText("Nothing before that.").waitFor();
  expect(await events.getByRole("button").count()).toBe(252);
});

test("another time is shown under a banner that says so, until somebody goes back to live", async () => {
  const { page, server, complaints } = await open({ first: ({ write }) => write([keys, stats(10, 0)]) });
  await connection(page, "open").waitFor();
  const then = now - 2 * hour;
  const sampled = { at: 7, time: then - 1_000 };
  const near = {
    counters: { rx: 90, tx: 5, resets: 0, stats: sampled, keys: sampled },
    rate: { rx: 40, tx: 0 },
    path: { kind: "derp", region: 8 },
    ...{ pathEvidence: null, paths: [], discovery: null, session: null, firstSeen: sampled, lastSeen: sampled },
  } as const;
  const empty = new Graph().view();
  const graph = { ...empty, tunnels: [{ peer: "[then1]", netmap: null, far: null, near }] };
  const machine = { ...empty.machine, derpCodes: [{ region: 8, code: "lhr", evidence: sampled }] };
  server.remember({ graph: { asOf: then, exact: true, graph: { ...graph, machine } } });
  await page.getByRole("button", { name: "Earlier", exact: true }).click();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  const banner = page.getByTestId("past");
  await banner.getByText(/^As of /).waitFor();
  expect(await page.getByTestId("peer-row").allTextContents()).toEqual([
    expect.stringMatching(/then1.*DERP lhr \(8\).*40 B\/s.*now/),
  ]);
  await page
    .getByText("told something")
    .getByText(/^[1-9]/)
    .waitFor();
  server.write([stats(20, 2)]);
  expect(await barriersInBothSchemes(page)).toEqual([]);
  if (process.env.GRISTMILL_PICTURES) await page.screenshot({ path: `${process.env.GRISTMILL_PICTURES}/past.png` });
  server.remember({ graph: null });
  await banner.getByRole("button", { name: "Go to" }).click();
  await banner.getByText("The history does not reach so far back.").waitFor();
  await banner.getByRole("button", { name: "Back to live" }).click();
  await page.getByTestId("peer-row").waitFor();
  expect(await banner.count()).toBe(0);
  expect(complaints).toEqual([]);
});

test("that the history is not written, or was damaged, is said above the panels", async () => {
  const { page, server } = await open();
  await connection(page, "open").waitFor();
  const trouble = page.getByTestId("history-trouble");
  const { history } = quietStatus;
  server.say({ history: { ...history, state: "waiting", sentence: "The history waits: the disk is full." } });
  await trouble.getByText("The history waits: the disk is full.").waitFor();
  const setAside = {
    time: now,
    file: "/var/lib/gristmill/history.db.damaged-1",
    reason: "a rollup fails its checksum",
  };
  server.say({ history: { ...history, setAside } });
  await trouble.getByText("It could not be used (a rollup fails its checksum)").waitFor();
  expect(await barriersInBothSchemes(page)).toEqual([]);
  server.say({ history });
  await trouble.waitFor({ state: "detached" });
});
