// The frame around the picture: how far the rings reach, zoom, and the sizes and colours that follow from it.
import type { Core } from "cytoscape";
import { ringAxes, slotSpacing } from "./slots.ts";
import { pictureStylesheet } from "./stylesheet.ts";

/** Room for the names of the outermost peers, in pixels. */
const margin = { x: 46, y: 42 };
const largestFit = 1.35;
/** With more rings than these, names come with the pointer, the selection, or from this zoom on. */
const manyRings = 4;
const closeUp = 0.75;
/** Width of a short key, and of a name as most are, at scale 1 with a space beside it, in the picture's units. */
const labelWidths = { key: 46, name: 60 };

/** Owns zoom, position and style of a picture, until `close`. */
export interface PictureView {
  /** Makes room for the first `wanted` rings, and shows all of them unless the person has chosen another view. */
  readonly showRings: (wanted: number) => void;
  /** Whether peers have names: they take more room than keys. */
  readonly showNames: (hasNames: boolean) => void;
  readonly showAll: () => void;
  readonly zoomBy: (factor: number) => void;
  readonly close: () => void;
}

export function openPictureView(cy: Core, element: HTMLElement): PictureView {
  let rings = 0;
  let isMoved = false;
  let labelWidth = labelWidths.key;
  const restyle = styler(cy, () => ({ rings, labelWidth }));
  const middle = () => ({ x: element.clientWidth / 2, y: element.clientHeight / 2 });
  const showAll = () => {
    isMoved = false;
    const { x, y } = middle();
    if (x === 0 || y === 0) return;
    const reach = ringAxes(Math.max(0, rings - 1));
    cy.viewport({ zoom: Math.min(largestFit, (x - margin.x) / reach.x, (y - margin.y) / reach.y), pan: { x, y } });
    restyle.forZoom();
  };
  const resized = new ResizeObserver(() => {
    cy.resize();
    if (!isMoved) showAll();
  });
  const recoloured = new MutationObserver(restyle.now);
  const moved = () => {
    isMoved = true;
    restyle.forZoom();
  };
  cy.on("scrollzoom pinchzoom dragpan", moved);
  resized.observe(element);
  recoloured.observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });
  return {
    showAll,
    showNames(hasNames) {
      labelWidth = hasNames ? labelWidths.name : labelWidths.key;
      restyle.forZoom();
    },
    showRings(wanted) {
      if (wanted <= rings) return;
      for (; rings < wanted; rings++) addRing(cy, rings);
      if (!isMoved) showAll();
    },
    zoomBy(factor) {
      cy.zoom({ level: cy.zoom() * factor, renderedPosition: middle() });
      moved();
    },
    close() {
      resized.disconnect();
      recoloured.disconnect();
    },
  };
}

/** Styles the picture for its zoom. A style costs a look at every element, so `forZoom` does nothing while it would come out the same. */
function styler(cy: Core, content: () => { readonly rings: number; readonly labelWidth: number }) {
  let [scale, crowdedFrom] = [0, 0];
  const now = () => {
    const tokens = getComputedStyle(document.documentElement);
    const token = (name: string) => tokens.getPropertyValue(`--gm-${name}`).trim();
    cy.style(pictureStylesheet({ token, scale, crowdedFrom }));
  };
  const forZoom = () => {
    const wanted = scaleFor(cy.zoom());
    const { rings, labelWidth } = content();
    const crowded = rings > manyRings && cy.zoom() < closeUp ? 0 : firstCrowdedRing(labelWidth * wanted);
    if (wanted === scale && crowded === crowdedFrom) return;
    [scale, crowdedFrom] = [wanted, crowded];
    now();
  };
  return { now, forZoom };
}

/** Marks and labels shrink more slowly than the picture: up to 1.9 times as large as life, in steps of an eighth. */
function scaleFor(zoom: number): number {
  const wanted = Math.min(1.9, Math.max(0.8, 1 / zoom) ** 0.7);
  return Math.round(wanted * 8) / 8;
}

/** The first ring on which labels so wide would stand on each other. */
function firstCrowdedRing(labelWidth: number): number {
  let ring = 0;
  while (slotSpacing(ring) > labelWidth) ring++;
  return ring;
}

function addRing(cy: Core, ring: number): void {
  const axes = ringAxes(ring);
  cy.add({
    group: "nodes",
    data: { id: `ring ${ring}`, width: 2 * axes.x, height: 2 * axes.y },
    classes: "ring",
    position: { x: 0, y: 0 },
  });
}
