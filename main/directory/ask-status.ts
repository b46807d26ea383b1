// One `status` of the daemon: the whole tailnet, and what the daemon does with each peer. It does not make the daemon log anything (reference 1.6).
import { type DaemonStatus, daemonStatusSchema } from "../../shared/directory/daemon-json.ts";
import { wholeText } from "../local-api/answer-text.ts";
import type { LocalApi } from "../local-api/local-api.ts";
import { LocalApiError } from "../local-api/local-api-error.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";

/** A peer takes about 1.5 KB: this is a tailnet of twenty thousand. */
export const longestMessage = 32 * 1024 * 1024;
/** A daemon that is being suspended, or hangs, takes the connection and says nothing. */
const patienceMs = 15_000;

/** The answer as it came. @throws LocalApiError where it does not come, or not in time. */
export async function askStatus(localApi: LocalApi, clock: Clock, signal: AbortSignal): Promise<string> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  drop(clock.sleep(patienceMs, both).then(() => over.abort()));
  try {
    const { chunks } = await localApi.ask("status", both);
    return await wholeText(chunks, longestMessage);
  } catch (error) {
    if (!over.signal.aborted || signal.aborted) throw error;
    throw new LocalApiError("other", `tailscaled gave no answer on ${localApi.place} in time.`, { cause: error });
  } finally {
    over.abort();
  }
}

/** @throws LocalApiError where it is none. */
export function readStatus(text: string): DaemonStatus {
  try {
    return daemonStatusSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LocalApiError("other", "tailscaled's answer is no status: see whether that is its socket.", { cause });
  }
}
