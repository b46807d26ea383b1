// An entry read back from the spool by its position: what a figure rests on is the stored line, not a copy of it.
import { useEffect, useState } from "react";
import type { LogLine } from "../shared/rpc/shapes.ts";
import { readLog } from "./connect.ts";
import { useConnection } from "./state/connection.ts";

/**
 * The entry at an ordinal: undefined while it is being read or there is no connection, null where the spool holds it no more.
 * While the ordinal moves on, the line before stays, so that figures that change often do not flicker.
 */
export function useStoredLine(ordinal: number | null): LogLine | null | undefined {
  const connected = useConnection((state) => state.state === "open");
  const [line, setLine] = useState<LogLine | null | undefined>(undefined);
  useEffect(() => {
    if (ordinal === null || !connected) return;
    let stale = false;
    const read = async () => {
      const lines = await readLog(ordinal, 1);
      if (stale || lines === null) return;
      setLine(lines[0]?.ordinal === ordinal ? lines[0] : null);
    };
    void read();
    return () => {
      stale = true;
    };
  }, [ordinal, connected]);
  return line;
}
