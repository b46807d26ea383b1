import { useMemo } from "react";
import { unknownMachine } from "../../shared/graph/machine-model.ts";
import { type RegionCodes, regionCodes } from "../ui/path-words.ts";
import { useGraph } from "./graph.ts";

/** Codes of DERP regions as far as the log that is shown tells them; the same map until it tells more. */
export function useRegionCodes(): RegionCodes {
  const derpCodes = useGraph(({ view }) => (view?.machine ?? unknownMachine).derpCodes);
  const homeDerp = useGraph(({ view }) => (view?.machine ?? unknownMachine).homeDerp);
  return useMemo(() => regionCodes({ derpCodes, homeDerp }), [derpCodes, homeDerp]);
}
