// The picture of the tunnels: draws what changed, and moves nothing. Everything that knows the drawing library is in this folder.
import cytoscape, { type Core, type NodeSingular } from "cytoscape";
import type { Tunnel } from "../../shared/graph/model.ts";
import { visibleString } from "../ui/hidden-characters.ts";
import type { RegionCodes } from "../ui/path-words.ts";
import { type EdgeLook, edgeLook, sameLook } from "./edge-look.ts";
import { openPictureView } from "./picture-view.ts";
import { drawnSlots, ringOf, slotPoint } from "./slots.ts";

/** Letters of a name that fit beside its neighbours. */
const longestName = 14;

export interface PictureContent {
  readonly tunnels: ReadonlyMap<string, Tunnel>;
  /** The name of a peer; null where its key is not one node's. */
  readonly nameOf: (peer: string) => string | null;
  readonly slots: ReadonlyMap<string, number>;
  /** A rate that was true a while ago is not drawn as traffic. In ms since 1970. */
  readonly codes: RegionCodes;
  readonly now: number;
}

export interface PictureEvents {
  /** A click on a peer, or on nothing. */
  readonly chosen: (peer: string | null) => void;
  /** The pointer came over a peer, or left it. */
  readonly pointed: (peer: string | null) => void;
}

/** Owns the drawing in one element, until `close`. */
export interface TunnelPicture {
  /** Draws what differs from the content before. Places never change; only a ring that was not needed before changes the frame. */
  readonly show: (content: PictureContent) => void;
  readonly choose: (peer: string | null) => void;
  /** Shows everything again after the person moved or zoomed. */
  readonly showAll: () => void;
  readonly zoomBy: (factor: number) => void;
  readonly close: () => void;
}

export function openTunnelPicture(element: HTMLElement, events: PictureEvents): TunnelPicture {
  const cy = emptyPicture(element);
  const drawn = new Map<string, EdgeLook>();
  const labels = new Map<string, string>();
  const view = openPictureView(cy, element);
  let chosen: string | null = null;
  let outermost = -1;

  listen(cy, events);

  return {
    show({ tunnels, slots, nameOf, codes, now }) {
      let hasNames = false;
      cy.batch(() => {
        for (const peer of drawn.keys()) if (!tunnels.has(peer)) erase(cy, { drawn, labels }, peer);
        for (const tunnel of tunnels.values()) {
          const before = drawn.get(tunnel.peer);
          const slot = slots.get(tunnel.peer) ?? drawnSlots;
          if (slot >= drawnSlots) continue;
          outermost = Math.max(outermost, slot);
          const look = edgeLook(tunnel.near, now, codes);
          if (before === undefined) draw(cy, tunnel.peer, { slot, look });
          else if (!sameLook(before, look)) redraw(cy, tunnel.peer, look);
          drawn.set(tunnel.peer, look);
          const name = nameOf(tunnel.peer);
          hasNames ||= name !== null;
          const label = labelOf(tunnel.peer, name);
          if (labels.get(tunnel.peer) === label) continue;
          labels.set(tunnel.peer, label);
          cy.getElementById(`peer ${tunnel.peer}`).data({ label, named: name !== null });
        }
      });
      view.showNames(hasNames);
      if (outermost >= 0) view.showRings(ringOf(outermost).ring + 1);
      if (chosen !== null) mark(cy, "chosen", chosen);
    },
    choose(peer) {
      chosen = peer;
      mark(cy, "chosen", peer);
    },
    showAll: view.showAll,
    zoomBy: view.zoomBy,
    close() {
      view.close();
      cy.destroy();
    },
  };
}

function emptyPicture(element: HTMLElement): Core {
  // The library would add a <style> element with one rule, which the content security policy forbids and our style sheet has already.
  // It leaves that out where an element of this name exists.
  const name = "__________cytoscape_stylesheet";
  if (document.getElementById(name) === null)
    document.head.append(Object.assign(document.createElement("meta"), { id: name }));
  return cytoscape({
    container: element,
    elements: [{ data: { id: "self" }, classes: "self", position: { x: 0, y: 0 } }],
    layout: { name: "preset" },
    autoungrabify: true,
    autounselectify: true,
    boxSelectionEnabled: false,
    minZoom: 0.12,
    maxZoom: 4,
  });
}

function listen(cy: Core, events: PictureEvents): void {
  const peerOf = (node: NodeSingular): string => node.data("peer") as string;
  cy.on("tap", (event) => {
    if (event.target === cy) events.chosen(null);
  });
  cy.on("tap", "node.peer", (event) => events.chosen(peerOf(event.target as NodeSingular)));
  cy.on("tap", "edge", (event) => events.chosen(peerOf(event.target as NodeSingular)));
  cy.on("mouseover", "node.peer, edge", (event) => {
    mark(cy, "pointed", peerOf(event.target as NodeSingular));
    events.pointed(peerOf(event.target as NodeSingular));
  });
  cy.on("mouseout", "node.peer, edge", () => {
    mark(cy, "pointed", null);
    events.pointed(null);
  });
}

function draw(cy: Core, peer: string, { slot, look }: { readonly slot: number; readonly look: EdgeLook }): void {
  const point = slotPoint(slot);
  cy.add([
    {
      group: "nodes",
      data: { id: `peer ${peer}`, peer, ring: ringOf(slot).ring, ...nodeFacts(look) },
      // Names stand on the outer side, relays on the inner.
      classes: point.y < -1 ? "peer above" : "peer",
      position: { ...point },
    },
    {
      group: "edges",
      data: { id: `tunnel ${peer}`, peer, source: "self", target: `peer ${peer}`, ...look },
      classes: "tunnel",
    },
  ]);
}

function redraw(cy: Core, peer: string, look: EdgeLook): void {
  cy.getElementById(`tunnel ${peer}`).data(look);
  cy.getElementById(`peer ${peer}`).data(nodeFacts(look));
}

interface Drawings {
  readonly drawn: Map<string, unknown>;
  readonly labels: Map<string, unknown>;
}

function erase(cy: Core, { drawn, labels }: Drawings, peer: string): void {
  cy.getElementById(`peer ${peer}`).remove();
  drawn.delete(peer);
  labels.delete(peer);
}

/** The name above the key; a long one is cut, as its neighbours need room. */
function labelOf(peer: string, name: string | null): string {
  const key = visibleString(peer);
  if (name === null) return key;
  const shown = visibleString(name);
  return `${shown.length > longestName ? `${shown.slice(0, longestName - 1)}…` : shown}\n${key}`;
}

function nodeFacts({ kind, sampled, carrying }: EdgeLook) {
  return { kind, sampled, carrying };
}

function mark(cy: Core, name: "chosen" | "pointed", peer: string | null): void {
  cy.batch(() => {
    cy.elements(`.${name}`).removeClass(name);
    if (peer === null) return;
    cy.getElementById(`peer ${peer}`).addClass(name);
    cy.getElementById(`tunnel ${peer}`).addClass(name);
  });
}
