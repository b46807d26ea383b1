// Keeps the window connected, for as long as it lives. Every stream starts with a snapshot, so connecting again needs no memory of what came before.
import type { Examination, LogLine } from "../shared/rpc/shapes.ts";
import { connectionChanged, useConnection } from "./state/connection.ts";
import { directoryReceived } from "./state/directory.ts";
import { graphReceived } from "./state/graph.ts";
import { logReceived } from "./state/log.ts";
import { statusReceived } from "./state/status.ts";
import type { Client, OpenTransport, Transport } from "./transport.ts";

const latestEntries = 1_000;

let current: Client | null = null;
let hurry: () => void = () => {};

/** Entries from an ordinal on, or null while there is no connection; ask again when it is back. */
export async function readLog(from: number, count: number): Promise<readonly LogLine[] | null> {
  try {
    return (await current?.log.read({ from, count })) ?? null;
  } catch {
    // The connection broke while we waited. The loop below says so, and whoever asked asks again.
    return null;
  }
}

/** Asks the uploader to try now. Resolves false where there was nobody to ask. */
export async function sendNow(): Promise<boolean> {
  try {
    await current?.upload.sendNow();
    return current !== null;
  } catch {
    return false;
  }
}

/** Has the doctor examine the machine until `signal` aborts. Resolves to whether it came to an end. */
export async function examine(received: (said: Examination) => void, signal: AbortSignal): Promise<boolean> {
  try {
    if (current === null) return false;
    for await (const said of await current.doctor.examine(undefined, { signal })) {
      received(said);
      if (said.kind !== "looking") return true;
    }
    return false;
  } catch {
    // The connection broke, or nobody waits any more. Whoever asked knows which.
    return false;
  }
}

/** Asks main for anything else. Resolves undefined where there is nobody to ask. @throws what main answers, with a sentence. */
export async function ask<T>(question: (client: Client) => Promise<T>): Promise<T | undefined> {
  return current === null ? undefined : question(current);
}

/** Ends the wait before the next attempt to connect. */
export function connectNow(): void {
  hurry();
}

/** Full-jitter exponential delay in ms before attempt `attempt` (0 = first retry), at most five seconds: main is on this machine and comes back fast. */
export function reconnectDelayMs(attempt: number, random: number): number {
  return Math.round(100 + random * Math.min(5_000, 250 * 2 ** attempt));
}

/** Connects, listens, and connects again, until the signal aborts or the other end refuses this window. */
export async function stayConnected(open: OpenTransport, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const end = await listenOnce(open, signal);
    if (signal.aborted) return;
    const { failed, lostAt } = useConnection.getState();
    const lost = { lostAt: lostAt ?? Date.now(), failed: failed + 1 };
    if (end === "refused") return connectionChanged({ ...lost, state: "refused", retryAt: null });
    const delay = reconnectDelayMs(failed, Math.random());
    connectionChanged({ ...lost, state: "lost", retryAt: Date.now() + delay });
    await waitOr(delay, signal);
    connectionChanged({ retryAt: null });
  }
}

/** One connection from beginning to end. Resolves when it is over, for whatever reason. */
async function listenOnce(open: OpenTransport, signal: AbortSignal): Promise<"refused" | "lost"> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  let transport: Transport | undefined;
  try {
    transport = await open(both);
    current = transport.client;
    // Closing the transport ends its streams: telling each of them too would write to a closed socket.
    // The first to end ends all: a stream that breaks leaves a picture that no longer moves, and nobody may take that for quiet.
    await Promise.race([transport.closed, ...streams(transport.client, signal)]);
  } catch (error) {
    // Said once for a loss, however many attempts fail after it; that it is back is plain to see.
    if (useConnection.getState().failed === 0) console.warn("the connection to Gristmill ended:", error);
  } finally {
    current = null;
    over.abort();
  }
  return transport?.isRefused() ? "refused" : "lost";
}

function streams({ directory, graph, log, status }: Client, signal: AbortSignal): readonly Promise<void>[] {
  const opened = () => connectionChanged({ state: "open", retryAt: null, lostAt: null, failed: 0 });
  return [
    follow(() => status.watch(undefined, { signal }), statusReceived),
    follow(() => directory.watch({ looks: true }, { signal }), directoryReceived),
    follow(() => log.watch({ latest: latestEntries }, { signal }), logReceived),
    follow(
      () => graph.watch(undefined, { signal }),
      (message) => {
        graphReceived(message);
        if (message.kind === "snapshot") opened();
      },
    ),
  ];
}

async function follow<T>(watch: () => Promise<AsyncIterable<T>>, received: (message: T) => void): Promise<void> {
  for await (const message of await watch()) received(message);
}

function waitOr(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      hurry = () => {};
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    hurry = done;
  });
}
