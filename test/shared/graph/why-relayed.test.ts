import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isRelayed, whyRelayed } from "../../../shared/graph/why-relayed.ts";
import { grindFixtures } from "../../support/grind-fixtures.ts";
import { entriesOf, peer, type RelayedSituation, relayedSituations } from "../../support/relayed-situations.ts";
import { at, graphOf } from "./graph-of.ts";

function reasonsOf(situation: RelayedSituation) {
  const view = graphOf(...entriesOf(situation)).view();
  const tunnel = view.tunnels.find((one) => one.peer === peer);
  return tunnel === undefined ? [] : whyRelayed(tunnel, view);
}

describe.each(relayedSituations)("$what", (situation) => {
  const reasons = reasonsOf(situation);

  test(`is explained by ${situation.reasons.join(", ")}`, () => {
    expect(reasons.map(({ code, doubt }) => `${code} ${doubt}`)).toEqual(situation.reasons);
  });

  test("every reason leads to lines of this log, unless nothing is known", () => {
    for (const { code, evidence } of reasons) {
      if (code !== "not-known") expect(evidence.length).toBeGreaterThan(0);
      for (const line of evidence) expect(situation.lines[line.at - 1]).toBeDefined();
    }
  });
});

test("what a person reads of each is what was read here once", async () => {
  const told = relayedSituations.map((situation) => {
    const lines = situation.lines.map(([seconds, line]) => `  ${seconds} s  ${line}`);
    const reasons = reasonsOf(situation).map(
      ({ doubt, sentence, remedy, evidence }) =>
        `  → ${doubt} (${evidence.map((line) => `line ${line.at}`).join(", ") || "no line"}): ${sentence}\n    ${remedy}`,
    );
    return [`${situation.what}`, ...lines, ...reasons].join("\n");
  });
  await expect(`${told.join("\n\n")}\n`).toMatchFileSnapshot(path.join(grindFixtures, "why-relayed.txt"));
});

const direct = `magicsock: disco: node ${peer} d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360 tx=a1b2c3d4e5f6`;

test("a direct peer has no reasons, whatever else the log says", () => {
  for (const situation of relayedSituations) {
    const log = graphOf(...entriesOf(situation), at(9_999, direct));
    const view = log.view();
    expect(view.tunnels.flatMap((tunnel) => whyRelayed(tunnel, view))).toEqual([]);
  }
});

test("a peer of which only the key is known has nothing to explain", () => {
  const view = graphOf(at(0, `peer keys: ${peer}`), at(0, "v1 peers: 0/0")).view();
  expect(view.tunnels.map(isRelayed)).toEqual([false]);
});

test("only what forbids every direct path is certain", () => {
  const certain = relayedSituations.flatMap(reasonsOf).filter(({ doubt }) => doubt === "certain");
  expect(new Set(certain.map(({ code }) => code))).toEqual(new Set(["udp-blocked", "no-udp-socket", "peer-relay"]));
});

test("any mixture of situations: it never throws, a relayed peer has a reason, a code stands once, and doubt only grows", () => {
  const entries = relayedSituations.flatMap(entriesOf);
  const weight = ["certain", "likely", "possible"];
  fc.assert(
    fc.property(fc.shuffledSubarray(entries), (mixed) => {
      const view = graphOf(...mixed).view();
      for (const tunnel of view.tunnels) {
        const reasons = whyRelayed(tunnel, view);
        expect(reasons.length > 0).toBe(isRelayed(tunnel));
        expect(new Set(reasons.map(({ code }) => code)).size).toBe(reasons.length);
        const doubts = reasons.map(({ doubt }) => weight.indexOf(doubt));
        expect(doubts).toEqual(doubts.toSorted((a, b) => a - b));
        for (const { evidence } of reasons) for (const line of evidence) expect(mixed[line.at - 1]).toBeDefined();
      }
    }),
    { numRuns: 200 },
  );
});
