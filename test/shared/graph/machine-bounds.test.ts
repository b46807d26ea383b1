// Hostile lines about the machine: whatever they say, what is kept of it stays small, and reading it takes the time of one pass.
import { expect, test } from "vitest";
import {
  keptEnvKnobs,
  keptLockedOut,
  keptPrefs,
  keptRegions,
  keptSessions,
} from "../../../shared/graph/machine-model.ts";
import { stripFraming } from "../../../shared/grinder/framing.ts";
import { rules } from "../../../shared/grinder/rules/index.ts";
import { at, graphOf } from "./graph-of.ts";

const samples = rules.flatMap((rule) => rule.samples.map(stripFraming));

test("however much stands in a line about the machine, and wherever, little of it is kept", () => {
  const much = ["x", "1", "a=b ", "[", '"', "192.0.2.1:1 (local), ", "TS_X"].map((piece) => piece.repeat(3_000));
  const log = graphOf();
  for (const sample of samples) {
    const places = [sample.length, ...[" ", "=", "[", '"', "{"].map((mark) => sample.lastIndexOf(mark) + 1)];
    for (const place of new Set(places))
      for (const piece of much) log.add(at(0, sample.slice(0, place) + piece + sample.slice(place)));
  }
  const { machine, events } = log.view();
  expect(JSON.stringify(machine).length).toBeLessThan(64 * 1024);
  expect(Math.max(...events.map(({ sentence }) => sentence.length))).toBeLessThan(2_000);
});

test("however many there are of anything, the latest few are kept", () => {
  const log = graphOf();
  for (let index = 0; index < 400; index++) {
    const hex = index.toString(16).padStart(10, "0");
    log.add(
      at(index, `ssh-session(sess-20260822T151952-${hex}): access granted to eve${index} as ssh-user "root"`),
      at(index, `envknob: TS_X${index}="y"`),
      at(index, `derphttp.Client.Send: connecting to derp-${index} (x${index})`),
      at(index, `magicsock: [0xc0] derp.Recv(derp-${index}): EOF`),
      at(index, `Tailnet lock is dropping peer ${index}(n${index}) due to a missing signature`),
      at(index, `peerapi: serving on http://100.64.${index >> 8}.${index & 255}:1`),
      at(index, `EditPrefs: MaskedPrefs{Setting${String.fromCharCode(97 + (index % 26))}${"z".repeat(index % 39)}=x}`),
    );
  }
  const { machine } = log.view();
  expect(machine.sshSessions).toHaveLength(keptSessions);
  expect(machine.envKnobs).toHaveLength(keptEnvKnobs);
  expect(machine.derpCodes).toHaveLength(keptRegions);
  expect(machine.derpTroubles).toHaveLength(keptRegions);
  expect(machine.lockedOut).toHaveLength(keptLockedOut);
  expect(machine.addresses?.value).toHaveLength(8);
  expect(Object.keys(machine.prefs?.value ?? {})).toHaveLength(keptPrefs);
  expect(machine.sshSessions.at(-1)?.user).toBe("eve399");
  expect(machine.envKnobs.at(-1)?.name).toBe("TS_X399");
});
