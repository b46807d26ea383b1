// When the network around this machine became another one, so that what was found before may no longer hold.
import type { Evidence } from "./fact.ts";
import type { Machine } from "./machine-model.ts";

export interface NetworkChange {
  /** The beginning of a sentence: "This machine's public address changed". */
  readonly what: string;
  readonly evidence: Evidence;
}

/** The changes that the log told of, oldest first by their lines. */
export function networkChanges(machine: Machine): NetworkChange[] {
  return publicAddressChanges(machine).toSorted((a, b) => a.evidence.at - b.evidence.at);
}

function publicAddressChanges({ netcheckHistory }: Machine): NetworkChange[] {
  const changes: NetworkChange[] = [];
  let host: string | null = null;
  for (const { value, evidence } of netcheckHistory) {
    const found = value.publicV4?.replace(/:\d+$/, "") ?? null;
    if (host !== null && found !== null && found !== host)
      changes.push({ what: "This machine's public address changed", evidence });
    host = found ?? host;
  }
  return changes;
}
