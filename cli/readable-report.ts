// A graph for a person at a terminal.
import type { Machine } from "../shared/graph/machine-model.ts";
import { factGroups } from "../shared/graph/machine-words.ts";
import type { Path } from "../shared/graph/model.ts";
import type { GrindReport, PeerReport } from "../shared/grinder/report.ts";
import { shortened } from "../shared/grinder/tokens.ts";
import { printable } from "./printable.ts";

const shownEvents = 10;
const longestFact = 200;
const [shownReasons, shownKeys] = [10, 6];
const doubtWords = { certain: "Certain", likely: "Likely", possible: "Possible" } as const;

/** The report, and what `graph` says of the machine, as text that ends in a newline, without control characters. */
export function readableReport(report: GrindReport, graph: Machine): string {
  const parts = [
    machine(report),
    facts(graph),
    table(report.peers),
    relayed(report.peers),
    warnings(report),
    events(report),
    reading(report),
  ];
  return printable(`${parts.filter((part) => part !== "").join("\n\n")}\n`);
}

function machine({ machine: { self, login, state, homeDerp, version } }: GrindReport): string {
  const derp =
    homeDerp === null ? null : `home DERP ${homeDerp.id}${homeDerp.code === null ? "" : ` (${homeDerp.code})`}`;
  const facts = [self, login, state, version === null ? null : `tailscaled ${version}`, derp];
  return facts.filter((fact) => fact !== null).join("  ") || "The log does not say what machine it is from.";
}

/** A line for each fact, so that a person can look for it; lists that go on are cut. */
function facts(machine: Machine): string {
  const rows = factGroups(machine).flatMap((group) => group.facts);
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  return rows.map(({ name, words }) => `${name.padEnd(width)}  ${shortened(words, longestFact)}`).join("\n");
}

function table(peers: readonly PeerReport[]): string {
  if (peers.length === 0) return "No peers.";
  const rows = peers.map((peer) => [peer.key, bytes(peer.rx), bytes(peer.tx), path(peer), peer.lastSeen ?? "-"]);
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

/** A path that can no longer be relied on says so; `--json` says why. */
function path({ path: of, confidence }: PeerReport): string {
  return confidence.level === "stale" ? `${pathWords(of)}, stale` : pathWords(of);
}

function pathWords(of: Path): string {
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

/** The best reason of each relayed peer. What is the reason of several is told once. */
function relayed(peers: readonly PeerReport[]): string {
  const explained = peers.flatMap(({ key, path: { kind }, whyRelayed }) => {
    const best = whyRelayed?.[0];
    return best === undefined ? [] : [{ key, way: kind === "unknown" ? "reached by an unknown way" : "relayed", best }];
  });
  const groups = [...Map.groupBy(explained, ({ way, best }) => `${way} ${best.doubt} ${best.sentence}`).values()];
  const rows = groups.slice(0, shownReasons).map(reasonRow);
  const more = groups.length - rows.length;
  return [...rows, ...(more > 0 ? [`${more} more reasons: see --json.`] : [])].join("\n");
}

type Explained = { key: string; way: string; best: NonNullable<PeerReport["whyRelayed"]>[number] };

function reasonRow(group: readonly Explained[]): string {
  const [first] = group;
  if (first === undefined) return "";
  const { code, doubt, sentence, positions } = first.best;
  const keys = group.slice(0, shownKeys).map(({ key }) => key);
  const more = group.length - keys.length;
  const where = positions.length === 0 ? "" : ` (line ${positions[0]})`;
  const certainty = code === "not-known" ? "" : `${doubtWords[doubt]}: `;
  return `${keys.join(" ")}${more > 0 ? ` and ${more} more` : ""} ${first.way}. ${certainty}${sentence}${where}`;
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
  if (lines.others !== undefined) sentences.push(`${lines.others} entries of other programs were left out.`);
  if (lines.mismatchedStats > 0)
    sentences.push(`${lines.mismatchedStats} stats lines fit no keys line: entries are missing or out of order.`);
  for (const { kind, count } of losses) sentences.push(`Lost (${kind}): ${count ?? "an unknown number of"} entries.`);
  if (lines.mismatchedStats === 0 && peers.length > 0 && peers.every((peer) => peer.rx === null))
    sentences.push(
      "No byte counters: tailscaled logs them only with --verbose=1, see its FLAGS in /etc/default/tailscaled.",
    );
  return sentences.join("\n");
}
