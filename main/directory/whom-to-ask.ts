// Which tailscaled is asked who the keys of the log are.
import path from "node:path";
import { type LocalApi, localApiAt, localApiOf } from "../local-api/local-api.ts";
import { thisMachine } from "../local-api/this-machine.ts";
import type { Source } from "../sources/source.ts";

/** @param wish a socket, or "off"; undefined: the daemon that a source brings, as the demo does, or else this machine's. Null = nobody is asked. */
export function whomToAsk(wish: string | undefined, sources: readonly Source[]): LocalApi | null {
  if (wish === "off") return null;
  if (wish !== undefined) return localApiAt(path.resolve(wish));
  return sources.find(({ localApi }) => localApi !== undefined)?.localApi ?? localApiOf(thisMachine);
}
