import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import { RPCHandler } from "@orpc/server/message-port";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { connectNow, readLog, reconnectDelayMs, sendNow, stayConnected } from "../../renderer/connect.ts";
import { examineMachine, stopExamining } from "../../renderer/examine.ts";
import { useConnection } from "../../renderer/state/connection.ts";
import { useDoctor } from "../../renderer/state/doctor.ts";
import { useGraph } from "../../renderer/state/graph.ts";
import { useLog } from "../../renderer/state/log.ts";
import { useStatus } from "../../renderer/state/status.ts";
import type { Client, OpenTransport } from "../../renderer/transport.ts";
import { scriptGristmill } from "../support/scripted-gristmill.ts";

const opening = [
  { time: 1_000, text: "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641" },
  { time: 2_000, text: "peer keys: [YkXSE]" },
  { time: 2_001, text: "v1.102.3-t0123abcde-g456789abc peers: 3532/43648" },
];

beforeEach(() => {
  useConnection.setState(useConnection.getInitialState(), true);
  useGraph.setState(useGraph.getInitialState(), true);
  useLog.setState(useLog.getInitialState(), true);
  useStatus.setState(useStatus.getInitialState(), true);
  useDoctor.setState(useDoctor.getInitialState(), true);
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

/** The window's loop on one end of real message ports, a scripted Gristmill on the other. */
function startWindow(being: { readonly refused?: boolean; readonly absent?: boolean } = {}) {
  const gristmill = scriptGristmill();
  const handler = new RPCHandler(gristmill.router);
  const ports: MessagePort[] = [];
  const open: OpenTransport = async (signal) => {
    if (being.absent) throw new Error("nobody is there");
    const { port1, port2 } = new MessageChannel();
    handler.upgrade(port2);
    port2.start();
    ports.push(port2);
    const closed = new Promise<void>((resolve) => port1.addEventListener("close", () => resolve()));
    signal.addEventListener("abort", () => port1.close());
    const client: Client = createORPCClient(new RPCLink({ port: port1 }));
    port1.start();
    return { client, closed, isRefused: () => being.refused ?? false };
  };
  const ended = new AbortController();
  const loop = stayConnected(open, ended.signal);
  onTestFinished(async () => {
    ended.abort();
    connectNow();
    for (const port of ports) port.close();
    await loop;
  });
  return { gristmill, loop, ports, cut: () => ports.at(-1)?.close() };
}

const connected = () => vi.waitFor(() => expect(useConnection.getState().state).toBe("open"));

test("every store has its snapshot, and follows what changes", async () => {
  const { gristmill } = startWindow();
  gristmill.write(opening);
  await connected();
  await vi.waitFor(() => expect(useGraph.getState().tunnels.get("[YkXSE]")?.near.counters?.rx).toBe(3532));
  gristmill.write([{ time: 4_000, text: "v1.102.3-t0123abcde-g456789abc peers: 4000/50000" }]);
  gristmill.say({ version: "9.9.9" });
  await vi.waitFor(() =>
    expect([
      useGraph.getState().tunnels.get("[YkXSE]")?.near.rate,
      useLog.getState().tail.at(-1)?.ordinal,
      useStatus.getState().status?.version,
    ]).toEqual([{ rx: 468_000 / 1_999, tx: 6_352_000 / 1_999 }, 4, "9.9.9"]),
  );
});

test("entries are read by position while there is a connection, and not at all while there is none", async () => {
  expect([await readLog(1, 1), await sendNow()]).toEqual([null, false]);
  const { gristmill } = startWindow();
  gristmill.write(opening);
  await connected();
  expect((await readLog(2, 1))?.map((line) => line.text)).toEqual(["peer keys: [YkXSE]"]);
  expect([await sendNow(), gristmill.asked()]).toEqual([true, ["send now"]]);
});

test("a connection that breaks is lost, keeps its picture, and comes back with a new snapshot", async () => {
  const { gristmill, cut } = startWindow();
  gristmill.write(opening);
  await connected();
  cut();
  await vi.waitFor(() => expect(useConnection.getState()).toMatchObject({ state: "lost", failed: 1 }));
  expect(useGraph.getState().tunnels.size).toBe(1);
  expect(await readLog(1, 1)).toBeNull();
  gristmill.write([
    { time: 5_000, text: "magicsock: disco: node [BH3g9] d:bf11a462289c780e now using 192.168.1.6:41641" },
  ]);
  connectNow();
  await connected();
  expect([...useGraph.getState().slots.keys()]).toEqual(["[YkXSE]", "[BH3g9]"]);
  expect(useConnection.getState()).toEqual({ state: "open", retryAt: null, lostAt: null, failed: 0 });
});

test("an examination is followed to its end; the next one takes its place, and what is stopped is heard no more", async () => {
  const { gristmill } = startWindow();
  const looking = (at: readonly string[]) =>
    vi.waitFor(() => expect([useDoctor.getState().looking, gristmill.examining()]).toEqual([at, 1]));
  await connected();
  examineMachine();
  gristmill.examined({ kind: "looking", at: ["the journal"] });
  await looking(["the journal"]);
  examineMachine();
  await looking(["the journal"]);
  stopExamining();
  await vi.waitFor(() => expect(gristmill.examining()).toBe(0));
  gristmill.examined({ kind: "failed", sentence: "It failed." });
  examineMachine();
  await vi.waitFor(() => expect(useDoctor.getState()).toMatchObject({ looking: null, failure: "It failed." }));
});

test("an examination whose connection breaks, or that has none, fails with a sentence", async () => {
  const failed = () => vi.waitFor(() => expect(useDoctor.getState().failure).toMatch(/no answer to the end/));
  examineMachine();
  await failed();
  const { gristmill, cut } = startWindow();
  await connected();
  examineMachine();
  await vi.waitFor(() => expect(gristmill.examining()).toBe(1));
  expect(useDoctor.getState()).toMatchObject({ looking: [], failure: null });
  cut();
  await failed();
});

test("one stream that breaks ends the whole connection: a picture that stands still must not look quiet", async () => {
  const { gristmill, ports } = startWindow();
  await connected();
  const closed = new Promise((resolve) => ports[0]?.addEventListener("close", resolve));
  gristmill.breakStatus();
  await vi.waitFor(() => expect(useConnection.getState().state).toBe("lost"));
  await closed;
});

test("attempts that fail are counted from the moment of the loss, and said once", async () => {
  startWindow({ absent: true });
  await vi.waitFor(() => expect(useConnection.getState().failed).toBe(1));
  const { lostAt } = useConnection.getState();
  connectNow();
  await vi.waitFor(() => expect(useConnection.getState().failed).toBe(2));
  expect([useConnection.getState().lostAt, useConnection.getState().state]).toEqual([lostAt, "lost"]);
  expect(console.warn).toHaveBeenCalledTimes(1);
});

test("a window that is refused stops trying", async () => {
  const { loop, cut } = startWindow({ refused: true });
  await connected();
  cut();
  await loop;
  expect(useConnection.getState()).toMatchObject({ state: "refused", retryAt: null });
});

test("the delay before an attempt grows, is spread, and stays bearable", () => {
  expect([0, 1, 2, 20].map((attempt) => reconnectDelayMs(attempt, 1))).toEqual([350, 600, 1_100, 5_100]);
  expect(reconnectDelayMs(20, 0)).toBe(100);
});
