// A path in words: for people, for tests, and for the legend.
import type { Path } from "../../shared/graph/model.ts";
import { visibleString } from "./hidden-characters.ts";

export type PathKind = Path["kind"];

/** In the order of how good a path is, best first. Sorting and the legend follow it. */
export const pathKinds: readonly PathKind[] = ["direct", "peer-relay", "derp", "unknown"];

export const pathNames: Readonly<Record<PathKind, string>> = {
  direct: "Direct",
  "peer-relay": "Peer relay",
  derp: "DERP",
  unknown: "Unknown",
};

/**
 * The path as one exact string: "direct 192.168.1.5:41641", "derp 4", "peer-relay 203.0.113.9:40000 vni 17", "unknown";
 * "direct" and "derp" alone where the log has not said where.
 */
export function pathValue(path: Path): string {
  switch (path.kind) {
    case "direct":
      return `direct ${path.addr}`.trimEnd();
    case "peer-relay":
      return `peer-relay ${path.addr} vni ${path.vni}`;
    case "derp":
      return path.region === 0 ? "derp" : `derp ${path.region}`;
    case "unknown":
      return "unknown";
    default:
      return assertNever(path);
  }
}

/** A DERP region as the log names it; it tells the code of the home region only. */
export interface NamedRegion {
  readonly id: number;
  readonly code: string | null;
}

/** "DERP 4", and "DERP 4 fra" where the region's code is known. The code is the log's own text, made visible. */
export function derpLabel(region: number, home: NamedRegion | null | undefined): string {
  const code = home?.id === region ? home.code : null;
  return code ? `DERP ${region} ${visibleString(code)}` : `DERP ${region}`;
}

/** The path as it is shown: its name, and the region where there is one: "Direct", "Peer relay", "DERP 4 fra", "Unknown". */
export function pathLabel(path: Path, home?: NamedRegion | null): string {
  return path.kind === "derp" && path.region !== 0 ? derpLabel(path.region, home) : pathNames[path.kind];
}

/** The address behind the label, "" where there is none. */
export function pathPlace(path: Path): string {
  if (path.kind === "direct") return path.addr;
  return path.kind === "peer-relay" ? `${path.addr} · vni ${path.vni}` : "";
}

function assertNever(path: never): never {
  throw new Error(`a path of a kind that this window does not know: ${JSON.stringify(path)}`);
}
