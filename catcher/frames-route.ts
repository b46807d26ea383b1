// POST /v1/frames: frames as they lie in a client's spool, stored as they come. Answers 200 only for what is durable.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { framesRoute, lostHeader, parseLost } from "../shared/upload.ts";
import { maxBodyBytes, readBody } from "./body.ts";
import type { FramesDelivery } from "./judge.ts";
import type { Store } from "./store.ts";
import { instanceOf } from "./token.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Public ID of whoever sends; set before the body is read. */
    instance: string;
  }
}

const noToken = "This needs the header Authorization: Bearer <private ID>, 64 hex digits.";

export function framesRoutes(app: FastifyInstance, store: Store): void {
  app.decorateRequest("instance", "");
  app.route({
    method: "POST",
    url: framesRoute,
    bodyLimit: maxBodyBytes,
    onRequest: async (request, reply) => {
      const instance = instanceOf(request.headers.authorization);
      if (instance === undefined) {
        return reply.code(401).header("www-authenticate", "Bearer").send({ error: noToken });
      }
      request.instance = instance;
    },
    handler: (request, reply) => takeFrames(store, request, reply),
  });
}

async function takeFrames(store: Store, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const encoding = request.headers["content-encoding"] ?? "zstd";
  if (encoding !== "zstd") return bad(reply, "Frames are sent as they are, with Content-Encoding: zstd.");
  const declared = request.headers[lostHeader];
  const lost = declared === undefined ? undefined : parseLost(String(declared));
  if (declared !== undefined && lost === undefined)
    return bad(reply, "The header Gristmill-Lost takes a range of frames, such as 7-9.");
  const read = await readBody(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
  if (read.kind === "too-large") return reply.code(413).send({ error: read.sentence });
  if (read.kind === "bad") return bad(reply, read.sentence);
  return answer(store, reply, { instance: request.instance, delivery: { kind: "frames", frames: read.frames, lost } });
}

async function answer(
  store: Store,
  reply: FastifyReply,
  { instance, delivery }: { readonly instance: string; readonly delivery: FramesDelivery },
): Promise<FastifyReply> {
  const { stream } = delivery.frames[0].header;
  const taken = await store.take({ instance, stream }, delivery);
  switch (taken.kind) {
    case "stored":
      return reply.send(taken.receipt);
    case "behind":
      return reply.code(409).send({ expected: taken.expected });
    case "fork":
      return reply.code(409).send({ reason: "fork", error: taken.sentence });
    case "bad":
      return bad(reply, taken.sentence);
    case "refused":
      return reply.code(taken.status).header("retry-after", taken.retryAfterSeconds).send({ error: taken.sentence });
  }
}

function bad(reply: FastifyReply, sentence: string): FastifyReply {
  return reply.code(400).send({ error: sentence });
}
