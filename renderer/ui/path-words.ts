// A path in words: for people, for tests, and for the legend.
import type { Machine, Path } from "../../shared/graph/model.ts";
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

/** Codes of DERP regions by their numbers, as far as the log has told them. */
export type RegionCodes = ReadonlyMap<number, string>;

export function regionCodes({ derpCodes, homeDerp }: Pick<Machine, "derpCodes" | "homeDerp">): RegionCodes {
  const home = homeDerp?.value;
  const codes = new Map(derpCodes.map(({ region, code }) => [region, code]));
  return home?.code ? codes.set(home.id, home.code) : codes;
}

/** "DERP 4", and "DERP fra (4)" where the region's code is known. The code is the log's own text, made visible. */
export function derpLabel(region: number, codes: RegionCodes | undefined): string {
  const code = codes?.get(region);
  return code ? `DERP ${visibleString(code)} (${region})` : `DERP ${region}`;
}

/** The path as it is shown: its name, and the region where there is one: "Direct", "Peer relay", "DERP fra (4)", "Unknown". */
export function pathLabel(path: Path, codes?: RegionCodes): string {
  return path.kind === "derp" && path.region !== 0 ? derpLabel(path.region, codes) : pathNames[path.kind];
}

/** The address behind the label, "" where there is none. */
export function pathPlace(path: Path): string {
  if (path.kind === "direct") return path.addr;
  return path.kind === "peer-relay" ? `${path.addr} · vni ${path.vni}` : "";
}

function assertNever(path: never): never {
  throw new Error(`a path of a kind that this window does not know: ${JSON.stringify(path)}`);
}
