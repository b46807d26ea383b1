// POST /instances: adopt as logtail's API has it (logtail/api.md), and beyond it revoke and delete. GET /v1/instances: all that is known of
// each, for the operator.
import type { FastifyInstance } from "fastify";
import { publicIdOf } from "../log/public-id.ts";
import {
  AdminError,
  adminOnly,
  answerWith,
  bodyFields,
  collectionIn,
  type Fields,
  field,
  instancesIn,
} from "./admin.ts";
import type { Collections } from "./collections.ts";
import type { Instance } from "./instance.ts";
import type { Store } from "./store.ts";

export interface InstancesRouteOptions {
  readonly store: Store;
  readonly collections: Collections;
  readonly adminKey: string | undefined;
}

export function instancesRoutes(app: FastifyInstance, options: InstancesRouteOptions): void {
  const onRequest = adminOnly(options.adminKey);
  app.get("/v1/instances", { onRequest }, (_request, reply) => answerWith(reply, () => list(options.store)));
  app.post("/instances", { onRequest }, (request, reply) =>
    answerWith(reply, async () => {
      const fields = await bodyFields(request);
      const instances = instancesIn(fields);
      if (instances.length === 0) throw new AdminError(400, "There is no instance: name it by its public ID.");
      await actionIn(fields)(options, fields, instances);
      return { instances };
    }),
  );
}

type Action = (options: InstancesRouteOptions, fields: Fields, instances: readonly string[]) => Promise<void>;

const actions: Readonly<Record<string, Action>> = {
  async adopt({ store, collections }, fields, instances) {
    const collection = collectionIn(fields, "collection");
    if (!(await collections.has(collection)))
      throw new AdminError(404, "There is no collection of this name; check its spelling, or create it first.");
    for (const id of instances) {
      // A secret that an operator mistook for the name; it is not to be written anywhere.
      if ((await store.instances.find(publicIdOf(id))) !== undefined)
        throw new AdminError(400, "This is the private ID of an instance; name it by its public ID.");
      await store.adopt(id, collection);
    }
  },

  async revoke({ store }, _fields, instances) {
    for (const id of instances) if (!(await store.revoke(id))) throw new AdminError(404, unknown);
  },

  async delete({ store }, fields, instances) {
    const collection = fields.has("collection") ? collectionIn(fields, "collection") : undefined;
    for (const id of instances) if (!(await store.remove(id, collection))) throw new AdminError(404, unknown);
  },
};

const unknown = "There is no instance with this public ID.";

/** logtail's own example sends `adopt=true` and no action. */
function actionIn(fields: Fields): Action {
  const name = field(fields, "action") ?? "adopt";
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new AdminError(400, "The action is adopt, revoke or delete.");
  if (!["true", "1", undefined].includes(field(fields, "adopt")))
    throw new AdminError(400, "An instance cannot be given back; delete it, or revoke it.");
  return action;
}

async function list(store: Store): Promise<unknown> {
  return { instances: (await store.instances.all()).map(listed) };
}

function listed(instance: Instance): unknown {
  const { id, revoked, collections, retired, refused } = instance;
  const streams = [...instance.streams.values()];
  return {
    instance: id,
    revoked: revoked ?? null,
    lastSeen:
      streams.length === 0 ? null : new Date(Math.max(...streams.map(({ lastSeenMs }) => lastSeenMs))).toISOString(),
    collections: Object.fromEntries(
      [...collections].map(([name, { firstSeen }]) => [
        name,
        { firstSeen, adopted: instance.adoptedIn(name) ?? null, bytes: instance.bytesIn(name) },
      ]),
    ),
    streams: streams.map(({ stream, collection, segments, bytes }) => ({ stream, collection, segments, bytes })),
    /** Segments that were deleted for their age or for want of space. */
    retired,
    /** Uploads that were not stored because it is revoked, since the catcher was started. */
    refused,
  };
}
