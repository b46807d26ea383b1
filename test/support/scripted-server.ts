// Answers the window's contract from a script instead of a running Gristmill: what it says comes from log lines that the real grinder reads,
// and a test decides when there are more of them, and when the connection breaks.
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { EventPublisher, implement } from "@orpc/server";
import { RPCHandler } from "@orpc/server/ws";
import { WebSocketServer } from "ws";
import type { Entry } from "../../shared/entry.ts";
import type { GraphDifference } from "../../shared/graph/model.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import { contract } from "../../shared/rpc/contract.ts";
import type { LogLine, Status } from "../../shared/rpc/shapes.ts";

export interface ScriptedEntry {
  readonly time: number;
  readonly text: string;
  readonly level?: number;
  readonly source?: string;
  readonly loss?: Entry["loss"];
}

export interface ScriptedServer {
  /** The address to open, token included. */
  readonly url: string;
  /** Commits entries: they are in the log, and the graph knows what they tell. */
  readonly write: (entries: readonly ScriptedEntry[]) => void;
  readonly say: (change: Partial<Status>) => void;
  /** How often the window asked to send now. */
  readonly sendNows: () => number;
  /** Ends every connection and refuses new ones, until `back`. */
  readonly cut: () => void;
  readonly back: () => void;
  readonly close: () => Promise<void>;
}

interface Streams {
  readonly graph: GraphDifference;
  readonly log: readonly LogLine[];
  readonly status: Status;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

export const quietStatus: Status = {
  version: "0.1.0",
  shell: "headless",
  notice: null,
  demo: false,
  sources: [{ name: "journald", state: "following", sentence: null, entries: 0 }],
  spool: {
    state: "open",
    sentence: null,
    directory: "/var/lib/gristmill/spool",
    entries: 0,
    bytes: 0,
    quarantinedBytes: 0,
  },
  upload: {
    state: "off",
    destination: null,
    sentence: null,
    retryAt: null,
    ackedEntries: 0,
    ackedUntil: null,
    pendingEntries: 0,
    sentBytes: 0,
  },
};

/** Serves the built window in `folder`, and speaks for a Gristmill whose log is what was written so far. */
export async function startScriptedServer(folder: string): Promise<ScriptedServer> {
  const token = "scripted";
  const script = scriptGristmill();
  const rpc = new RPCHandler(script.router);
  const server = http.createServer((request, response) => void serveFile(folder, request, response));
  const sockets = new WebSocketServer({ noServer: true });
  let isCut = false;
  server.on("upgrade", (request, socket, head) => {
    if (isCut) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const given = new URL(request.url ?? "/", "http://localhost").searchParams.get("token");
      if (given === token) void rpc.upgrade(webSocket);
      else webSocket.close(4401, "wrong token");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    isCut = true;
    for (const socket of sockets.clients) socket.terminate();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/?token=${token}`,
    write: script.write,
    say: script.say,
    sendNows: script.sendNows,
    cut,
    back() {
      isCut = false;
    },
    async close() {
      cut();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What answers for Gristmill, for any transport: `router` speaks the contract, the rest is the test's to use. */
export function scriptGristmill() {
  const grinder = new Grinder();
  const graph = new Graph();
  const log: LogLine[] = [];
  const publisher = new EventPublisher<{ graph: Streams["graph"]; log: Streams["log"]; status: Streams["status"] }>();
  const broken = new AbortController();
  let status = quietStatus;
  let sendNows = 0;
  const os = implement(contract);
  const router = os.router({
    graph: {
      watch: os.graph.watch.handler(async function* ({ signal }) {
        const changes = publisher.subscribe("graph", { signal });
        yield { kind: "snapshot", graph: graph.view() };
        for await (const difference of changes) yield { kind: "difference", difference };
      }),
    },
    log: {
      watch: os.log.watch.handler(async function* ({ input, signal }) {
        const changes = publisher.subscribe("log", { signal });
        yield { kind: "replace", lines: input.latest === 0 ? [] : log.slice(-input.latest) };
        for await (const lines of changes) yield { kind: "append", lines: [...lines] };
      }),
      read: os.log.read.handler(({ input }) => log.slice(input.from - 1, input.from - 1 + input.count)),
    },
    status: {
      watch: os.status.watch.handler(async function* ({ signal }) {
        const changes = publisher.subscribe("status", {
          signal: signal ? AbortSignal.any([signal, broken.signal]) : broken.signal,
        });
        yield status;
        yield* changes;
      }),
    },
    upload: {
      sendNow: os.upload.sendNow.handler(() => {
        sendNows++;
      }),
    },
  });
  return {
    router,
    write(entries: readonly ScriptedEntry[]) {
      const lines = entries.map((entry, index) => logLine(entry, log.length + 1 + index));
      log.push(...lines);
      for (const [index, line] of lines.entries()) {
        const entry = entryOf(entries[index] as ScriptedEntry);
        graph.take(grinder.grind(entry, line.ordinal), entry, line.ordinal);
      }
      publisher.publish("log", lines);
      const difference = graph.takeDifference();
      if (difference !== undefined) publisher.publish("graph", difference);
    },
    say(change: Partial<Status>) {
      status = { ...status, ...change };
      publisher.publish("status", status);
    },
    sendNows: () => sendNows,
    /** One of the streams fails, while the transport is as it was. */
    breakStatus: () => broken.abort(),
  };
}

function entryOf({ time, text, level, loss }: ScriptedEntry): Entry {
  return {
    logtail: { client_time: new Date(time).toISOString() },
    ...(level ? { v: level } : {}),
    text,
    ...(loss ? { loss } : {}),
  };
}

function logLine(
  { time, text, level = 0, source = "journald", loss = undefined }: ScriptedEntry,
  ordinal: number,
): LogLine {
  return { ordinal, time, level, source, text, loss: loss ?? null };
}

async function serveFile(folder: string, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const file = path.join(folder, pathname === "/" ? "index.html" : path.posix.normalize(pathname));
  try {
    response.writeHead(200, { "content-type": types[path.extname(file)] ?? "application/octet-stream" });
    response.end(await readFile(file));
  } catch {
    response.writeHead(404).end();
  }
}
