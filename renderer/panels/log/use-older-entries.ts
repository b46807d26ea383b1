// Reads the pages of the log that came into view and are not in memory.
import { useEffect } from "react";
import { readLog } from "../../connect.ts";
import { useConnection } from "../../state/connection.ts";
import { pageReceived, pageSize, useLog } from "../../state/log.ts";
import { missingPages } from "./rows.ts";

/** Long enough that a fast scroll reads only where it stops. */
const settleMs = 80;

/** `from`..`to` are the ordinals in view; null = nothing to read for. */
export function useOlderEntries(from: number | null, to: number): void {
  const connected = useConnection((state) => state.state === "open");
  // Pages are dropped with every reconnect, and old ones when there are many: then they are read again.
  const pages = useLog((state) => state.pages);
  useEffect(() => {
    if (from === null || !connected) return;
    const wanted = missingPages({ tail: useLog.getState().tail, pages }, { from, to });
    if (wanted.length === 0) return;
    let stale = false;
    const read = async (page: number) => {
      const lines = await readLog(page * pageSize + 1, pageSize);
      if (lines !== null && !stale) pageReceived(page, lines);
    };
    const timer = setTimeout(() => {
      for (const page of wanted) void read(page);
    }, settleMs);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [from, to, connected, pages]);
}
