// Fastify over Node's HTTP server: HTTP/1.1, or with TLS HTTP/2 for whoever asks for it (ALPN) and HTTP/1.1 beside it.
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from "fastify";
import type { Connections } from "./connections.ts";
import { type Limits, maxHeaderBytes } from "./limits.ts";
import { type OperatorLog, withoutSecrets } from "./operator-log.ts";
import { followTls, type TlsPair } from "./tls.ts";

export interface NodeServerOptions {
  readonly limits: Limits;
  readonly connections: Connections;
  readonly log: OperatorLog;
  readonly tls: TlsPair | undefined;
}

/** A client that sends one upload after the other needs one. */
const maxStreams = 32;
const handshakeMs = 10_000;
/** HTTP/2 says good-bye before it closes, so no upload runs into the closing. */
const longestHttp2IdleMs = 300_000;
/** How long a client that was said good-bye to may take to leave. One that is gone without a word is found out like this as well. */
const goodbyeMs = 10_000;
const longestHeadersMs = 30_000;
/** How often Node looks for connections that are over their time. */
const checkMs = 10_000;
/** The longest name of a collection, and some more. */
const routerOptions = { maxParamLength: 300 };
/** What came before the connection closed is finished like everything else, also while the catcher stops. */
const return503OnClosing = false;

/** An instance without routes. What fails outside of them is answered without a word about what was asked: the address may hold a secret. */
export function fastifyOver(options: NodeServerOptions): FastifyInstance {
  const app = options.tls === undefined ? plain(options) : secure(options, options.tls);
  app.setErrorHandler((error: FastifyError, _request, reply) => unhandled(error, reply, options.log));
  return app;
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

function plain({ limits, log }: NodeServerOptions): FastifyInstance {
  const { requestTimeout, keepAliveTimeout, ...http } = timeouts(limits);
  return fastify({
    requestTimeout,
    keepAliveTimeout,
    return503OnClosing,
    routerOptions,
    clientErrorHandler: unread,
    http: { ...http, maxHeaderSize: maxHeaderBytes },
    frameworkErrors: (error, _request, reply) => unhandled(error, reply, log),
  });
}

function secure({ connections, limits, log }: NodeServerOptions, tls: TlsPair): FastifyInstance {
  const app = fastify({
    return503OnClosing,
    routerOptions,
    clientErrorHandler: unread,
    http2: true,
    http2SessionTimeout: Math.min(limits.idleMs, longestHttp2IdleMs),
    https: {
      cert: tls.cert,
      key: tls.key,
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
  const unfollow = followTls(tls.files, app.server, log);
  app.addHook("onClose", async () => unfollow());
  Object.assign(app.server, timeouts(limits)); // For HTTP/1.1 beside it; read when it begins to listen.
  // Node gives HTTP/2 the same requests and answers, as far as they are used here: headers, the body as a stream, the socket.
  return app as unknown as FastifyInstance;
}

/**
 * Bytes that never became a whole request: slow, cut off on their way, or no HTTP. The answer is not in JSON, so that no client takes it for a word
 * about what it sent.
 */
function unread({ code }: NodeJS.ErrnoException, socket: Socket): void {
  const isCutOff = code === "ERR_HTTP_REQUEST_TIMEOUT" || code === "HPE_INVALID_EOF_STATE";
  const status = isCutOff ? 408 : code === "HPE_HEADER_OVERFLOW" ? 431 : 400;
  if (code !== "ECONNRESET" && socket.writable)
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
  socket.destroySoon();
}

/** Whatever failed outside a route's own answers: a request that cannot be read, or a bug. */
function unhandled(error: FastifyError, reply: FastifyReply, log: OperatorLog): void {
  const status = error.statusCode ?? 500;
  if (status >= 500)
    log.error(`A request failed, which is a bug in Gristmill: ${withoutSecrets(error.stack ?? error.message)}`);
  if (status >= 500) reply.header("retry-after", 30);
  reply.code(status).send({ error: status >= 500 ? failed : "This request could not be read." });
}

const failed = "The catcher failed to handle this request. Keep what was not acknowledged and send it again.";
