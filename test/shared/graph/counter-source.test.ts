// The same daemon read through two sources: each byte once, whichever comes first, stops, or tells the past again.
import { expect, test } from "vitest";
import type { Entry } from "../../../shared/entry.ts";
import { at, graphOf, version } from "./graph-of.ts";

/** A sample of one peer, as a source hands it over: the tap has tailscaled's own numbers, the journal has the pid. */
function sample(source: "journald" | "logtap" | "intake", seconds: number, rx: number, pid = 7): Entry[] {
  const lines = ["peer keys: [YkXSE]", `${version} peers: ${rx}/${rx}`];
  return lines.map((line) => {
    const entry = at(seconds, line);
    return source === "journald"
      ? { ...entry, src: source, pid }
      : { ...entry, src: source, logtail: { ...entry.logtail, proc_id: 99, proc_seq: nextSeq() } };
  });
}

let seq = 0;
const nextSeq = () => ++seq;

function bytes(...samples: readonly (readonly Entry[])[]) {
  const counters = graphOf(...samples.flat()).near("[YkXSE]")?.counters;
  return { rx: counters?.rx, resets: counters?.resets };
}

test("copies that come moments later by another source are not counted, nor those that come first", () => {
  expect(
    bytes(
      sample("journald", 0.001, 100),
      sample("logtap", 0, 100),
      sample("logtap", 2, 150),
      sample("journald", 2.001, 150),
      sample("journald", 4.001, 170),
      sample("logtap", 4, 170),
      sample("logtap", 6, 180),
    ),
  ).toEqual({ rx: 180, resets: 0 });
});

test("a journal that is read from its beginning while the tap is open does not add the past to the present", () => {
  expect(
    bytes(
      sample("logtap", 1_000, 500),
      sample("journald", 10, 100),
      sample("journald", 900, 480),
      sample("logtap", 1_002, 510),
      sample("journald", 1_002.001, 510),
    ),
  ).toEqual({ rx: 510, resets: 0 });
});

test("what the journal told of earlier processes stays when the tap takes over, and the process that goes on is not counted anew", () => {
  expect(
    bytes(
      sample("journald", 0, 1_000, 6),
      sample("journald", 100, 40, 7),
      sample("journald", 200, 90, 7),
      sample("logtap", 202, 100),
      sample("logtap", 204, 120),
    ),
  ).toEqual({ rx: 1_120, resets: 1 });
});

test("where the tap falls silent the journal goes on, and where the tap comes back it takes over again", () => {
  expect(
    bytes(
      sample("logtap", 0, 100),
      sample("journald", 30, 110),
      sample("journald", 120, 200),
      sample("journald", 122, 210),
      sample("logtap", 130, 250),
      sample("journald", 130.001, 250),
    ),
  ).toEqual({ rx: 250, resets: 0 });
});

test("a daemon that was started anew while no source was read counts from zero, whoever tells it", () => {
  expect(bytes(sample("journald", 0, 1_000), sample("logtap", 300, 50), sample("logtap", 302, 60))).toEqual({
    rx: 1_060,
    resets: 1,
  });
});

test("the intake is fuller than the tap", () => {
  expect(
    bytes(
      sample("logtap", 0, 100),
      sample("intake", 2, 150),
      sample("logtap", 2, 150),
      sample("logtap", 4, 160),
      sample("intake", 4, 160),
    ),
  ).toEqual({ rx: 160, resets: 0 });
});

test("a peer's restart that one source tells before the other has counted what came before it adds no byte", () => {
  const restart = (source: "journald" | "intake", seconds: number): Entry => ({
    ...at(seconds, 'nodeBackend: peer [YkXSE] disco key changed from "discokey:e632b607" to "discokey:1f2e3d4c"'),
    src: source,
    ...(source === "journald" ? { pid: 7 } : {}),
  });
  expect(
    bytes(
      sample("intake", 0, 100),
      [restart("journald", 3)],
      sample("intake", 2, 150),
      [restart("intake", 3)],
      sample("intake", 4, 20),
    ),
  ).toEqual({ rx: 170, resets: 1 });
});
