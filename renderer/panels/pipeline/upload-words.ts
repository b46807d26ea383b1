// How an upload's state is told. Pure.
import type { UploadStatus } from "../../../shared/rpc/shapes.ts";
import { countOf } from "../../ui/format.ts";
import type { Tone } from "./stage.tsx";

type State = UploadStatus["state"];

export const stateTones: Readonly<Record<State, Tone>> = {
  asks: "warn",
  declined: "idle",
  paused: "idle",
  idle: "good",
  sending: "busy",
  waiting: "warn",
  limited: "warn",
};

export const stateWords: Readonly<Record<State, string>> = {
  asks: "asks you",
  declined: "not allowed",
  paused: "paused",
  idle: "up to date",
  sending: "sending",
  waiting: "waiting",
  limited: "waits for tomorrow",
};

/** The state of several destinations is that of the one that needs attention most. */
const urgency: readonly State[] = ["waiting", "asks", "limited", "sending", "paused", "idle", "declined"];

/** The one that stands for all; undefined where nothing leaves. */
export function mostUrgent(uploads: readonly UploadStatus[]): UploadStatus | undefined {
  return uploads.toSorted((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state))[0];
}

export function headline({ state, pendingEntries, ackedEntries }: UploadStatus): string {
  if (state === "asks" || state === "declined") return "nothing is sent there";
  if (pendingEntries > 0) return `${countOf(pendingEntries, "entry", "entries")} pending`;
  return ackedEntries > 0 ? "everything sent" : "nothing to send yet";
}

/** The destination without what everyone knows about it. */
export function placeOf(destination: string): string {
  const [, prefixes = "", place = destination] = /^((?:\w+\+)*)https?:\/\/(.*)$/.exec(destination) ?? [];
  const short = prefixes.includes("logtail+") ? place.replace(/\/c\/[^/]*$/, "") : place;
  return prefixes.includes("insecure+") ? `${short} (not encrypted)` : short;
}

export function mayLeave({ state }: UploadStatus): boolean {
  return state !== "asks" && state !== "declined" && state !== "paused";
}
