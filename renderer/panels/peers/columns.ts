import type { Column } from "./sort.ts";

interface ColumnHead {
  /** The column it sorts by; null = not sortable. */
  readonly sorts: Column | null;
  readonly name: string;
  /** What is spoken and shown on hover, where the name alone is short. */
  readonly title: string;
  readonly figure: boolean;
}

/** From left to right. The style sheet hides the last ones where the panel is narrow. */
export const columns: readonly ColumnHead[] = [
  { sorts: "key", name: "Peer", title: "Name and short node key", figure: false },
  { sorts: "path", name: "Path", title: "How packets reach the peer", figure: false },
  { sorts: "rx", name: "Received", title: "Bytes received since the log began", figure: true },
  { sorts: "tx", name: "Sent", title: "Bytes sent since the log began", figure: true },
  { sorts: "rx-rate", name: "↓ rate", title: "Receiving, between the two latest samples", figure: true },
  { sorts: "tx-rate", name: "↑ rate", title: "Sending, between the two latest samples", figure: true },
  { sorts: null, name: "Traffic", title: "Rates over the latest samples", figure: false },
  { sorts: "seen", name: "Seen", title: "When the log last named the peer", figure: true },
];
