// The window's files and a WebSocket, with a scripted Gristmill behind them: a test says what happens, and when the connection breaks.
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { RPCHandler } from "@orpc/server/ws";
import { WebSocketServer } from "ws";
import type { Examination, Status } from "../../shared/rpc/shapes.ts";
import { type ScriptedEntry, scriptGristmill } from "./scripted-gristmill.ts";

export interface ScriptedServer {
  /** The address to open, token included. */
  readonly url: string;
  /** Commits entries: they are in the log, and the graph knows what they tell. */
  readonly write: (entries: readonly ScriptedEntry[]) => void;
  readonly name: ReturnType<typeof scriptGristmill>["name"];
  readonly say: (change: Partial<Status>) => void;
  /** What an examination says, from now on; one that is under way goes on with it. */
  readonly examined: (...examination: readonly Examination[]) => void;
  /** Examinations that somebody waits for now. */
  readonly examining: () => number;
  /** What the window asked of the uploads, in order. */
  readonly asked: () => readonly unknown[];
  readonly tell: ReturnType<typeof scriptGristmill>["tell"];
  readonly refuse: (sentence: string | undefined) => void;
  /** What the history answers from now on. */
  readonly remember: ReturnType<typeof scriptGristmill>["remember"];
  /** Ends every connection and refuses new ones, until `back`. */
  readonly cut: () => void;
  readonly back: () => void;
  readonly close: () => Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
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
    name: script.name,
    say: script.say,
    examined: script.examined,
    examining: script.examining,
    asked: script.asked,
    tell: script.tell,
    refuse: script.refuse,
    remember: script.remember,
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
