import { WrongUsage } from "./wrong-usage.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads HOST:PORT, [IPv6]:PORT or :PORT. @throws WrongUsage for anything else. */
export function parseListen(text: string, defaultHost: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new WrongUsage(`--listen takes HOST:PORT, such as 127.0.0.1:8470, not "${text}"`);
  return { host: match[1] ?? (match[2] || defaultHost), port };
}

/** True for the names and addresses that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
