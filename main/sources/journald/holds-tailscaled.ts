import { firstRecord, type Journal, JournalctlError } from "./journalctl.ts";

/** Whether the journal can be read and holds at least one entry of tailscaled. A journal that cannot be read is no error here. */
export async function holdsTailscaled(journal: Journal): Promise<boolean> {
  try {
    const query = { of: "tailscaled", options: ["--lines=1"] } as const;
    return (await firstRecord(journal, query, new AbortController().signal)) !== undefined;
  } catch (error) {
    if (error instanceof JournalctlError) return false;
    throw error;
  }
}
