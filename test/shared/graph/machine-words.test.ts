import { expect, test } from "vitest";
import { factGroups } from "../../../shared/graph/machine-words.ts";
import { at, banner, graphOf } from "./graph-of.ts";

function words(...lines: readonly string[]) {
  const { machine } = graphOf(...lines.map((line, index) => at(index, line))).view();
  return factGroups(machine).map(({ title, facts }) => [
    title,
    facts.map(({ name, words, good }) => [name, words, good]),
  ]);
}

test("a machine of which nothing is told has no groups", () => {
  expect(words()).toEqual([]);
  expect(words(banner)).toEqual([]);
});

test("what is wrong comes first, and says so; what is in order is not said to be", () => {
  expect(
    words(
      "Received error: 502 Bad Gateway",
      "logtail: internet down; waiting",
      "magicsock: [0xc000123456] derp.Recv(derp-4): EOF",
      "localapi: [POST] /localapi/v0/prefs",
    ),
  ).toEqual([
    [
      "Now",
      [
        ["Control server", "502 Bad Gateway", false],
        ["DERP 4", "EOF", false],
        ["Log upload", "offline", false],
      ],
    ],
    ["tailscaled", [["LocalAPI", "POST /localapi/v0/prefs", null]]],
  ]);
  expect(words("logtail: upload succeeded after 3 failures and 1m0s")).toEqual([]);
});

test("where the machine can be reached, and how it is set", () => {
  expect(
    words(
      "magicsock: endpoints changed: 198.51.100.7:41641 (stun), 192.168.1.10:41641 (local)",
      "netcheck: probePortMapServices: i/o timeout",
      'EditPrefs: MaskedPrefs{WantRunning=true ExitNodeID="nABC1CNTRL"}',
      'envknob: TS_NO_LOGS_NO_SUPPORT="true"',
    ),
  ).toEqual([
    ["This machine", [["Exit node", "its traffic goes by nABC1CNTRL", null]]],
    [
      "Where it can be reached",
      [
        ["Endpoints", "198.51.100.7:41641 (stun), 192.168.1.10:41641 (local)", null],
        ["Open port", "none: i/o timeout", null],
      ],
    ],
    [
      "How it is set",
      [
        ["Settings", "want true", null],
        ["TS_NO_LOGS_NO_SUPPORT", "true", null],
      ],
    ],
  ]);
});
