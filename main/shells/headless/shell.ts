// The same app in a browser: a loopback HTTP server that serves the window's files, and a WebSocket that carries the RPC.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { RPCHandler } from "@orpc/server/ws";
import { WebSocketServer } from "ws";
import { drop } from "../../platform/drop.ts";
import type { AppRouter } from "../../rpc/handlers.ts";
import { readWindowFile, windowHeaders } from "../window-files.ts";
import { isOwnHost, isOwnOrigin, isToken, wrongTokenCode } from "./guard.ts";

/** No message of the contract from the window is larger than a few hundred bytes. */
const largestMessage = 64 * 1024;

export interface HeadlessOptions {
  readonly router: AppRouter;
  /** Folder of the built window. */
  readonly window: string;
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly token: string;
}

export interface HeadlessShell {
  /** The address to open, token included. */
  readonly url: string;
  close(): Promise<void>;
}

/** @throws with the system's code (EADDRINUSE …) when the address cannot be listened on. */
export async function startHeadless(options: HeadlessOptions): Promise<HeadlessShell> {
  const server = http.createServer((request, response) => drop(answer(request, response, options, portOf(server))));
  const sockets = new WebSocketServer({ noServer: true, maxPayload: largestMessage });
  const rpc = new RPCHandler(options.router);
  sockets.on("connection", (socket) => {
    drop(
      rpc.upgrade({
        addEventListener: socket.addEventListener.bind(socket),
        // The next message of a stream waits until this one is on its way: a window that does not read fills no memory here.
        send: (message: string | Buffer) => new Promise<void>((resolve) => socket.send(message, () => resolve())),
      }),
    );
  });
  acceptUpgrades(server, sockets, options.token);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${portOf(server)}/?token=${options.token}`,
    close: () => close(server, sockets),
  };
}

/** Gives `sockets` the clients that ask for the RPC: our own page's, with the token. */
function acceptUpgrades(server: http.Server, sockets: WebSocketServer, token: string): void {
  server.on("upgrade", (request, socket, head) => {
    // Node leaves the socket to us and takes its own listener away; without one, a client that resets ends this process.
    socket.on("error", () => socket.destroy());
    const refuse = (status: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`, () => socket.destroy());
    if (!isOwnHost(request, portOf(server)) || !isOwnOrigin(request)) return refuse("403 Forbidden");
    const url = urlOf(request);
    if (url === null) return refuse("400 Bad Request");
    if (url.pathname !== "/rpc") return refuse("403 Forbidden");
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", () => webSocket.terminate());
      if (isToken(url.searchParams.get("token"), token)) sockets.emit("connection", webSocket, request);
      else webSocket.close(wrongTokenCode, "wrong token");
    });
  });
}

function portOf(server: http.Server): number {
  return (server.address() as AddressInfo | null)?.port ?? 0;
}

/** Null where the client asks for what is no address, such as `//`. */
function urlOf(request: http.IncomingMessage): URL | null {
  return URL.parse(request.url ?? "/", "http://localhost");
}

async function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  options: HeadlessOptions,
  port: number,
): Promise<void> {
  const send = (status: number, type: string, body: string | Buffer) => {
    response.writeHead(status, { ...windowHeaders({ connect: "'self'" }), "content-type": type });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const refuse = (status: number, sentence: string) => send(status, "text/plain; charset=utf-8", `${sentence}\n`);
  if (!isOwnHost(request, port)) return refuse(403, "This server answers on its own loopback address only.");
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "Only GET and HEAD are answered here.");
  const url = urlOf(request);
  if (url === null) return refuse(400, "This is no address.");
  const token = url.searchParams.get("token");
  if (token !== null && !isToken(token, options.token)) {
    return refuse(
      403,
      "This token is not the one of the Gristmill that runs now. Open the address that it printed when it started.",
    );
  }
  const file = await readWindowFile(options.window, url.pathname);
  if (file === undefined) return refuse(404, "There is no such file here.");
  send(200, file.type, file.bytes);
}

async function close(server: http.Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.close(1001, "Gristmill is closing");
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  await closed;
}
