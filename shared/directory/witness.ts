// The daemon's own word as a second witness beside the log: for each peer, whether both can be true.
//
// Counters. Both are absolute since the daemon made its tunnel to the peer, so a stats line and what the daemon says at about the same time must fit:
// equal where the line is as new, at least the line's figures later on. Two looks that lie around a stats line hold it between them; less than the
// line is possible only for a tunnel that was made after it, which has shaken hands after it (reference 1.9).
// Paths. The log tells of every better path that is found, but has no line for falling back to DERP (reference 8.11).
import type { Evidence, Path } from "../graph/model.ts";
import type { Agreement, DaemonPath, Verdict } from "./model.ts";

/** What the log says of a peer. */
export interface LoggedPeer {
  readonly peer: string;
  readonly isAmbiguous: boolean;
  /** What the last stats line printed, not added up, and where it stands. */
  readonly printed: { readonly rx: number; readonly tx: number; readonly evidence: Evidence } | null;
  readonly path: Path;
  readonly pathEvidence: Evidence | null;
}

/** What the daemon said of it when it was asked, after what the log says was taken: so it is never the older of the two. */
export interface Look {
  /** Ms since 1970, when its answer was here. */
  readonly time: number;
  readonly path: DaemonPath;
  /** Null without a tunnel. */
  readonly counters: { readonly rx: number; readonly tx: number } | null;
  readonly lastHandshake: number | null;
}

/** A line is dated when it was written down, which is a little later than what it tells of: so close behind a look it may tell of before it. */
const raceMs = 1_000;

/** @param before the look before `now`; null for the first. */
export function judge(logged: LoggedPeer, now: Look, before: Look | null): Agreement {
  if (logged.isAmbiguous) {
    const verdict = incomparable("More than one peer goes by this short key, so the log may speak of another.");
    return { counters: verdict, path: verdict };
  }
  return { counters: judgeCounters(logged.printed, now, before), path: judgePath(logged, now) };
}

type Bytes = NonNullable<Look["counters"]>;

function judgeCounters(printed: LoggedPeer["printed"], now: Look, before: Look | null): Verdict {
  if (printed === null) return incomparable("The log has no counters for this peer.");
  if (now.counters === null) return incomparable("tailscaled has no tunnel to this peer now, so it counts nothing.");
  const line = printed.evidence.time;
  if (isSame(now.counters, printed))
    return { state: "agrees", sentence: "tailscaled counts what the log's last stats line says, to the byte." };
  if (line === null) return incomparable("The log's last stats line does not say when it was written.");
  if (line > now.time) return incomparable("The log's last stats line is newer than what tailscaled said last.");
  const isBetween = before?.counters != null && isAtLeast(now.counters, before.counters) && line > before.time + raceMs;
  if (isBetween && before.counters !== null)
    return isAtLeast(printed, before.counters) && isAtLeast(now.counters, printed)
      ? {
          state: "agrees",
          sentence: "The log's last stats line lies between what tailscaled said before and after it.",
        }
      : disagrees(`${bytesPhrase(printed)} by the log, ${bytesPhrase(now.counters)} by tailscaled at that time.`);
  return judgeLater(printed, now.counters, { line, now });
}

/** The daemon spoke some time after the line. */
function judgeLater(
  printed: Bytes,
  counted: Bytes,
  { line, now }: { readonly line: number; readonly now: Look },
): Verdict {
  if (isAtLeast(counted, printed)) {
    const more = { rx: counted.rx - printed.rx, tx: counted.tx - printed.tx };
    return { state: "older", sentence: `tailscaled counted ${bytesPhrase(more)} since the log's last stats line.` };
  }
  const isSameTunnel = now.lastHandshake !== null && now.lastHandshake <= line;
  return isSameTunnel
    ? disagrees(`${bytesPhrase(printed)} by the log, but later only ${bytesPhrase(counted)} by tailscaled.`)
    : { state: "older", sentence: "tailscaled's counters started again after the log's last stats line." };
}

function judgePath({ path, pathEvidence }: LoggedPeer, { path: said, time }: Look): Verdict {
  if (path.kind === "unknown" || pathEvidence === null)
    return incomparable("The log has not said how packets reach this peer.");
  if (said.kind === "unknown") return incomparable("tailscaled has not said yet how packets reach this peer.");
  if (said.kind === "idle")
    return incomparable("tailscaled sent nothing to this peer of late, so it uses no path now.");
  if (pathEvidence.time === null || pathEvidence.time > time - raceMs)
    return incomparable("The path in the log is newer than what tailscaled said last.");
  if (path.kind === said.kind) return { state: "agrees", sentence: samePathSentence(path, said) };
  if (said.kind === "derp")
    return { state: "older", sentence: "tailscaled goes by DERP now, and has no line in the log for that." };
  return disagrees(`${logPhrase(path)} by the log, ${daemonPhrase(said)} by tailscaled.`);
}

function samePathSentence(path: Path, said: DaemonPath): string {
  if (path.kind === "derp" || said.kind === "derp") return "Both say DERP.";
  const [logs, daemons] = [addressOf(path), "addr" in said ? said.addr : ""];
  if (logs === "" || logs === daemons) return `Both say ${daemonPhrase(said)}.`;
  return `Both say ${kindNames[said.kind]}: the log by ${logs}, tailscaled by ${daemons}.`;
}

/** As the daemon writes it. */
function addressOf(path: Path): string {
  if (path.kind === "direct") return path.addr;
  return path.kind === "peer-relay" && path.addr !== "" ? `${path.addr}:vni:${path.vni}` : "";
}

const kindNames = { direct: "direct", "peer-relay": "peer relay", derp: "DERP", idle: "idle", unknown: "unknown" };

function logPhrase(path: Path): string {
  return [kindNames[path.kind], addressOf(path)].filter((word) => word !== "").join(" ");
}

function daemonPhrase(path: DaemonPath): string {
  return "addr" in path ? `${kindNames[path.kind]} ${path.addr}` : kindNames[path.kind];
}

function incomparable(sentence: string): Verdict {
  return { state: "incomparable", sentence };
}

function disagrees(sentence: string): Verdict {
  return { state: "disagrees", sentence };
}

function isSame(a: Bytes, b: Bytes): boolean {
  return a.rx === b.rx && a.tx === b.tx;
}

function isAtLeast(a: Bytes, b: Bytes): boolean {
  return a.rx >= b.rx && a.tx >= b.tx;
}

function bytesPhrase({ rx, tx }: Bytes): string {
  return `${rx.toLocaleString("en")} bytes received and ${tx.toLocaleString("en")} bytes sent`;
}
