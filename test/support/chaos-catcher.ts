// A catcher that lies, stalls and breaks off as it is told, over real sockets; untold, it is honest.
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type Frame, scanFrames } from "../../log/frame-codec.ts";
import { receiptFor } from "./catcher.ts";

export interface ChaosRequest {
  readonly headers: http.IncomingHttpHeaders;
  readonly url: string;
  readonly body: Buffer;
  readonly frames: readonly Frame[];
}

/** What to do with one request. */
export type Trick = (request: ChaosRequest, response: http.ServerResponse) => void;

export interface ChaosCatcher {
  readonly url: string;
  readonly requests: readonly ChaosRequest[];
  /** How many were opened, and bytes that came over them. */
  readonly connections: () => number;
  readonly received: () => number;
  /** For the requests to come, in order. */
  readonly tricks: Trick[];
  /** For every request that no trick is left for. */
  always: Trick;
}

export const honest: Trick = ({ frames }, response) =>
  json(200, receiptFor(frames.at(-1)))({ frames } as ChaosRequest, response);

export function json(status: number, body: object, headers: http.OutgoingHttpHeaders = {}): Trick {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
}

export function page(status: number, headers: http.OutgoingHttpHeaders = {}): Trick {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "text/html", ...headers });
    response.end("<!doctype html><title>Welcome to the hotel</title>");
  };
}

/** A receipt with something in it changed. */
export function lie(change: (frame: Frame) => object): Trick {
  return (request, response) => {
    const last = request.frames.at(-1) as Frame;
    json(200, { ...receiptFor(last), ...change(last) })(request, response);
  };
}

export const reset: Trick = (_request, response) => void response.socket?.resetAndDestroy();

export const resetAfterHead: Trick = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "200" });
  response.write('{"stream":', () => response.socket?.resetAndDestroy());
};

export const cutShort: Trick = (_request, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "200" });
  response.write('{"stream":', () => response.socket?.end());
};

export const hang: Trick = () => undefined;

export const flood: Trick = (_request, response) => {
  response.writeHead(200);
  response.on("error", () => undefined);
  response.end(Buffer.alloc(1024 * 1024, " "));
};

export async function chaosCatcher(...tricks: Trick[]): Promise<ChaosCatcher> {
  const requests: ChaosRequest[] = [];
  const server = http.createServer(async (message, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const frames = [...scanFrames(body)].flatMap((piece) => (piece.kind === "frame" ? [piece.frame] : []));
    const request = { headers: message.headers, url: message.url ?? "", body, frames };
    requests.push(request);
    (catcher.tricks.shift() ?? catcher.always)(request, response);
  });
  const open = new Set<Socket>();
  let [connections, received] = [0, 0];
  server.on("connection", (socket) => {
    connections += 1;
    open.add(socket);
    socket.on("close", () => {
      received += socket.bytesRead;
      open.delete(socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const { port } = server.address() as AddressInfo;
  const catcher: ChaosCatcher = {
    url: `http://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    received: () => [...open].reduce((sum, socket) => sum + socket.bytesRead, received),
    tricks,
    always: honest,
  };
  return catcher;
}
