// Every fact names the entries that it came from, and they are enough: grinding nothing else gives the fact again.
import { describe, expect, test } from "vitest";
import type { Entry } from "../../../shared/entry.ts";
import type { Evidence, GraphView } from "../../../shared/graph/model.ts";
import { type Era, eras } from "../../support/tailscaled/eras.ts";
import { logOf } from "../../support/tailscaled/machine.ts";
import { graphOf } from "./graph-of.ts";

/** Without numbers: entries that are taken out of a log leave gaps. */
function entriesOf(era: Era): readonly Entry[] {
  return logOf({ era, seed: 5, peers: 6, restartEveryMs: 365 * 86_400_000 }, 200).calls.map(
    ({ timeMs, text, process }) => ({
      logtail: { client_time: new Date(timeMs).toISOString() },
      text: `${text}\n`,
      pid: process,
    }),
  );
}

const isFact = (value: unknown): value is { readonly value: unknown; readonly evidence: Evidence } =>
  typeof value === "object" && value !== null && "evidence" in value && "value" in value;

describe.each(Object.entries(eras))("in a log of %s", (_, era) => {
  const log = entriesOf(era);
  const { tunnels, machine, events } = graphOf(...log).view();
  const only = (...evidence: readonly (Evidence | null)[]): GraphView => {
    const entries = evidence.map((one) => log[(one?.at ?? 0) - 1]);
    expect(entries).not.toContain(undefined);
    return graphOf(...entries.filter((entry) => entry !== undefined)).view();
  };
  const nearIn = (view: GraphView, peer: string) => view.tunnels.find((tunnel) => tunnel.peer === peer)?.near;

  test("the counters of a peer that never began again", () => {
    const steady = tunnels.filter(({ near }) => near.counters?.resets === 0);
    expect(steady.length).toBeGreaterThan(0);
    for (const { peer, near } of steady) {
      const { rx, tx, keys, stats } = near.counters ?? { rx: 0, tx: 0, keys: null, stats: null };
      expect(nearIn(only(keys, stats), peer)?.counters).toMatchObject({ rx, tx });
    }
  });

  test("the path of every peer", () => {
    const told = tunnels.filter(({ near }) => near.pathEvidence !== null);
    expect(told.length).toBeGreaterThan(0);
    for (const { peer, near } of told) expect(nearIn(only(near.pathEvidence), peer)?.path).toEqual(near.path);
  });

  test("what is known of the machine", () => {
    const { netcheck, ...others } = machine;
    const facts = Object.entries(others).flatMap(([name, fact]) => (isFact(fact) ? [{ name, ...fact }] : []));
    expect(facts.length).toBeGreaterThan(4);
    for (const { name, value, evidence } of facts) {
      const again: unknown = Object.entries(only(evidence).machine).find(([other]) => other === name)?.[1];
      expect({ name, value: isFact(again) ? again.value : undefined }).toEqual({ name, value });
    }
    // NetInfo adds to the report before it, so its line tells a part.
    const part = Object.entries(only(netcheck?.evidence ?? null).machine.netcheck?.value ?? {});
    const told = part.filter(([name, value]) => value !== null && name !== "derpLatencyMs");
    expect(told.length).toBeGreaterThan(3);
    expect(netcheck?.value).toMatchObject(Object.fromEntries(told));
  });

  test("every event", () => {
    for (const { kind, peer, sentence, evidence } of events) {
      // It takes a beginning to end, and two stats lines to see a counter begin again.
      if (kind === "counter-reset" || sentence.endsWith(" is over.")) continue;
      const again = only(evidence).events.map((event) => `${event.kind} ${event.peer}`);
      expect(again).toContain(`${kind} ${peer}`);
    }
  });
});
