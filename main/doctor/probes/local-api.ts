// The LocalAPI: whether it answers, as what version, and whether it opens its log tap to this user.
import { text } from "node:stream/consumers";
import { z } from "zod";
import { askLocalApi, LocalApiError } from "../../sources/logtap/local-api.ts";
import type { LocalApiFacts } from "../facts.ts";

export interface ProbedLocalApi {
  readonly facts: LocalApiFacts;
  readonly version: string | null;
}

const restart = "if it goes on like that, restart it (on Linux: sudo systemctl restart tailscaled)";
const statusSchema = z.looseObject({ Version: z.string() });

export async function probeLocalApi(socket: string, signal: AbortSignal): Promise<ProbedLocalApi> {
  try {
    const version = await versionOf(socket, signal);
    return { facts: { socket, state: "open", ...(await probeTap(socket, signal)) }, version };
  } catch (error) {
    if (!(error instanceof LocalApiError)) throw error;
    const state = error.kind === "missing" || error.kind === "refused" ? error.kind : "unusable";
    const sentence = signal.aborted ? `tailscaled gave no answer on ${socket} in time: ${restart}.` : error.message;
    return { facts: { socket, state, sentence, tap: "unknown" }, version: null };
  }
}

async function versionOf(socket: string, signal: AbortSignal): Promise<string | null> {
  const response = await askLocalApi(socket, "status?peers=false", signal);
  try {
    return statusSchema.safeParse(JSON.parse(await text(response))).data?.Version ?? null;
  } catch {
    return null; // It answers, but not as documented, or not to the end: the rest can be found out all the same.
  }
}

async function probeTap(socket: string, signal: AbortSignal): Promise<Pick<LocalApiFacts, "tap" | "sentence">> {
  try {
    (await askLocalApi(socket, "logtap", signal)).destroy();
    return { tap: "open", sentence: null };
  } catch (error) {
    if (!(error instanceof LocalApiError)) throw error;
    const tap = error.kind === "forbidden" ? "forbidden" : error.kind === "unknown-call" ? "unknown" : "unusable";
    return {
      tap,
      sentence: signal.aborted ? `tailscaled did not open its log tap in time: ${restart}.` : error.message,
    };
  }
}
