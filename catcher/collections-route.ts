// GET and POST /collections: what there is, as logtail's API lists it (logtail/api.md).
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AdminError, adminOnly, answerWith, bodyFields, collectionIn, field, queryFields } from "./admin.ts";
import type { Collections } from "./collections.ts";
import type { Instance } from "./instance.ts";

export interface CollectionsRouteOptions {
  readonly collections: Collections;
  readonly adminKey: string | undefined;
}

export function collectionsRoutes(app: FastifyInstance, { collections, adminKey }: CollectionsRouteOptions): void {
  const onRequest = adminOnly(adminKey);
  app.get("/collections", { onRequest }, (request, reply) =>
    answerWith(reply, () => list(collections, field(queryFields(request.url), "collection-name"))),
  );
  app.post("/collections", { onRequest }, (request, reply) => answerWith(reply, () => change(collections, request)));
}

async function list(collections: Collections, only: string | undefined): Promise<unknown> {
  const all = [...(await collections.all())].filter(([name]) => only === undefined || name === only);
  return {
    collections: Object.fromEntries(all.map(([name, instances]) => [name, { instances: listed(name, instances) }])),
  };
}

function listed(collection: string, instances: readonly Instance[]): unknown {
  return Object.fromEntries(
    instances.map((instance) => {
      const isOrphan = instance.adoptedIn(collection) === undefined;
      const seen = {
        "first-seen": instance.collections.get(collection)?.firstSeen,
        size: instance.bytesIn(collection),
      };
      return [instance.id, { ...seen, ...(isOrphan ? { orphan: true } : {}) }];
    }),
  );
}

async function change(collections: Collections, request: FastifyRequest): Promise<unknown> {
  const fields = await bodyFields(request);
  const collection = collectionIn(fields, "collection");
  const action = field(fields, "action");
  if (action === "create") {
    await collections.create(collection);
    return { collection };
  }
  if (action !== "delete") throw new AdminError(400, "The action is create or delete.");
  const instances = (await collections.all()).get(collection);
  if (instances === undefined) throw new AdminError(404, "There is no collection of this name.");
  if (instances.length > 0)
    throw new AdminError(409, `This collection holds the logs of ${instances.length} instance(s); delete those first.`);
  await collections.remove(collection);
  return { collection };
}
