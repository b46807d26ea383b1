// A graph for a person at a terminal.
import type { Path } from "../shared/graph/model.ts";
import type { GrindReport, PeerReport } from "../shared/grinder/report.ts";
import { printable } from "./printable.ts";

const shownEvents = 10;

/** The report as text that ends in a newline, without control characters. */
export function readableReport(report: GrindReport): string {
  const parts = [machine(report), table(report.peers), warnings(report), events(report), reading(report)];
  return printable(`${parts.filter((part) => part !== "").join("\n\n")}\n`);
}

function machine({ machine: { self, login, state, homeDerp, version } }: GrindReport): string {
  const derp =
    homeDerp === null ? null : `home DERP ${homeDerp.id}${homeDerp.code === null ? "" : ` (${homeDerp.code})`}`;
  const facts = [self, login, state, version === null ? null : `tailscaled ${version}`, derp];
  return facts.filter((fact) => fact !== null).join("  ") || "The log does not say what machine it is from.";
}

function table(peers: readonly PeerReport[]): string {
  if (peers.length === 0) return "No peers.";
  const rows = peers.map((peer) => [peer.key, bytes(peer.rx), bytes(peer.tx), path(peer.path), peer.lastSeen ?? "-"]);
  const all = [["PEER", "RX", "TX", "PATH", "LAST SEEN"], ...rows];
  const widths = (all[0] as string[]).map((_, column) => Math.max(...all.map((row) => (row[column] as string).length)));
  const isFigure = (column: number) => column === 1 || column === 2;
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          isFigure(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** "-" where nothing was sampled, which is not zero. */
function bytes(count: number | null): string {
  return count === null ? "-" : count.toLocaleString("en-US");
}

function path(of: Path): string {
  switch (of.kind) {
    case "direct":
      return of.addr === "" ? "direct" : `direct ${of.addr}`;
    case "peer-relay":
      return `peer relay ${of.addr} vni ${of.vni}`;
    case "derp":
      return of.region === 0 ? "DERP" : `DERP ${of.region}`;
    case "unknown":
      return "-";
  }
}

function warnings({ health }: GrindReport): string {
  return health.map(({ code, text }) => `Warning ${code}: ${text}`).join("\n");
}

function events(report: GrindReport): string {
  const latest = report.events.slice(-shownEvents);
  return latest.map(({ at, position, sentence }) => `${at ?? `line ${position}`}  ${sentence}`).join("\n");
}

function reading({ lines, losses, peers }: GrindReport): string {
  const sentences = [`${lines.total} entries read, ${lines.matched} of them understood.`];
  if (lines.mismatchedStats > 0)
    sentences.push(`${lines.mismatchedStats} stats lines fit no keys line: entries are missing or out of order.`);
  for (const { kind, count } of losses) sentences.push(`Lost (${kind}): ${count ?? "an unknown number of"} entries.`);
  if (peers.length > 0 && peers.every((peer) => peer.rx === null))
    sentences.push(
      "No byte counters: tailscaled logs them only with --verbose=1, see its FLAGS in /etc/default/tailscaled.",
    );
  return sentences.join("\n");
}
