// When log and daemon go on disagreeing it is an event, once, until they agree again.
import type { Agreement, Disagreement } from "./model.ts";
import type { LoggedPeer } from "./witness.ts";

/** Looks in a row that must find the same: one may fall between a line and what it tells of. */
export const lastingLooks = 3;

/** Looks in a row that found a peer's log and daemon disagree, by `peer about`. */
export type Streaks = ReadonlyMap<string, number>;

export interface Judged {
  readonly logged: LoggedPeer;
  readonly agreement: Agreement;
}

/** What one more look of all peers makes of it. Peers that were not looked at begin anew. */
export function afterLook(
  streaks: Streaks,
  judged: readonly Judged[],
  time: number,
): { readonly streaks: Streaks; readonly events: readonly Disagreement[] } {
  const next = new Map<string, number>();
  const events: Disagreement[] = [];
  for (const { logged, agreement } of judged) {
    for (const about of ["counters", "path"] as const) {
      const { state, sentence } = agreement[about];
      const evidence = about === "counters" ? logged.printed?.evidence : logged.pathEvidence;
      if (state !== "disagrees" || evidence == null) continue;
      const name = `${logged.peer} ${about}`;
      const streak = (streaks.get(name) ?? 0) + 1;
      next.set(name, streak);
      if (streak !== lastingLooks) continue;
      const whole = `Log and tailscaled disagree about the ${about} of ${logged.peer}: ${sentence}`;
      events.push({ time, peer: logged.peer, about, sentence: whole, evidence });
    }
  }
  return { streaks: next, events };
}
