// How much of the log the filter has looked at, and the way further back.
import { Button } from "@mantine/core";
import { useConnection } from "../../state/connection.ts";
import { useLog } from "../../state/log.ts";
import { countOf, formatCount } from "../../ui/format.ts";
import styles from "./log-panel.module.css";
import type { OlderHits } from "./use-older-search.ts";

export function SearchBar({ older, found }: { readonly older: OlderHits; readonly found: number }) {
  const held = useLog((state) => state.tail.length);
  const first = useLog((state) => state.tail[0]?.ordinal ?? 1);
  const last = useLog((state) => state.tail.at(-1)?.ordinal ?? 0);
  const connected = useConnection((state) => state.state === "open");
  const from = older.until === 0 ? first : older.from;
  const all = from <= 1;
  const searched = held + older.until - older.from;
  return (
    <div className={styles.search} data-testid="log-search">
      <span role="status">
        {older.running && "Searching… "}
        {all
          ? `searched all ${countOf(last, "entry", "entries")}`
          : `searched the latest ${formatCount(searched)} of ${countOf(last, "entry", "entries")}`}
        {`, ${formatCount(found)} found`}
      </span>
      {older.running && (
        <Button size="compact-xs" variant="default" onClick={older.cancel}>
          Cancel
        </Button>
      )}
      {!older.running && !all && (
        <Button size="compact-xs" variant="default" disabled={!connected} onClick={older.start}>
          Search older entries
        </Button>
      )}
    </div>
  );
}
