// GET /v1/instances: who has sent what, for the operator. Read from the disk each time, so it shows what is stored and nothing else.
import path from "node:path";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Disk } from "../log/disk.ts";
import { segmentFirst } from "../log/segment-index.ts";
import { hashSchema, streamSchema } from "../shared/frame.ts";
import { instancesFolder } from "./store.ts";
import { isAdmin } from "./token.ts";

export interface InstancesOptions {
  readonly disk: Disk;
  readonly dir: string;
  readonly adminKey: string | undefined;
}

interface StreamSize {
  readonly stream: string;
  readonly segments: number;
  readonly bytes: number;
}

export function instancesRoute(app: FastifyInstance, options: InstancesOptions): void {
  const { adminKey } = options;
  app.route({
    method: "GET",
    url: "/v1/instances",
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
      if (adminKey === undefined)
        return reply.code(403).send({ error: "This catcher was started without --admin-key, so nobody may ask this." });
      if (isAdmin(request.headers.authorization, adminKey)) return undefined;
      const error = "This needs HTTP basic authentication: the admin key as user name, no password.";
      return reply.code(401).header("www-authenticate", 'Basic realm="gristmill catcher"').send({ error });
    },
    handler: async () => ({ instances: await instances(options) }),
  });
}

async function instances({ disk, dir }: InstancesOptions): Promise<{ instance: string; streams: StreamSize[] }[]> {
  const folder = instancesFolder(dir);
  const found = [];
  for (const instance of await disk.list(folder)) {
    if (!hashSchema.safeParse(instance).success) continue;
    found.push({ instance, streams: await streams(disk, path.join(folder, instance)) });
  }
  return found;
}

async function streams(disk: Disk, folder: string): Promise<StreamSize[]> {
  const found = [];
  for (const stream of await disk.list(folder)) {
    if (!streamSchema.safeParse(stream).success) continue;
    const segments = (await disk.list(path.join(folder, stream))).filter((name) => segmentFirst(name) !== undefined);
    let bytes = 0;
    for (const segment of segments) bytes += await disk.size(path.join(folder, stream, segment));
    found.push({ stream, segments: segments.length, bytes });
  }
  return found;
}
