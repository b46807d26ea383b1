// Totals, resets and rates: reference 1.9.
import { expect, test } from "vitest";
import { keptSamples } from "../../../shared/graph/model.ts";
import { at, banner, graphOf, startedAt, version } from "./graph-of.ts";

const keys = (...names: readonly string[]) => `peer keys: ${names.map((name) => `[${name}]`).join(" ")}`;
const stats = (...items: readonly string[]) => `${version} peers: ${items.join(" ")}`;
const bytesOf = (log: ReturnType<typeof graphOf>, peer: string) => {
  const counters = log.near(peer)?.counters;
  return counters && { rx: counters.rx, tx: counters.tx, resets: counters.resets };
};

test("the first sample counts in full, later ones what came since", () => {
  const log = graphOf(at(0, keys("YkXSE")), at(0, stats("100/10")), at(2, stats("150/10")));
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 150, tx: 10, resets: 0 });
});

test("a counter that goes backwards began again at zero: it is added, never subtracted", () => {
  const log = graphOf(at(0, keys("YkXSE")), at(0, stats("1000/500")), at(2, stats("40/20")));
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 1_040, tx: 520, resets: 1 });
  expect(log.said("counter-reset")).toEqual(["The byte counters of [YkXSE] started again at zero."]);
});

test("rx and tx start again together, also when only one of them shows it", () => {
  const log = graphOf(at(0, keys("YkXSE")), at(0, stats("10/5000")), at(2, stats("300/20")));
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 310, tx: 5_020, resets: 1 });
});

test("after a process start the next sample counts in full, also when it is larger", () => {
  const log = graphOf(
    at(0, keys("YkXSE")),
    at(0, stats("100/10")),
    at(2, banner),
    at(4, keys("YkXSE")),
    at(4, stats("300/30")),
  );
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 400, tx: 40, resets: 1 });
});

test("a peer that a keys line leaves out comes back with counters from zero, also when they are larger", () => {
  const log = graphOf(
    at(0, keys("YkXSE", "BH3g9")),
    at(0, stats("100/10", "1/1")),
    at(2, keys("BH3g9")),
    at(4, keys("YkXSE", "BH3g9")),
    at(4, stats("300/30", "2/1")),
  );
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 400, tx: 40, resets: 1 });
  expect(bytesOf(log, "[BH3g9]")).toEqual({ rx: 2, tx: 1, resets: 0 });
  expect(log.said("counter-reset")).toEqual(["The byte counters of [YkXSE] started again at zero."]);
});

test.each([
  ["that cannot be read", [at(2, "peer keys: [BH…+9")]],
  ["of another process", [{ ...at(2, keys("BH3g9")), pid: 9 }]],
])("a keys line %s says of nobody that its counters are gone", (_, between) => {
  const log = graphOf(
    at(0, keys("YkXSE")),
    at(0, stats("100/10")),
    ...between,
    at(4, keys("YkXSE")),
    at(4, stats("300/30")),
  );
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 300, tx: 30, resets: 0 });
});

test("several starts between two samples are one reset", () => {
  const log = graphOf(
    at(0, keys("YkXSE")),
    at(0, stats("100/10")),
    at(2, banner),
    at(3, banner),
    at(4, keys("YkXSE")),
    at(4, stats("1/1")),
  );
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 101, tx: 11, resets: 1 });
});

test("two daemons whose lines interleave are each counted once", () => {
  const by = (pid: number, seconds: number, line: string) => ({ ...at(seconds, line), pid });
  const log = graphOf(
    by(1, 0, keys("YkXSE")),
    by(2, 0, keys("YkXSE")),
    by(1, 0, stats("100/0")),
    by(2, 1, stats("7/0")),
    by(1, 2, stats("110/0")),
    by(2, 3, stats("9/0")),
  );
  expect(bytesOf(log, "[YkXSE]")?.rx).toBe(110 + 9);
});

test("a far end that restarts takes our counters for it back to zero", () => {
  const log = graphOf(
    at(0, keys("YkXSE")),
    at(0, stats("100/10")),
    at(1, 'nodeBackend: peer [YkXSE] disco key changed from "discokey:1" to "discokey:2"'),
    at(2, stats("150/20")),
  );
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 250, tx: 30, resets: 1 });
});

