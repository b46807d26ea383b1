// What handshakes and discovery tell of one half of a tunnel, in words; null where its log says nothing of the kind. Pure.
import type { HalfEdge } from "../../../shared/graph/model.ts";
import { countOf, formatMoment, formatSpan } from "../../ui/format.ts";
import { visibleString } from "../../ui/hidden-characters.ts";

export interface SessionFigure {
  readonly name: string;
  readonly of: (half: HalfEdge, now: number) => string | null;
}

const moment = (time: number | null, now: number) => (time === null ? "at an unknown time" : formatMoment(time, now));

/** A round trip with the digits that mean something: "0.4 ms", "3.2 ms", "140 ms". */
export function formatRoundTrip(ms: number): string {
  return `${ms < 9.95 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}

function roundTrip({ discovery }: HalfEdge, now: number): string | null {
  const pong = discovery?.pong ?? null;
  if (pong === null) return null;
  const least = pong.leastMs < pong.latencyMs ? `, at best ${formatRoundTrip(pong.leastMs)}` : "";
  return `${formatRoundTrip(pong.latencyMs)}${least} (${moment(pong.evidence.time, now)})`;
}

function tried({ discovery }: HalfEdge): string | null {
  const rows = (discovery?.tried ?? []).map(({ addr, unanswered }) =>
    unanswered === null ? `${addr} answers` : `${addr} ${countOf(unanswered.count, "ping")} unanswered`,
  );
  return rows.length === 0 ? null : rows.join("\n");
}

function handshake({ session }: HalfEdge, now: number): string | null {
  if (session === null) return null;
  const { handshake: last, retries, ended } = session;
  const parts = [
    ...(last === null ? [] : [moment(last.time, now)]),
    ...(retries === null
      ? []
      : [`${countOf(retries.count, "handshake")} unanswered since, latest ${moment(retries.latest.time, now)}`]),
    ...(ended === null ? [] : [`session ended ${moment(ended.time, now)}`]),
  ];
  return parts.length === 0 ? null : parts.join("\n");
}

function restarted({ session }: HalfEdge, now: number): string | null {
  return session?.restarted ? moment(session.restarted.time, now) : null;
}

function failed({ session }: HalfEdge, now: number): string | null {
  const timeouts = session?.timeouts ?? null;
  if (timeouts === null) return null;
  const { count, latest, flow, online, lastReceivedMs } = timeouts;
  const peer = online === null ? "" : online ? ", peer online" : ", peer offline";
  const heard = lastReceivedMs === null ? "" : `, last heard ${formatSpan(lastReceivedMs)} before`;
  return `${countOf(count, "connection")}, latest ${moment(latest.time, now)}${peer}${heard}\n${visibleString(flow)}`;
}

export const sessionFigures: readonly SessionFigure[] = [
  { name: "Round trip", of: roundTrip },
  { name: "Addresses tried", of: tried },
  { name: "Last handshake", of: handshake },
  { name: "Peer restarted", of: restarted },
  { name: "Came to nothing", of: failed },
];
