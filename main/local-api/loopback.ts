import type { Place } from "./place.ts";

/** A daemon that listens on a port of this machine and wants to see a token. */
export function loopbackPlace(port: number, token: string): Place {
  return { name: `127.0.0.1:${port}`, connect: { host: "127.0.0.1", port }, token };
}
