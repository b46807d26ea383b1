import http from "node:http";
import https from "node:https";
import type { Address } from "./address.ts";
import { type Trust, tlsOptions } from "./trust.ts";

/** One connection, kept: a sink sends one request at a time. */
export function agentFor({ url }: Pick<Address, "url">, trust: Trust): http.Agent {
  const options = { keepAlive: true, maxSockets: 1 };
  return url.protocol === "https:" ? new https.Agent({ ...options, ...tlsOptions(trust) }) : new http.Agent(options);
}
