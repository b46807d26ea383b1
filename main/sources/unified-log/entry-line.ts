// A record as an entry: the stored line of design section 3.

import { lossLine, markCut } from "../../../log/entry-text.ts";
import { type Entry, formatEntry } from "../../../shared/entry.ts";
import { timeFormatter } from "../journald/entry-line.ts";
import type { LogRecord } from "./record.ts";

export const src = "unified-log";

/** The time label is the record's, to the microsecond. */
export function entryLineWriter(): (record: LogRecord) => string {
  const format = timeFormatter();
  return ({ timeUs, text, cutBytes, pid, boot, loss }) => {
    if (loss !== null) return lossLine(loss, src, Math.floor(timeUs / 1000));
    const time = format(String(timeUs));
    const marked = cutBytes > 0 ? markCut(text, cutBytes) : undefined;
    const entry: Entry = {
      logtail: { ...(time && { client_time: time }), ...(marked && { error: marked.error }) },
      text: marked?.text ?? text,
      src,
      pid,
      ...(boot !== "" && { boot }),
    };
    return formatEntry(entry);
  };
}
