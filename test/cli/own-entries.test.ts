// A whole journal: what other programs write there may look like tailscaled's, and is not.
import { describe, expect, test } from "vitest";
import { readableReport } from "../../cli/readable-report.ts";
import { eras } from "../support/tailscaled/eras.ts";
import { framings } from "../support/tailscaled/framings.ts";
import { grindBytes } from "../support/tailscaled/grind-log.ts";
import { logOf } from "../support/tailscaled/machine.ts";

const era = eras["1.102"];
const { calls } = logOf({ era, seed: 11, peers: 4 }, 120);
const posing = [
  'Program starting: v9.9.9, Go 1.26.6: []string{"/usr/sbin/tailscaled"}',
  "peer keys: [Qx7/m] [00aa1]",
  "v9.9.9 peers: 7/7 8/8",
  "Switching ipn state Running -> Stopped (WantRunning=false, nm=true)",
  "health(warnable=posing): error: it is somebody else",
];

type Fields = Readonly<Record<string, string>>;
const asJson = (fields: Fields) => `${JSON.stringify(fields)}\n`;
const asExport = (fields: Fields) =>
  `${Object.entries(fields)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("")}\n`;

/** Entries of another program in a way that the journal is written out, between which and around which `own` stands. */
interface Way {
  readonly framing: string;
  readonly ends: string;
  readonly others: (author: Fields, message: string) => string;
}

const stamp = { __CURSOR: "s=2;i=1", __REALTIME_TIMESTAMP: "1787411991000000" };
const ways: readonly Way[] = [
  {
    framing: "journalctl -o json",
    ends: "\n",
    others: (author, MESSAGE) => asJson({ ...stamp, ...author, MESSAGE }),
  },
  {
    framing: "journalctl -o export",
    ends: "\n\n",
    others: (author, MESSAGE) => asExport({ ...stamp, ...author, MESSAGE }),
  },
];

const named = (name: string) => framings.find((framing) => framing.name === name)?.write(calls, era) ?? "";

/** The log of tailscaled with all of `pieces` before its first entry, after its third, and at its end. */
function mixed(own: string, ends: string, pieces: readonly string[]): string {
  const entries = own.split(ends).slice(0, -1);
  const whole = (some: readonly string[]) => some.map((entry) => `${entry}${ends}`).join("");
  return pieces.join("") + whole(entries.slice(0, 3)) + pieces.join("") + whole(entries.slice(3)) + pieces.join("");
}

describe.each(ways)("of a whole journal in $framing", ({ framing, ends, others }) => {
  const own = named(framing);

  test.each<[string, Fields]>([
    ["by its identifier", { SYSLOG_IDENTIFIER: "sshd", _SYSTEMD_UNIT: "ssh.service" }],
    ["by its unit", { _SYSTEMD_UNIT: "nginx.service" }],
    ["by the name of its program", { _COMM: "logger" }],
    ["by a name that begins like tailscaled's", { SYSLOG_IDENTIFIER: "tailscaled-exporter" }],
  ])("what says %s that it is another's is left out and counted", async (_, author) => {
    const log = mixed(
      own,
      ends,
      posing.map((message) => others(author, message)),
    );
    const { report } = await grindBytes(Buffer.from(log), 700);
    const alone = (await grindBytes(Buffer.from(own))).report;
    const { total, matched, mismatchedStats } = alone.lines;
    expect(report.lines).toEqual({ total, matched, mismatchedStats, others: 3 * posing.length });
    const told = ({ peers, machine, health }: typeof report) => ({
      health,
      peers: peers.map(({ key, rx, tx, path, resets }) => ({ key, rx, tx, path, resets })),
      machine: { state: machine.state, version: machine.version, self: machine.self, login: machine.login },
    });
    expect(told(report)).toEqual(told(alone));
  });

  test.each<[string, Fields]>([
    ["unit", { _SYSTEMD_UNIT: "tailscaled.service", _COMM: "sh" }],
    ["identifier", { SYSLOG_IDENTIFIER: "tailscaled", _SYSTEMD_UNIT: "cron.service" }],
    ["program", { SYSLOG_IDENTIFIER: "vpn", _SYSTEMD_UNIT: "vpn.service", _COMM: "tailscaled" }],
  ])("entries of tailscaled's %s are its own, whatever else they say", async (_, author) => {
    const [first = "", ...rest] = posing.map((message) => others(author, message));
    const stranger = others({ SYSLOG_IDENTIFIER: "sshd" }, "health(warnable=sshd): error: it is somebody else");
    const { report } = await grindBytes(Buffer.from([stranger, first, ...rest, stranger].join("")));
    expect({ version: report.machine.version, others: report.lines.others, health: report.health.length }).toEqual({
      version: "9.9.9",
      others: 2,
      health: 1,
    });
  });

  test("where no entry is tailscaled's by its name or unit, as of one in a container, everything is read", async () => {
    const author = { SYSLOG_IDENTIFIER: "0123456789ab", _COMM: "dockerd", _SYSTEMD_UNIT: "docker.service" };
    const { report } = await grindBytes(Buffer.from(posing.map((message) => others(author, message)).join("")));
    expect(report.lines).toEqual({ total: 5, matched: 5, mismatchedStats: 0 });
  });

  test("entries that do not say who wrote them are read", async () => {
    const unsaid = posing.map((message) => others({}, message)).join("");
    const { report } = await grindBytes(Buffer.from(own + unsaid));
    expect(report.lines.others).toBeUndefined();
    expect(report.health.map(({ code }) => code)).toContain("posing");
  });

  test("journald's word of what it dropped of tailscaled counts, though it is not tailscaled's", async () => {
    const journald = { SYSLOG_IDENTIFIER: "systemd-journald", _SYSTEMD_UNIT: "systemd-journald.service" };
    const word = others(
      { ...journald, OBJECT_SYSTEMD_UNIT: "tailscaled.service", N_DROPPED: "12" },
      "Suppressed 12 messages from tailscaled.service",
    );
    const { report } = await grindBytes(Buffer.from(mixed(own, ends, [word])));
    expect(report.losses.find(({ kind }) => kind === "rate-limit")?.count).toBeGreaterThanOrEqual(36);
    expect(report.lines.others).toBeUndefined();
  });
});

test("a message of another program that goes on without its prefix, as `log show` has it, is left out as a whole", async () => {
  const own = named("log show");
  const [, first = ""] = own.split("\n");
  const stranger = `${first.replace(/IPNExtension: .*/, "curl: it said")}\n${posing.join("\n")}\n`;
  const { report } = await grindBytes(Buffer.from(own + stranger));
  expect(report.lines.others).toBe(1 + posing.length);
  expect(report.health.map(({ code }) => code)).not.toContain("posing");
});

test("a person is told how many entries of other programs were left out", async () => {
  const [way] = ways;
  const stranger = way?.others({ SYSLOG_IDENTIFIER: "sshd" }, "Invalid user") ?? "";
  const { report, view } = await grindBytes(Buffer.from(stranger + named("journalctl -o json") + stranger));
  expect(readableReport(report, view.machine)).toContain("2 entries of other programs were left out.");
});
