// A log of each release that prints something in another way: against the truth about it, and against an answer that was read by a person
// (test/fixtures/grind; `npm run fixtures:update` rewrites the grindFixtures).
import { hash } from "node:crypto";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { grindFixtures } from "../support/grind-fixtures.ts";
import { goldenLogs } from "../support/tailscaled/golden-logs.ts";
import { grindBytes } from "../support/tailscaled/grind-log.ts";
import { Knowable } from "../support/tailscaled/knowable.ts";
import { knownReport, reportedAs } from "../support/tailscaled/known-report.ts";

/** JSON with a line for each member, and for each element of a list: so that a difference can be read. */
function reviewable(value: Readonly<Record<string, unknown>>): string {
  const member = (name: string, list: readonly unknown[]) =>
    `${JSON.stringify(name)}: [\n${list.map((one) => `    ${JSON.stringify(one)}`).join(",\n")}\n  ]`;
  const members = Object.entries(value).map(([name, one]) =>
    Array.isArray(one) && one.length > 0 ? member(name, one) : `${JSON.stringify(name)}: ${JSON.stringify(one)}`,
  );
  return `{\n${members.map((one) => `  ${one}`).join(",\n")}\n}\n`;
}

describe.each(goldenLogs())("$name", ({ name, era, framing, calls, carried, text }) => {
  const known = new Knowable(framing.sight(era));
  for (const call of calls) known.take(call);

  test("is ground to what it lets anyone know", async () => {
    const { report, notes } = await grindBytes(Buffer.from(text));
    expect(reportedAs(report)).toEqual(knownReport(known));
    expect(notes).toEqual([]);
  });

  test("lets anyone know the truth: no stats line for the wrong peers, and never more than was carried", () => {
    expect(known.misjoined).toBe(0);
    const tooMuch = [...known.peers].filter(([peer, { rx, tx }]) => {
      const bytes = carried.get(peer) ?? { rx: 0, tx: 0 };
      return rx > bytes.rx || tx > bytes.tx;
    });
    expect(tooMuch).toEqual([]);
  });

  test("has the answer that is kept", async () => {
    const { report } = await grindBytes(Buffer.from(text));
    const log = { lines: text.split("\n").length - 1, sha256: hash("sha256", text) };
    await expect(reviewable({ log, ...report })).toMatchFileSnapshot(path.join(grindFixtures, `${name}.json`));
  });
});
