// The LocalAPI: whether it answers, as what version, and whether it opens its log tap to this user.
import { z } from "zod";
import { wholeText } from "../../local-api/answer-text.ts";
import type { LocalApi } from "../../local-api/local-api.ts";
import { LocalApiError } from "../../local-api/local-api-error.ts";
import type { LocalApiFacts } from "../facts.ts";

export interface ProbedLocalApi {
  readonly facts: LocalApiFacts;
  readonly version: string | null;
}

const restart = "if it goes on like that, restart it (on Linux: sudo systemctl restart tailscaled)";
/** Without its peers a status is a few kilobytes. */
const longestStatus = 1024 * 1024;
const statusSchema = z.looseObject({ Version: z.string() });

export async function probeLocalApi(localApi: LocalApi, signal: AbortSignal): Promise<ProbedLocalApi> {
  try {
    const version = await versionOf(localApi, signal);
    const tap = await probeTap(localApi, signal);
    return { facts: { socket: localApi.place, state: "open", ...tap }, version };
  } catch (error) {
    if (!(error instanceof LocalApiError)) throw error;
    const state = error.kind === "missing" || error.kind === "refused" ? error.kind : "unusable";
    const socket = localApi.place;
    const sentence = signal.aborted ? `tailscaled gave no answer on ${socket} in time: ${restart}.` : error.message;
    return { facts: { socket, state, sentence, tap: "unknown" }, version: null };
  }
}

async function versionOf(localApi: LocalApi, signal: AbortSignal): Promise<string | null> {
  const { chunks } = await localApi.ask("status?peers=false", signal);
  try {
    return statusSchema.safeParse(JSON.parse(await wholeText(chunks, longestStatus))).data?.Version ?? null;
  } catch {
    return null; // It answers, but not as documented, or not to the end: the rest can be found out all the same.
  }
}

async function probeTap(localApi: LocalApi, signal: AbortSignal): Promise<Pick<LocalApiFacts, "tap" | "sentence">> {
  try {
    (await localApi.ask("logtap", signal)).close();
    return { tap: "open", sentence: null };
  } catch (error) {
    if (!(error instanceof LocalApiError)) throw error;
    const isForbidden = error.kind === "forbidden" || error.kind === "in-use";
    const tap = isForbidden ? "forbidden" : error.kind === "unknown-call" ? "unknown" : "unusable";
    return {
      tap,
      sentence: signal.aborted ? `tailscaled did not open its log tap in time: ${restart}.` : error.message,
    };
  }
}