test("rates are bytes over the true time between the two latest samples", () => {
  const log = graphOf(at(0, keys("YkXSE")), at(0, stats("100/10")), at(2, stats("300/10")), at(6, stats("300/410")));
  expect(log.near("[YkXSE]")?.rate).toEqual({ rx: 0, tx: 100 });
});

test("the bytes of a restarted counter are in the rate, not a negative one", () => {
  const log = graphOf(at(0, keys("YkXSE")), at(0, stats("1000/0")), at(2, stats("40/0")));
  expect(log.near("[YkXSE]")?.rate).toEqual({ rx: 20, tx: 0 });
});

test.each([
  ["one sample", [at(0, stats("1/1"))]],
  ["samples of the same moment", [at(0, stats("1/1")), at(0, stats("2/2"))]],
  ["a clock that was set back", [at(9, stats("1/1")), at(3, stats("2/2"))]],
  [
    "no time at all",
    [
      { logtail: {}, text: stats("1/1") },
      { logtail: {}, text: stats("2/2") },
    ],
  ],
])("%s gives no rate", (_, samples) => {
  const log = graphOf(at(0, keys("YkXSE")), ...samples);
  expect(log.near("[YkXSE]")?.rate).toBeNull();
});

test("a sample without a time ends the rate that was known before it", () => {
  const log = graphOf(at(0, keys("YkXSE")), at(0, stats("1/1")), at(2, stats("5/1")), {
    logtail: {},
    text: stats("9/1"),
  });
  expect(log.near("[YkXSE]")?.rate).toBeNull();
  expect(bytesOf(log, "[YkXSE]")?.rx).toBe(9);
});

test("a peer that left the keys line has no rate, which is not zero, and keeps what it carried", () => {
  const log = graphOf(at(0, keys("YkXSE", "BH3g9")), at(0, stats("1/1", "2/2")), at(2, stats("5/1", "4/2")));
  expect(log.near("[YkXSE]")?.rate).toEqual({ rx: 2, tx: 0 });
  log.add(at(4, keys("BH3g9")), at(4, stats("8/2")));
  expect(log.near("[YkXSE]")?.rate).toBeNull();
  expect(bytesOf(log, "[YkXSE]")).toEqual({ rx: 5, tx: 1, resets: 0 });
  expect(log.near("[BH3g9]")?.rate).toEqual({ rx: 2, tx: 0 });
});

test("a peer that only a path line names has no counters", () => {
  const log = graphOf(at(0, "magicsock: adding connection to derp-10 for [kylkO]"));
  expect(log.near("[kylkO]")?.counters).toBeNull();
  expect(log.view().samples).toEqual({});
});

test("counters name their stats line and the keys line behind it", () => {
  const log = graphOf(at(0, keys("YkXSE")), at(2, "LinkChange: minor"), at(3, stats("1/2")));
  const counters = log.near("[YkXSE]")?.counters;
  expect(counters?.keys).toEqual({ at: 1, time: startedAt });
  expect(counters?.stats).toEqual({ at: 3, time: startedAt + 3_000 });
});

test("the latest samples are kept as totals, oldest first", () => {
  const log = graphOf(at(0, keys("YkXSE")));
  for (let second = 1; second <= keptSamples + 5; second++) log.add(at(second, stats(`${second * 10}/0`)));
  const samples = log.view().samples["[YkXSE]"] ?? [];
  expect(samples).toHaveLength(keptSamples);
  expect(samples[0]).toEqual({ time: startedAt + 6_000, rx: 60, tx: 0, at: 7 });
  expect(samples.at(-1)).toEqual({ time: startedAt + 95_000, rx: 950, tx: 0, at: 96 });
});

test("counters near 2^64 are taken as they are", () => {
  const log = graphOf(at(0, keys("YkXSE")), at(0, stats("18446744073709551615/9007199254740993")));
  expect(bytesOf(log, "[YkXSE]")?.rx).toBe(2 ** 64);
});
