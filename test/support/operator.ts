// What an operator asks of a catcher, and what tailscaled sends it, over real sockets.
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import { publicIdOf } from "../../log/public-id.ts";

export const testAdminKey = "an-admin-key-of-the-test";
export const tailnode = "tailnode.log.tailscale.io";

export interface Machine {
  readonly privateId: string;
  readonly publicId: string;
}

export function newMachine(): Machine {
  const privateId = randomBytes(32).toString("hex");
  return { privateId, publicId: publicIdOf(privateId) };
}

export interface OperatorAnswer {
  readonly status: number;
  readonly body: unknown;
}

const authorization = `Basic ${Buffer.from(`${testAdminKey}:`).toString("base64")}`;

/** GET, or POST with fields. */
export async function operator(
  url: string,
  path: string,
  fields?: Readonly<Record<string, string>>,
): Promise<OperatorAnswer> {
  const form = fields === undefined ? {} : { method: "POST", body: new URLSearchParams(fields) };
  const response = await fetch(`${url}${path}`, { headers: { authorization }, ...form });
  return { status: response.status, body: await response.json() };
}

/** One upload as tailscaled sends it; the HTTP status. */
export async function logtailUpload(
  url: string,
  { privateId }: Machine,
  texts: readonly string[],
  collection = tailnode,
): Promise<number> {
  const entries = texts.map(
    (text) => `${JSON.stringify({ logtail: { client_time: "2026-08-22T15:19:51Z" }, text })}\n`,
  );
  const body = `[${entries.join(",")}]`;
  const response = await fetch(`${url}/c/${collection}/${privateId}`, { method: "POST", body });
  await response.arrayBuffer();
  return response.status;
}

export interface RetrievedEntry {
  readonly logtail: { readonly client_time?: string; readonly server_time: string; readonly instance: string };
  readonly text: string;
}

export interface Retrieved {
  readonly collection: string;
  readonly logs: readonly RetrievedEntry[];
}

/** GET /c/<collection>?… of an answer that is to be 200. */
export async function retrieve(url: string, collection: string, query = ""): Promise<readonly RetrievedEntry[]> {
  const { status, body } = await operator(url, `/c/${collection}?${query}`);
  if (status !== 200) throw new Error(`the catcher answered ${status}: ${JSON.stringify(body)}`);
  return (body as Retrieved).logs;
}

export interface Following {
  /** The next entry; undefined when the catcher has ended it. */
  next(): Promise<RetrievedEntry | undefined>;
  readonly header: unknown;
  stop(): void;
}

/** GET /c/<collection>?stream=true&…; gone after the test. */
export async function follow(url: string, collection: string, query = ""): Promise<Following> {
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  const response = await fetch(`${url}/c/${collection}?stream=true&${query}`, {
    headers: { authorization },
    signal: gone.signal,
  });
  if (response.body === null || response.status !== 200) throw new Error(`the catcher answered ${response.status}`);
  const lines = createInterface({ input: Readable.fromWeb(response.body as never).on("error", () => undefined) })[
    Symbol.asyncIterator
  ]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done === true ? undefined : (JSON.parse(value) as RetrievedEntry);
  };
  return { header: await next(), next, stop: () => gone.abort() };
}
