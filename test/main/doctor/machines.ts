// Machines that a doctor may be called to, as its probes would find them.
import type { Facts } from "../../../main/doctor/facts.ts";

const now = Date.UTC(2026, 7, 22, 15, 20);
const pid = 812;
const socket = "/run/tailscale/tailscaled.sock";

/** A headless Linux server as the packages leave it: 1.96, verbosity 0, a user of the group systemd-journal who is not the operator. */
export const stock: Facts = {
  platform: "linux",
  now,
  gristmill: "gristmill",
  tailscaled: {
    isInstalled: true,
    running: {
      pid,
      args: ["--state=/var/lib/tailscale/tailscaled.state", `--socket=${socket}`, "--port=41641"],
      environment: null,
    },
    version: "1.96.2-t0123abcde-g456789abc",
  },
  settings: { PORT: "41641", FLAGS: "" },
  journal: { state: "readable", sentence: null, newest: { at: now - 60_000, pid }, newestCounters: null },
  unifiedLog: { state: "absent", sentence: null, newest: null, newestCounters: null },
  localApi: {
    socket,
    state: "open",
    sentence: "tailscaled shows its log to root and to its operator only.",
    tap: "forbidden",
  },
  intake: { port: 8475, heldBy: "nobody" },
};

/** A Mac with the app of the App Store, which has the daemon in itself: no program, no socket. */
const mac: Facts = {
  ...stock,
  platform: "darwin",
  tailscaled: { isInstalled: true, running: null, version: null },
  settings: {},
  journal: { state: "unusable", sentence: "journalctl is not installed.", newest: null, newestCounters: null },
  localApi: {
    socket: "/var/run/tailscaled.socket",
    state: "missing",
    sentence: "There is no socket /var/run/tailscaled.socket.",
    tap: "unknown",
  },
};

const running = { pid, args: [], environment: null };

export const machines: Readonly<Record<string, Facts>> = {
  "verbosity-0": stock,
  "verbosity-1": {
    ...stock,
    tailscaled: { ...stock.tailscaled, running: { ...running, args: ["--verbose=1"] } },
    journal: { ...stock.journal, newestCounters: { at: now - 90_000, pid } },
  },
  "verbosity-2": {
    ...stock,
    tailscaled: { ...stock.tailscaled, running: { ...running, args: ["-verbose", "2"] } },
    journal: { ...stock.journal, newestCounters: { at: now - 2_000, pid } },
  },
  "verbosity-0-named": {
    ...stock,
    tailscaled: { ...stock.tailscaled, running: { ...running, args: ["--verbose=0"] } },
    journal: { ...stock.journal, newestCounters: { at: now - 86_400_000, pid: 98 } },
  },
  "verbosity-set-but-not-restarted": { ...stock, settings: { TS_LOG_VERBOSITY: "1" } },
  "no-group": {
    ...stock,
    journal: {
      state: "forbidden",
      sentence: "This user may not read the system's journal.",
      newest: null,
      newestCounters: null,
    },
  },
  "journal-slow": {
    ...stock,
    journal: {
      state: "slow",
      sentence: "The journal could not be read in time, as when its disk is busy: examine this machine again.",
      newest: null,
      newestCounters: null,
    },
  },
  operator: { ...stock, localApi: { ...stock.localApi, sentence: null, tap: "open" } },
  "no-tailscaled": {
    ...stock,
    tailscaled: { isInstalled: false, running: null, version: null },
    settings: {},
    journal: { state: "empty", sentence: null, newest: null, newestCounters: null },
    localApi: { socket, state: "missing", sentence: `There is no socket ${socket}.`, tap: "unknown" },
  },
  "tailscaled-stopped": {
    ...stock,
    tailscaled: { isInstalled: true, running: null, version: null },
    localApi: { socket, state: "missing", sentence: `Nobody listens on ${socket}.`, tap: "unknown" },
  },
  "tailscaled-1.30": {
    ...stock,
    tailscaled: { ...stock.tailscaled, version: "1.30.2-tabc" },
    localApi: {
      socket,
      state: "open",
      sentence: "This tailscaled does not know logtap: update Tailscale.",
      tap: "unknown",
    },
  },
  "headless-1.98": {
    ...stock,
    tailscaled: { isInstalled: true, running: { ...running, args: ["--verbose=1"] }, version: "1.98.1-tabc" },
  },
  "verbosity-0-1.102": { ...stock, tailscaled: { ...stock.tailscaled, version: "1.102.3-tabc" } },
  "intake-flowing": {
    ...stock,
    settings: { TS_LOG_TARGET: "http://127.0.0.1:8475" },
    intake: { port: 8475, heldBy: "gristmill" },
  },
  "intake-nobody-listens": { ...stock, settings: { TS_LOG_TARGET: "http://127.0.0.1:8475" } },
  "intake-port-taken": { ...stock, intake: { port: 8475, heldBy: "another" } },
  "intake-port-taken-from-it": {
    ...stock,
    settings: { TS_LOG_TARGET: "http://127.0.0.1:8475" },
    intake: { port: 8475, heldBy: "another" },
  },
  "uploads-nothing": {
    ...stock,
    tailscaled: { ...stock.tailscaled, running: { ...running, args: ["--no-logs-no-support"] } },
  },
  "no-journal": {
    ...stock,
    platform: "darwin",
    tailscaled: { isInstalled: true, running: null, version: "1.96.2-tabc" },
    settings: {},
    journal: { state: "unusable", sentence: "journalctl is not installed.", newest: null, newestCounters: null },
    unifiedLog: { state: "empty", sentence: null, newest: null, newestCounters: null },
    localApi: { socket: "/var/run/tailscaled.socket", state: "open", sentence: null, tap: "open" },
  },
  "mac-app": {
    ...mac,
    unifiedLog: {
      state: "readable",
      sentence: null,
      newest: { at: now - 5_000, pid },
      newestCounters: { at: now - 90_000, pid },
    },
  },
  "mac-app-no-administrator": {
    ...mac,
    unifiedLog: {
      state: "forbidden",
      sentence: "macOS does not show its log to this user: use an administrator's account.",
      newest: null,
      newestCounters: null,
    },
  },
};
