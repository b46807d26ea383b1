// What the routes for the operator have in common: the key, what is asked, and what the disk's refusal is answered with.
import type { FastifyReply, FastifyRequest } from "fastify";
import { hashSchema } from "../shared/frame.ts";
import { collectionName } from "./collection.ts";
import { storageRefusal } from "./storage-trouble.ts";
import { isAdmin } from "./token.ts";

/** A hook that lets nobody pass who does not show the key as HTTP basic user name, without a password. */
export function adminOnly(
  adminKey: string | undefined,
): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown> {
  return async (request, reply) => {
    if (adminKey === undefined)
      return reply.code(403).send({ error: "This catcher was started without --admin-key, so nobody may ask this." });
    if (isAdmin(request.headers.authorization, adminKey)) return undefined;
    const error = "This needs HTTP basic authentication: the admin key as user name, no password.";
    return reply.code(401).header("www-authenticate", 'Basic realm="gristmill catcher"').send({ error });
  };
}

/** What is wrong with a request: its sentence is the answer, so it repeats nothing that may be a secret. */
export class AdminError extends Error {
  override readonly name = "AdminError";
  readonly status: number;

  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** Sends what `work` gives, or why it cannot. */
export async function answerWith(reply: FastifyReply, work: () => Promise<unknown>): Promise<FastifyReply> {
  try {
    return reply.send(await work());
  } catch (error) {
    if (error instanceof AdminError) return reply.code(error.status).send({ error: error.message });
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const { status, retryAfterSeconds } = storageRefusal(error);
    console.error("A request of the operator failed:", error);
    return reply
      .code(status)
      .header("retry-after", retryAfterSeconds)
      .send({ error: "The catcher's disk refuses; its messages say why." });
  }
}

/** The fields of a request, each with all of its values. */
export type Fields = ReadonlyMap<string, readonly string[]>;

/** Fields of an address's query. */
export function queryFields(url: string): Fields {
  return fieldsOf(new URLSearchParams(url.split("?")[1] ?? ""));
}

/** Fields of a request's body, form or JSON encoded, whatever it is called. @throws AdminError for what is neither. */
export async function bodyFields(request: FastifyRequest): Promise<Fields> {
  const text = (await bodyOf(request)).toString("utf8").trim();
  if (!text.startsWith("{")) return fieldsOf(new URLSearchParams(text));
  try {
    const members = Object.entries(JSON.parse(text) as object);
    return new Map(members.map(([name, value]) => [name, (Array.isArray(value) ? value : [value]).map(String)]));
  } catch {
    throw new AdminError(400, "The body is neither form encoded nor JSON.");
  }
}

/** Some hundred IDs. */
const maxBodyBytes = 64 * 1024;

/** Whoever serves may have read it, or leave that to the route. */
async function bodyOf({ body, raw }: FastifyRequest): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of raw as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > maxBodyBytes) throw new AdminError(413, "The body is too large.");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function fieldsOf(parameters: URLSearchParams): Fields {
  return new Map([...parameters.keys()].map((name) => [name, parameters.getAll(name)]));
}

/** @throws AdminError where it is given more than once. */
export function field(fields: Fields, name: string): string | undefined {
  const values = fields.get(name) ?? [];
  if (values.length > 1) throw new AdminError(400, `There is more than one ${name}.`);
  return values[0] === "" ? undefined : values[0];
}

/** @throws AdminError where it is none that a collection may have, or missing. */
export function collectionIn(fields: Fields, name: string): string {
  return asCollection(field(fields, name) ?? "");
}

export function asCollection(collection: string): string {
  if (!collectionName.test(collection)) throw new AdminError(403, "invalid collection name");
  return collection;
}

/** Public IDs in the field `instances`, which may be there any number of times, or hold several with commas between. */
export function instancesIn(fields: Fields): readonly string[] {
  const ids = (fields.get("instances") ?? []).flatMap((value) => value.split(",")).filter((id) => id !== "");
  if (!ids.every((id) => hashSchema.safeParse(id).success))
    throw new AdminError(400, "An instance is named by its public ID, 64 hex digits in lower case.");
  return ids;
}
