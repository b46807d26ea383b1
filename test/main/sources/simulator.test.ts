// The simulated tailnet: the same for the same seed, in the form of tailscaled's own log, and true to its books.
import { expect, test } from "vitest";
import type { Truth } from "../../../main/sources/demo/books.ts";
import { simulate } from "../../../main/sources/demo/simulator.ts";
import { type Entry, parseEntry } from "../../../shared/entry.ts";
import { Graph } from "../../../shared/graph/reduce.ts";
import { Grinder } from "../../../shared/grinder/grind.ts";

const startMs = Date.UTC(2026, 7, 22, 15, 0, 0);
const minutes = 60_000;

function logOf(seed: number, durationMs: number): { readonly lines: readonly string[]; readonly truth: Truth } {
  const simulation = simulate({ seed, startMs });
  const lines = simulation.step(startMs + durationMs).map(({ line }) => line);
  return { lines, truth: simulation.truth() };
}

const texts = (lines: readonly string[]) => lines.map((line) => parseEntry(line).text ?? "");

test("the same seed gives the same log and the same truth, however time is cut into steps", () => {
  const whole = logOf(5, 20 * minutes);
  const simulation = simulate({ seed: 5, startMs });
  const lines: string[] = [];
  for (let ms = startMs; ms <= startMs + 20 * minutes; ms += 777)
    lines.push(...simulation.step(ms).map(({ line }) => line));
  lines.push(...simulation.step(startMs + 20 * minutes).map(({ line }) => line));
  expect(lines).toEqual(whole.lines);
  expect(simulation.truth()).toEqual(whole.truth);
});

test("another seed is another tailnet, and another run is another day of the same one", () => {
  const keys = (options: { readonly seed: number; readonly run?: number }) =>
    simulate({ ...options, startMs })
      .truth()
      .peers.map(({ key }) => key);
  const day = (run: number) => simulate({ seed: 1, run, startMs }).step(startMs + minutes);
  expect(keys({ seed: 2 })).not.toEqual(keys({ seed: 1 }));
  expect(keys({ seed: 1, run: 3 })).toEqual(keys({ seed: 1 }));
  expect(day(0)).not.toEqual(day(1));
});

test("entries are numbered without gaps within a process, their times grow, and levels are those of tailscaled", () => {
  const { lines } = logOf(3, 200 * minutes);
  let [procId, seq, time] = [0, 0, ""];
  const processes = new Set<number>();
  const isWrong = (line: string): boolean => {
    const { logtail, v = 0 } = JSON.parse(line) as Entry;
    const expected = logtail.proc_id === procId ? seq + 1 : 1;
    const grows = String(logtail.client_time) > time;
    [procId, seq, time] = [logtail.proc_id ?? 0, logtail.proc_seq ?? 0, String(logtail.client_time)];
    processes.add(procId);
    return seq !== expected || !grows || ![0, 1, 2].includes(v);
  };
  expect(lines.filter(isWrong)).toEqual([]);
  expect(processes.size).toBeGreaterThan(2);
});

