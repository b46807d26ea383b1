// How a peer's path follows from what the log says about it.
import type { PathChange } from "../grinder/change.ts";
import type { Evidence, HalfEdge, Path } from "./model.ts";
import { keptPaths } from "./peer-model.ts";

export const unknownPath: Path = { kind: "unknown" };

/** The path after `change`. `region` is the DERP region that the peer was last reached by, 0 where no line has named one. */
export function nextPath(path: Path, change: PathChange, region: number): Path {
  switch (change.kind) {
    case "path":
      return change.path;
    case "contact":
      return afterContact(path, change.via, region);
    case "route-lost":
      return path.kind === "derp" && path.region === change.region ? unknownPath : path;
  }
}

/** Contact lines name no address and no region: they never take the place of a path that does and agrees. */
function afterContact(path: Path, via: "direct" | "derp", region: number): Path {
  if (via === "derp") return path.kind === "derp" ? path : { kind: "derp", region };
  // Any UDP path counts as direct there, so a peer relay agrees as well.
  return path.kind === "direct" || path.kind === "peer-relay" ? path : { kind: "direct", addr: "" };
}

export function samePath(a: Path, b: Path): boolean {
  switch (a.kind) {
    case "direct":
      return b.kind === "direct" && a.addr === b.addr;
    case "peer-relay":
      return b.kind === "peer-relay" && a.addr === b.addr && a.vni === b.vni;
    case "derp":
      return b.kind === "derp" && a.region === b.region;
    case "unknown":
      return b.kind === "unknown";
  }
}

/** Whether `after` only adds the address or region that `before` lacked: no event, a person has been told already. */
export function completes(before: Path, after: Path): boolean {
  return (
    (before.kind === "direct" && after.kind === "direct" && before.addr === "") ||
    (before.kind === "derp" && after.kind === "derp" && before.region === 0)
  );
}

/** The latest paths after one more line about a path, which only counts where the path is another one than before. */
export function withPath(paths: HalfEdge["paths"], path: Path, evidence: Evidence): HalfEdge["paths"] {
  const before = paths.at(-1);
  if (before !== undefined && samePath(before.path, path)) return paths;
  if (before !== undefined && completes(before.path, path)) return [...paths.slice(0, -1), { ...before, path }];
  return [...paths, { path, evidence }].slice(-keptPaths);
}
