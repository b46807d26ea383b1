// The other end of a graph stream: a snapshot, then differences.
import { lossRowKey } from "./loss-ledger.ts";
import { type GraphDifference, type GraphView, keptEvents, keptSamples, type Sample } from "./model.ts";

/** The view after `difference`. Neither argument is touched, and what did not change is the same object as before. */
export function applyDifference(view: GraphView, difference: GraphDifference): GraphView {
  const gone = new Set(difference.gone);
  return {
    machine: difference.machine ?? view.machine,
    tunnels: merged(view.tunnels, difference.tunnels, { gone, keyOf: (tunnel) => tunnel.peer }),
    samples: mergedSamples(view.samples, difference.samples, gone),
    events: difference.events === undefined ? view.events : [...view.events, ...difference.events].slice(-keptEvents),
    losses: merged(view.losses, difference.losses, { gone: nothing, keyOf: lossRowKey }),
    lines: difference.lines ?? view.lines,
    tallies: difference.tallies ?? view.tallies,
    latest: difference.latest === undefined ? view.latest : difference.latest,
  };
}

const nothing: ReadonlySet<string> = new Set();

interface Merge<Row> {
  readonly gone: ReadonlySet<string>;
  readonly keyOf: (row: Row) => string;
}

/** Rows of the same key are replaced where they stand; others go to the end. */
function merged<Row>(rows: Row[], changed: readonly Row[] | undefined, { gone, keyOf }: Merge<Row>): Row[] {
  if (gone.size === 0 && (changed === undefined || changed.length === 0)) return rows;
  const byKey = new Map<string, Row>();
  for (const row of rows) if (!gone.has(keyOf(row))) byKey.set(keyOf(row), row);
  for (const row of changed ?? []) byKey.set(keyOf(row), row);
  return [...byKey.values()];
}

function mergedSamples(
  samples: GraphView["samples"],
  more: GraphDifference["samples"],
  gone: ReadonlySet<string>,
): GraphView["samples"] {
  if (gone.size === 0 && more === undefined) return samples;
  const all: Record<string, Sample[]> = {};
  for (const [peer, kept] of Object.entries(samples)) if (!gone.has(peer)) all[peer] = kept;
  for (const [peer, grown] of Object.entries(more ?? {}))
    all[peer] = [...(all[peer] ?? []), ...grown].slice(-keptSamples);
  return all;
}
