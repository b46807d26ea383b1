// How the picture is drawn, from the theme's tokens. A path is told apart by its line and not by colour alone.
import type { EdgeSingular, StylesheetJson } from "cytoscape";
import selfImage from "../../assets/icon.svg";

export interface Palette {
  readonly token: (name: string) => string;
  /** How much larger than life labels and marks are drawn, so that they stay readable when zoomed out. */
  readonly scale: number;
  /** On this ring and beyond, peers stand too close for their names. */
  readonly crowdedFrom: number;
}

/** A dash pattern that fits the width of the line. The library takes a function for any property; its types know it for some. */
function perWidth(pattern: (width: number) => readonly number[]): number[] {
  return ((edge: EdgeSingular) => pattern(edge.data("width") as number)) as unknown as number[];
}

export function pictureStylesheet({ token, scale, crowdedFrom }: Palette): StylesheetJson {
  return [
    {
      selector: "node.ring",
      style: {
        shape: "ellipse",
        width: "data(width)",
        height: "data(height)",
        "background-opacity": 0,
        "border-width": 1 * scale,
        "border-color": token("line"),
        "z-index": 0,
        events: "no",
      },
    },
    ...peerNodes({ token, scale }),
    { selector: `node.peer[ring >= ${crowdedFrom}]`, style: { "text-opacity": 0, "text-background-opacity": 0 } },
    ...pointedOut({ token, scale }),
    ...edges({ token, scale }),
    {
      selector: "node.self",
      style: {
        shape: "round-rectangle",
        width: 42 * scale,
        height: 42 * scale,
        "background-color": token("surface"),
        "background-image": selfImage,
        "background-fit": "cover",
        "z-index": 20,
        events: "no",
      },
    },
  ];
}

type Look = Omit<Palette, "crowdedFrom">;

function peerNodes({ token, scale }: Look): StylesheetJson {
  return [
    {
      selector: "node.peer",
      style: {
        shape: "ellipse",
        width: 16 * scale,
        height: 16 * scale,
        "background-color": token("surface"),
        "border-width": 3 * scale,
        "border-color": token("unknown"),
        label: "data(label)",
        "font-family": "JetBrains Mono, monospace",
        "font-size": 11 * scale,
        "min-zoomed-font-size": 8.5,
        color: token("dim"),
        "text-valign": "bottom",
        "text-margin-y": 5 * scale,
        "text-background-color": token("surface"),
        "text-background-opacity": 0.85,
        "text-background-padding": "1px",
        "z-index": 10,
      },
    },
    {
      selector: "node.peer[?named]",
      style: { "text-wrap": "wrap", "line-height": 1.15, "font-family": "Inter, sans-serif" },
    },
    ...(["direct", "peer-relay", "derp", "unknown"] as const).map((kind) => ({
      selector: `node.peer[kind = "${kind}"]`,
      style: { "border-color": token(kind) },
    })),
    ...(["direct", "peer-relay", "derp", "unknown"] as const).map((kind) => ({
      selector: `node.peer[kind = "${kind}"][?carrying]`,
      style: { "background-color": token(kind) },
    })),
    // A peer behind a relay has the relay's shape, so that paths can be told apart where lines are too thin to.
    { selector: 'node.peer[kind = "peer-relay"]', style: { shape: "diamond", width: 20 * scale, height: 20 * scale } },
    {
      selector: 'node.peer[kind = "derp"]',
      style: { shape: "round-rectangle", width: 15 * scale, height: 15 * scale },
    },
    { selector: "node.peer.above", style: { "text-valign": "top", "text-margin-y": -5 * scale } },
    { selector: "node.peer[!sampled]", style: { "border-style": "dashed", "border-width": 1.5 * scale } },
  ];
}

function pointedOut({ token, scale }: Look): StylesheetJson {
  return [
    {
      selector: "node.peer.chosen, node.peer.pointed",
      style: {
        "text-opacity": 1,
        "text-background-opacity": 0.85,
        color: token("text"),
        "font-weight": 700,
        "min-zoomed-font-size": 0,
        "underlay-color": token("brand"),
        "underlay-padding": 6 * scale,
        "underlay-shape": "ellipse",
        "z-index": 30,
      },
    },
    { selector: "node.peer.pointed", style: { "underlay-opacity": 0.18 } },
    { selector: "node.peer.chosen", style: { "underlay-opacity": 0.38 } },
  ];
}

function edges({ token, scale }: Look): StylesheetJson {
  return [
    {
      selector: "edge",
      style: {
        "curve-style": "straight",
        width: "data(width)",
        "line-color": token("unknown"),
        "line-opacity": 0.85,
        "target-label": "data(label)",
        "target-text-offset": 30 * scale,
        "font-family": "Inter, sans-serif",
        "font-size": 9.5 * scale,
        "font-weight": 600,
        // From the third ring on, names would stand on other peers; then the pointer and the selection bring them out.
        "min-zoomed-font-size": 8.6,
        "text-background-color": token("surface"),
        "text-background-opacity": 1,
        "text-background-shape": "roundrectangle",
        "text-background-padding": "3px",
        "text-border-opacity": 1,
        "text-border-width": 1,
        "z-index": 1,
      },
    },
    ...edgesByPath(token),
    { selector: "edge[!carrying]", style: { "line-opacity": 0.55 } },
    { selector: "edge[!sampled]", style: { width: 1.25, "line-opacity": 0.45 } },
    { selector: "edge.chosen, edge.pointed", style: { "line-opacity": 1, "z-index": 5, "min-zoomed-font-size": 0 } },
  ];
}

function edgesByPath(token: Palette["token"]): StylesheetJson {
  const inColour = (name: string) => ({
    "line-color": token(name),
    color: token(name),
    "text-border-color": token(name),
  });
  return [
    { selector: 'edge[kind = "direct"]', style: { ...inColour("direct"), "line-style": "solid" } },
    {
      selector: 'edge[kind = "peer-relay"]',
      style: {
        ...inColour("peer-relay"),
        "line-style": "dashed",
        "line-dash-pattern": perWidth((width) => [6 + 2 * width, 3 + 1.5 * width]),
        "source-arrow-shape": "diamond",
        "target-arrow-shape": "diamond",
        "source-arrow-color": token("peer-relay"),
        "target-arrow-color": token("peer-relay"),
        "arrow-scale": 1.1,
      },
    },
    {
      selector: 'edge[kind = "derp"]',
      style: {
        ...inColour("derp"),
        "line-style": "dashed",
        "line-cap": "round",
        // Round dots, as far apart as they are wide, and a bit.
        "line-dash-pattern": perWidth((width) => [0.1, 3 + 1.6 * width]),
      },
    },
    { selector: 'edge[kind = "unknown"]', style: { width: 1.25, "line-opacity": 0.6 } },
  ];
}
