// The graph as the window shows it: as it is, or as it was at a time that somebody chose. Written here only.
import { create } from "zustand";
import { applyDifference } from "../../shared/graph/difference.ts";
import type { GraphDifference, GraphView, Sample, Tunnel } from "../../shared/graph/model.ts";
import { assignSlots } from "../graph/slots.ts";
import type { Span } from "../ui/rates.ts";

export type GraphMessage =
  | { readonly kind: "snapshot"; readonly graph: GraphView }
  | { readonly kind: "difference"; readonly difference: GraphDifference };

/** What is shown is of then. */
export interface ShownPast {
  /** The time that was asked for, and when the last entry that is shown was committed; ms since 1970. */
  readonly time: number;
  readonly asOf: number;
  /** False where more entries than are shown were there by then. */
  readonly exact: boolean;
}

export interface GraphState {
  /** Null while what is shown is of now. */
  readonly past: ShownPast | null;
  /** The graph of now, whatever is shown; null until the first snapshot. */
  readonly live: GraphView | null;
  /** What is shown; null until the first snapshot. */
  readonly view: GraphView | null;
  /** The view's tunnels by peer; a tunnel that did not change keeps its identity. */
  readonly tunnels: ReadonlyMap<string, Tunnel>;
  /** The place of every peer in the picture. Outlives a lost connection. */
  readonly slots: ReadonlyMap<string, number>;
  /** What all sparklines show: from the oldest to the latest sample of the peers that were sampled last. Null without samples. */
  readonly sampleSpan: Span | null;
}

const empty: GraphState = {
  past: null,
  live: null,
  view: null,
  tunnels: new Map(),
  slots: new Map(),
  sampleSpan: null,
};

export const useGraph = create<GraphState>(() => empty);

export function graphReceived(message: GraphMessage): void {
  const { live: before, past } = useGraph.getState();
  const live = nextView(before, message);
  if (live === null) return;
  useGraph.setState(past === null ? { ...shown(live), live } : { live });
}

/** Shows `graph` until `liveShown`. */
export function pastShown({ graph, ...past }: ShownPast & { readonly graph: GraphView }): void {
  useGraph.setState({ ...shown(graph), past });
}

export function liveShown(): void {
  const { live } = useGraph.getState();
  useGraph.setState(live === null ? { past: null } : { ...shown(live), past: null });
}

function shown(view: GraphView): Pick<GraphState, "view" | "tunnels" | "slots" | "sampleSpan"> {
  const before = useGraph.getState();
  const sameTunnels = view.tunnels === before.view?.tunnels;
  return {
    view,
    tunnels: sameTunnels ? before.tunnels : new Map(view.tunnels.map((tunnel) => [tunnel.peer, tunnel])),
    slots: sameTunnels ? before.slots : assignSlots(before.slots, peersByArrival(view.tunnels)),
    sampleSpan: view.samples === before.view?.samples ? before.sampleSpan : spanOf(Object.values(view.samples)),
  };
}

// A difference without a snapshot before it has nothing to apply to; every stream starts with a snapshot, so there is none.
function nextView(view: GraphView | null, message: GraphMessage): GraphView | null {
  if (message.kind === "snapshot") return message.graph;
  return view && applyDifference(view, message.difference);
}

/** By the position of the line that first named them, so that the same log gives the same picture after every start. */
function peersByArrival(tunnels: readonly Tunnel[]): readonly string[] {
  return tunnels
    .toSorted((a, b) => a.near.firstSeen.at - b.near.firstSeen.at || (a.peer < b.peer ? -1 : 1))
    .map((tunnel) => tunnel.peer);
}

function spanOf(series: readonly (readonly Sample[])[]): Span | null {
  let span: { from: number; to: number } | null = null;
  for (const samples of series) {
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined) continue;
    if (span === null || last.time > span.to) span = { from: first.time, to: last.time };
    else if (last.time === span.to && first.time < span.from) span.from = first.time;
  }
  return span;
}