test("a few hours hold every kind of line that the reader is built for", () => {
  const all = texts(logOf(1, 300 * minutes).lines).join("\n");
  const kinds = [
    /^Program starting: v1\.102\.3/m,
    /^peer keys: \[[A-Za-z0-9+/]{5}\] /m,
    /^v1\.102\.3-t0123abcde-g456789abc peers: \d+\/\d+ /m,
    /^magicsock: disco: node \[.{5}\] d:[0-9a-f]{16} now using 203\.0\.113\.\d+:\d+ mtu=1360 tx=[0-9a-f]{12}$/m,
    /^magicsock: disco: node \[.{5}\] d:[0-9a-f]{16} now using 192\.168\.1\.\d+:41641 mtu=/m,
    /^magicsock: disco: node \[.{5}\] d:[0-9a-f]{16} now using 192\.0\.2\.17:40000:vni:\d+ mtu=1280$/m,
    /^magicsock: new contact: peer=\[.{5}\] usec=\d+ cached=false via=direct$/m,
    /^magicsock: home DERP changing from derp-0 \[0ms\] to derp-4 \[13ms\] \(forced=false\)$/m,
    /^magicsock: home is now derp-18 \(par\)$/m,
    /^magicsock: adding connection to derp-\d+ for \[.{5}\]$/m,
    /^magicsock: 2 active derp conns: derp-\d+=cr\w+,wr\w+ derp-\d+=cr\w+,wr\w+$/m,
    /^magicsock: closing connection to derp-\d+ \(idle\), age \d+m/m,
    /^magicsock: derp route for \[.{5}\] changed from derp-\d+ => derp-\d+ \((their|our) home\)$/m,
    /^netcheck: report: udp=true .* derp=4 derpdist=1v4:\d+ms,/m,
    /^control: NetInfo: NetInfo\{.* derp=#18 /m,
    /^Switching ipn state Starting -> Running/m,
    /^active login: alice@example\.com$/m,
    /^health\(warnable=no-derp-connection\): error: /m,
    /^health\(warnable=dns-forward-failing\): ok$/m,
    /^\[RATELIMIT\] format\("/m,
    /^nodeBackend: peer \[.{5}\] disco key changed from "discokey:[0-9a-f]{64}" to /m,
    /^netmap diff:$/m,
    /^LinkChange: major, rebinding: /m,
    /^ssh-session\(sess-\d{8}T\d{6}-[0-9a-f]{10}\): access granted/m,
    /^Accept: TCP\{/m,
    /^wg: \[.{5}\] - Received handshake response$/m,
    /^tailscaled got signal terminated; shutting down$/m,
  ];
  expect(kinds.filter((kind) => !kind.test(all))).toEqual([]);
});

test("only documentation and private addresses, and no name that could be somebody's, are in the log", () => {
  const all = logOf(4, 120 * minutes).lines.join("\n");
  const isMadeUp =
    /^(192\.0\.2|198\.51\.100|203\.0\.113|192\.168\.1|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|127\.|169\.254\.|0\.0\.0\.0)/;
  const foreign = [...all.matchAll(/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])/g)].filter(
    ([address]) => !isMadeUp.test(address),
  );
  expect(foreign).toEqual([]);
  expect([...new Set(all.match(/[\w.]+@[\w.]+[a-z]/g))].sort()).toEqual(["alice@example.com", "bob@example.com"]);
});

test.each([1, 2, 3])(
  "a reader that loses nothing comes to the truth: bytes, resets, paths, home and health (seed %i)",
  (seed) => {
    const { lines, truth } = logOf(seed, 240 * minutes);
    const [grinder, graph] = [new Grinder(), new Graph()];
    lines.forEach((line, index) => {
      const entry = parseEntry(line);
      graph.take(grinder.grind(entry, index + 1), entry, index + 1);
    });
    const { tunnels, machine, lines: counts } = graph.view();
    const read = tunnels.map(({ peer, near }) => ({
      key: peer,
      logged: near.counters && { rx: near.counters.rx, tx: near.counters.tx },
      resets: near.counters?.resets ?? 0,
      toldPath: near.path,
    }));
    read.sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(read).toEqual(truth.peers.map(({ key, logged, resets, toldPath }) => ({ key, logged, resets, toldPath })));
    expect(machine.homeDerp?.value.id).toBe(truth.homeDerp);
    expect(machine.health.map(({ code }) => code).sort()).toEqual(truth.health);
    expect(counts.mismatchedStats).toBe(0);
  },
);

test("what is logged is never more than what was carried, and nearly all of it", () => {
  const { truth } = logOf(2, 240 * minutes);
  for (const { carried, logged } of truth.peers) {
    expect(logged?.rx ?? 0).toBeLessThanOrEqual(carried.rx);
    expect(logged?.tx ?? 0).toBeLessThanOrEqual(carried.tx);
  }
  const sum = (pick: (peer: Truth["peers"][number]) => number) =>
    truth.peers.reduce((total, peer) => total + pick(peer), 0);
  expect(sum(({ logged }) => logged?.rx ?? 0) / sum(({ carried }) => carried.rx)).toBeGreaterThan(0.95);
});
