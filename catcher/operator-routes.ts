// GET /healthz and GET /metrics: for whoever watches over the catcher. Neither names a machine, so neither asks who is there.
import type { FastifyInstance } from "fastify";
import type { Metrics } from "./metrics.ts";
import type { Space } from "./space.ts";
import type { Store } from "./store.ts";

export interface OperatorParts {
  readonly store: Store;
  readonly space: Space;
  readonly metrics: Metrics;
}

const failed = "The last attempt to store failed; the catcher's messages say why.";
const full = "There is no space to store more; the catcher's messages say why.";

export function operatorRoutes(app: FastifyInstance, { store, space, metrics }: OperatorParts): void {
  app.get("/healthz", async (_request, reply) => {
    const isFull = (await space.lacking(0)) !== undefined;
    if (store.healthy && !isFull) return reply.send({ ok: true });
    return reply.code(503).send({ ok: false, error: isFull ? full : failed });
  });
  app.get("/metrics", async (_request, reply) =>
    reply.header("content-type", metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
