// POST /v1/frames: frames as they lie in a client's spool, stored as they come. Answers 200 only for what is durable.
import type { FastifyInstance, FastifyRequest } from "fastify";
import { badFrames, framesRoute, lostHeader, parseLost } from "../shared/upload.ts";
import { maxBodyBytes, readBody } from "./body.ts";
import { crowded, type Door, type Received } from "./door.ts";
import type { FramesDelivery } from "./judge.ts";
import type { Metrics } from "./metrics.ts";
import { answer, type Outcome, type Refusal, refuse } from "./refusal.ts";
import type { Lease } from "./room.ts";
import type { Store } from "./store.ts";
import { instanceOf } from "./token.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Public ID of whoever sends; set before the body is read. */
    instance: string;
  }
}

export interface IntakeParts {
  readonly store: Store;
  readonly door: Door;
  readonly metrics: Metrics;
}

const noToken = "This needs the header Authorization: Bearer <private ID>, 64 hex digits.";

export function framesRoutes(app: FastifyInstance, parts: IntakeParts): void {
  const { door, metrics } = parts;
  app.route({
    method: "POST",
    url: framesRoute,
    onRequest: async (request, reply) => {
      const instance = instanceOf(request.headers.authorization);
      if (instance === undefined) {
        reply.header("www-authenticate", "Bearer");
        return refuse(reply, metrics, { status: 401, reason: "no-identity", sentence: noToken });
      }
      request.instance = instance;
      const refusal = await door.admit(instance);
      return refusal === undefined ? undefined : refuse(reply, metrics, refusal);
    },
    handler: async (request, reply) => {
      const take = (received: Received, lease: Lease) => takeFrames(parts, request, received, lease);
      return answer(reply, metrics, await door.receive(request, maxBodyBytes, take));
    },
  });
}

async function takeFrames(
  parts: IntakeParts,
  request: FastifyRequest,
  received: Received,
  lease: Lease,
): Promise<Outcome> {
  if (received.kind === "too-large") return { refusal: tooLarge(bodyTooLarge) };
  const encoding = request.headers["content-encoding"] ?? "zstd";
  if (encoding !== "zstd") return { refusal: bad("Frames are sent as they are, with Content-Encoding: zstd.") };
  const declared = request.headers[lostHeader];
  const lost = declared === undefined ? undefined : parseLost(String(declared));
  if (declared !== undefined && lost === undefined)
    return { refusal: bad("The header Gristmill-Lost takes a range of frames, such as 7-9.") };
  const read = await readBody(received.body, (bytes) => lease.grow(bytes));
  if (read.kind === "crowded") return { refusal: crowded };
  if (read.kind === "too-large") return { refusal: tooLarge(read.sentence) };
  if (read.kind === "bad") return { refusal: bad(read.sentence) };
  const content = read.frames.reduce((sum, { entries }) => sum + entries.length, 0);
  parts.door.spend(request.instance, content);
  return store(parts, request.instance, { kind: "frames", frames: read.frames, lost });
}

async function store({ store, metrics }: IntakeParts, instance: string, delivery: FramesDelivery): Promise<Outcome> {
  const { stream } = delivery.frames[0].header;
  const taken = await store.take({ instance, stream }, delivery);
  switch (taken.kind) {
    case "stored": {
      const sent = delivery.frames.reduce((sum, { header }) => sum + header.count, 0);
      countStored(metrics, framesRoute, { sent, stored: taken.entries });
      return { refusal: undefined, body: taken.receipt };
    }
    case "behind":
      return { refusal: conflict("behind", "Frames are missing.", { expected: taken.expected }) };
    case "fork":
      return { refusal: conflict("fork", taken.sentence, { reason: "fork", error: taken.sentence }) };
    case "bad":
      return { refusal: bad(taken.sentence) };
    case "refused":
      return { refusal: taken };
  }
}

export function countStored(
  metrics: Metrics,
  route: string,
  { sent, stored }: { readonly sent: number; readonly stored: number },
): void {
  metrics.storedEntries.inc({ route }, stored);
  metrics.repeatedEntries.inc({ route }, sent - stored);
  metrics.lastStored.setToCurrentTime();
}

const bodyTooLarge = "The body is larger than this route takes; send fewer frames at a time.";

function bad(sentence: string): Refusal {
  return { status: 400, reason: "bad", sentence, body: { reason: badFrames, error: sentence } };
}

function tooLarge(sentence: string): Refusal {
  return { status: 413, reason: "too-large", sentence };
}

function conflict(reason: "behind" | "fork", sentence: string, body: object): Refusal {
  return { status: 409, reason, sentence, body };
}
