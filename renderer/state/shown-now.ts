// The moment that what is shown is of: of now, or of the time that somebody looks back to. Rates and ages are judged against it.
import { useSyncExternalStore } from "react";
import { onTick, useNow } from "../ui/now.ts";
import { isCurrent } from "../ui/rates.ts";
import { useGraph } from "./graph.ts";

/** Ms since 1970. */
export function shownNow(): number {
  return useGraph.getState().past?.asOf ?? Date.now();
}

/** The same for components, a second old at most. */
export function useShownNow(): number {
  const asOf = useGraph((state) => state.past?.asOf);
  const now = useNow();
  return asOf ?? now;
}

/** Whether counters that were read at `time` tell of that moment. Whoever asks draws again when the answer changes, and not each second. */
export function useIsCurrent(time: number | null | undefined): boolean {
  return useSyncExternalStore(watchShownNow, () => isCurrent(time, shownNow()));
}

function watchShownNow(changed: () => void): () => void {
  const stop = [onTick(changed), useGraph.subscribe((state, before) => state.past !== before.past && changed())];
  return () => {
    for (const end of stop) end();
  };
}
