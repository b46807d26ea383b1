// Lines that tell the grinder nothing, and most of all those that look as if they did: reference 0.3, 2 and 8.
import type { Era } from "./eras.ts";
import type { Said } from "./log.ts";

const everyday: readonly Said[] = [
  { prefix: "monitor: RTM_NEWROUTE: ", text: "src=, dst=fe80::/64, gw=, outif=2, table=254", level: 1 },
  { text: "wgengine: Reconfig: configuring router" },
  {
    text: "dns: Set: {DefaultResolvers:[] Routes:{example.ts.net.:[]}+65arpa SearchDomains:[example.ts.net.] Hosts:4}",
  },
  { text: "control: mapRoutine: paused" },
  { text: "localapi: [POST] /localapi/v0/prefs" },
  { text: "LinkChange: minor", level: 1 },
  { text: "Drop: TCP{100.77.5.21:51234 > 100.101.102.103:3389} 60 no rules matched" },
  { prefix: "authRoutine: ", text: "backoff: 42 msec", level: 1 },
  { text: 'netcheck: netcheck: DNS lookup error for "derp1.example.com" (node "1a" region 1): lookup: no such host' },
];

/** Somebody's words inside a line of tailscaled's, formats, fragments, and texts that only begin like a line that means something. */
const posing: readonly Said[] = [
  { text: "peers: we have many of them" },
  { text: "v6 is not available, peers: none" },
  { text: "v1.90.6 peers: 12/34 or so" },
  { text: "ssh-session(sess-20260822T151952-9f8e7d6c5b): starting command: echo peer keys: [BH3g9] [YkXSE]" },
  { text: "ssh-session(sess-20260822T151952-9f8e7d6c5b): ran: v1.90.6 peers: 999999/999999 1/1" },
  { text: 'user bugreport note: "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.0.2.66:1"' },
  { text: 'peerapi: got "Program starting: v9.9.9, Go 1.26.6: []string{}" from 100.77.5.21' },
  { text: "magicsock: disco: node [YkXSE] d:bf11a462289c780d is now using nothing" },
  { text: "taildrop: received file named Switching ipn state Running -> Stopped" },
  { text: "peer keys" },
  { text: "magicsock: home is now derp-" },
  { text: "[unexpected] peer keys: not in netmap" },
];

/** Markers of the rate limit, whose formats must not be read as the lines that they make. */
function markers({ minor }: Era): readonly Said[] {
  if (minor < 4)
    return [{ text: "[RATE LIMITED] v%v peers: %v" }, { text: "[RATE LIMITED] magicsock: home is now derp-%v" }];
  if (minor < 8) {
    return [{ text: '[RATE LIMITED] format string "v%v peers: %v" (example: "v1.4.4 peers: 1/2 3/4")', level: 1 }];
  }
  return [
    { text: '[RATELIMIT] format("v%v peers: %v")', level: 1 },
    { text: '[RATELIMIT] format("magicsock: disco: node %v %v now using %v")' },
  ];
}

/** Each with the same chance. */
export function trapsOf(era: Era): readonly Said[] {
  const cut: Said = {
    text: `netmap diff:\n+ [Qx7/m] d:3a80832041acd6d3 D18 100.115.92.4 : ${"203.0.113.80:41641 ".repeat(8)}…+4096`,
    level: 1,
  };
  return [...everyday, ...everyday, ...posing, ...markers(era), cut];
}

/**
 * Lines that are not tailscaled's log calls but get into its text: what ran past its log package (reference 2.12 and 5.1), and what the programs
 * around it say. In the entries that log clients upload there is none.
 */
export const foreignLines: readonly string[] = [
  "RAW-STDERR: ***",
  "RAW-STDERR: *** Lines prefixed with RAW-STDERR below bypassed logtail and probably come from a previous run of the program",
  'RAW-STDERR: [{"logtail":{"client_time":"2026-08-22T15:19:51Z","proc_id":7,"proc_seq":3},"text":"peer keys: [Qx7/m]\\n"}',
  ',{"logtail":{"client_time":"2026-08-22T15:19:52Z","proc_id":7,"proc_seq":4},"text":"v1.90.6 peers: 7/7\\n"}]',
  "RAW-STDERR: v1.90.6 peers: 7/7",
  "goroutine 1 [running]:",
  "logtail: [v1] backoff: 1234 msec",
  "logtail: upload: log upload of 1154 bytes compressed failed: 503 Service Unavailable",
];
