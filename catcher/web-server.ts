// The HTTP server in front of the routes: HTTP/1.1, and with TLS HTTP/2 for whoever asks for it (ALPN). It bounds what a connection may do, and ends
// in good order.
import { constants, type Http2Stream } from "node:http2";
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from "fastify";
import type { Connections } from "./connections.ts";
import { type Limits, maxHeaderBytes } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { type OperatorLog, withoutSecrets } from "./operator-log.ts";
import { type Refusal, refuse } from "./refusal.ts";
import type { TlsPair } from "./tls.ts";

export interface WebServerOptions {
  readonly limits: Limits;
  readonly connections: Connections;
  readonly metrics: Metrics;
  readonly log: OperatorLog;
  readonly tls: TlsPair | undefined;
}

export interface WebServer {
  readonly app: FastifyInstance;
  /** Takes no new connections, answers what was asked, and ends what is left after `impatientMs`. */
  close(impatientMs: number): Promise<void>;
}

/** A client that sends one upload after the other needs one. */
const maxStreams = 32;
const handshakeMs = 10_000;
/** HTTP/2 says good-bye before it closes, so no upload runs into the closing. */
const longestHttp2IdleMs = 300_000;
/** How long a client that was said good-bye to may take to leave. One that is gone without a word is found out like this as well. */
const goodbyeMs = 10_000;
const longestHeadersMs = 30_000;
/** The longest name of a collection, and some more. */
const routerOptions = { maxParamLength: 300 };
/** How often Node looks for connections that are over their time. */
const checkMs = 10_000;
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
  const { connections, limits, metrics } = options;
  const app = options.tls === undefined ? plain(options) : secure(options, options.tls);
  const server = app.server;
  server.maxConnections = limits.connections;
  connections.watch(server);
  server.on("connection", () => {
    if (connections.open > crowdedShare * limits.connections) server.closeIdleConnections?.();
  });
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
  app.setErrorHandler((error: FastifyError, _request, reply) => unhandled(error, reply, options.log));
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

/** How Node's own server treats connections, with TLS or without. */
function timeouts({ requestMs, idleMs }: Limits) {
  return {
    requestTimeout: requestMs,
    headersTimeout: Math.min(longestHeadersMs, requestMs),
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: Math.min(checkMs, requestMs),
  };
}

/** What came before the connection closed is finished like everything else, also while the catcher stops. */
const return503OnClosing = false;

function plain({ limits, log }: WebServerOptions): FastifyInstance {
  const { requestTimeout, keepAliveTimeout, ...http } = timeouts(limits);
  return fastify({
    requestTimeout,
    keepAliveTimeout,
    return503OnClosing,
    routerOptions,
    http: { ...http, maxHeaderSize: maxHeaderBytes },
    frameworkErrors: (error, _request, reply) => unhandled(error, reply, log),
  });
}

function secure({ connections, limits, log }: WebServerOptions, tls: TlsPair): FastifyInstance {
  const app = fastify({
    return503OnClosing,
    routerOptions,
    http2: true,
    http2SessionTimeout: Math.min(limits.idleMs, longestHttp2IdleMs),
    https: {
      ...tls,
      allowHTTP1: true,
      handshakeTimeout: handshakeMs,
      settings: { maxConcurrentStreams: maxStreams, maxHeaderListSize: maxHeaderBytes },
    },
    frameworkErrors: (error, _request, reply) => unhandled(error, reply as unknown as FastifyReply, log),
  });
  // Node says good-bye to a session on which nothing happens, and then waits for ever for one whose client is gone without a word.
  app.server.on("session", (session) => {
    const end = connections.ending(session.socket);
    session.once("timeout", () => void setTimeout(end, goodbyeMs).unref());
  });
  Object.assign(app.server, timeouts(limits)); // For HTTP/1.1 beside it; read when it begins to listen.
  // Node gives HTTP/2 the same requests and answers, as far as they are used here: headers, the body as a stream, the socket.
  return app as unknown as FastifyInstance;
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

/** Whatever failed outside a route's own answers: a request that cannot be read, or a bug. */
function unhandled(error: FastifyError, reply: FastifyReply, log: OperatorLog): void {
  const status = error.statusCode ?? 500;
  if (status >= 500)
    log.error(`A request failed, which is a bug in Gristmill: ${withoutSecrets(error.stack ?? error.message)}`);
  if (status >= 500) reply.header("retry-after", 30);
  reply.code(status).send({ error: status >= 500 ? failed : "This request could not be read." });
}

const failed = "The catcher failed to handle this request. Keep what was not acknowledged and send it again.";
