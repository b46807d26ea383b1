// What every request and every connection goes through, whatever the route; and an end in good order.
import { constants, type Http2Stream } from "node:http2";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Metrics } from "./metrics.ts";
import { fastifyOver, type NodeServerOptions } from "./node-server.ts";
import { type Refusal, refuse } from "./refusal.ts";

export interface WebServerOptions extends NodeServerOptions {
  readonly metrics: Metrics;
}

export interface WebServer {
  readonly app: FastifyInstance;
  /** Takes no new connections, answers what was asked, and ends what is left after `impatientMs`. */
  close(impatientMs: number): Promise<void>;
}

/** With more connections than this share of the limit, idle ones are closed: whoever is at work goes before. */
const crowdedShare = 0.8;
const routes = [
  "POST /v1/frames",
  "POST /c/<collection>/<private ID>",
  "GET /v1/instances",
  "GET /healthz",
  "GET /metrics",
];

export function webServer(options: WebServerOptions): WebServer {
  const { connections, metrics } = options;
  const app = fastifyOver(options);
  boundConnections(app.server, options);
  let isClosing = false;
  app.addHook("onRequest", async (request, reply) => {
    // Bodies are bytes, whatever they are called, if they are called anything; routes read and check them by themselves.
    request.raw.headers["content-type"] = "application/octet-stream";
    return connections.isOver(request.raw.socket) ? refuse(hangUp(reply), metrics, tooManyConnections) : undefined;
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _body, done) => done(null));
  app.addHook("onSend", async (request, reply) => {
    // A stop would wait until the client lets go of the connection; and a body that nobody reads is in the way of the next request.
    if (isClosing || reply.statusCode === 408) hangUp(reply);
    if ("stream" in request.raw) stopReadingAfterAnswer(request.raw.stream as Http2Stream);
  });
  app.addHook("onResponse", async (request, reply) => {
    const { url = "none" } = request.routeOptions;
    metrics.requestSeconds.observe({ route: url, status: String(reply.statusCode) }, reply.elapsedTime / 1_000);
  });
  // The address is not repeated in any answer: it may hold a secret.
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "There is no such route here.", routes }));
  return {
    app,
    async close(impatientMs) {
      isClosing = true;
      const impatience = setTimeout(() => connections.closeAll(), impatientMs);
      await app.close();
      clearTimeout(impatience);
    },
  };
}

function boundConnections(server: FastifyInstance["server"], { connections, limits }: WebServerOptions): void {
  server.maxConnections = limits.connections;
  connections.watch(server);
  server.on("connection", () => {
    if (connections.open > crowdedShare * limits.connections) server.closeIdleConnections?.();
  });
}

/** Ends the connection with this answer. HTTP/2 has its own way, and no such header. */
function hangUp(reply: FastifyReply): FastifyReply {
  return reply.request.raw.httpVersionMajor === 1 ? reply.header("connection", "close") : reply;
}

/** Tells an HTTP/2 client that is still sending when it has its answer that it need not (RFC 9113 section 8.1). */
function stopReadingAfterAnswer(stream: Http2Stream): void {
  stream.once("finish", () => {
    if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  });
}

const tooManyConnections: Refusal = {
  status: 429,
  reason: "connections",
  retryAfterSeconds: 30,
  sentence: "There are too many connections from this address; close some, or come back later.",
};
