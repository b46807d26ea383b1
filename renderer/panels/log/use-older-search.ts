// The search beyond what the window holds: begun and cancelled by a button, forgotten with its filter.
import { useEffect, useRef, useState } from "react";
import type { LogLine } from "../../../shared/rpc/shapes.ts";
import { readLog } from "../../connect.ts";
import { useLog } from "../../state/log.ts";
import { searchOlder } from "./search-older.ts";

interface Searched {
  readonly filter: string;
  readonly hits: readonly LogLine[];
  /** Looked at: the ordinals from `from` up to `until`, which is not included. */
  readonly from: number;
  readonly until: number;
  readonly running: boolean;
}

export interface OlderHits extends Omit<Searched, "filter"> {
  readonly start: () => void;
  readonly cancel: () => void;
}

const nothing: Searched = { filter: "", hits: [], from: 0, until: 0, running: false };

export function useOlderSearch(filter: string): OlderHits {
  const [state, setState] = useState(nothing);
  const under = useRef(new AbortController());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter ends the search for this one
  useEffect(() => () => under.current.abort(), [filter]);
  const searched = state.filter === filter ? state : { ...nothing, filter };
  const start = () => {
    const first = useLog.getState().tail[0]?.ordinal ?? 1;
    const begin = searched.until === 0 ? { ...searched, from: first, until: first } : searched;
    under.current.abort();
    under.current = new AbortController();
    const { signal } = under.current;
    const change = (next: (now: Searched) => Searched) => {
      if (!signal.aborted) setState(next);
    };
    setState({ ...begin, running: true });
    const reached = (from: number) => change((now) => ({ ...now, from }));
    void searchOlder({ filter, before: begin.from, read: readLog, signal, reached }).then((found) =>
      change((now) => ({ ...now, hits: [...found, ...now.hits], running: false })),
    );
  };
  const cancel = () => {
    under.current.abort();
    setState((now) => ({ ...now, running: false }));
  };
  return { ...searched, start, cancel };
}
