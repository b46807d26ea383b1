// Large real journals of the demo tailnet's log, each made once per run of the benches.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { simulate } from "../../main/sources/demo/simulator.ts";
import { parseEntry } from "../../shared/entry.ts";
import { createJournal } from "../support/journal.ts";

export interface BenchJournal {
  readonly folder: string;
  readonly entries: number;
  /** Bytes of the messages, each with its newline: the log itself, without what journald knows about it. */
  readonly bytes: number;
}

const seed = 7;
const startMs = Date.UTC(2026, 7, 22, 15);
/** Some 140,000 lines; a longer journal repeats them at later times. */
const simulatedMs = 24 * 3_600_000;
const usBetweenEntries = 50_000;
const batch = 2_000;

/** What journald adds to an entry of a service, in the size and shape that it has there. */
const journaldsOwnFields = {
  _TRANSPORT: "stdout",
  _UID: "0",
  _GID: "0",
  _COMM: "tailscaled",
  _EXE: "/usr/sbin/tailscaled",
  _CMDLINE:
    "/usr/sbin/tailscaled --state=/var/lib/tailscale/tailscaled.state --socket=/run/tailscale/tailscaled.sock --port=41641",
  _CAP_EFFECTIVE: "1ffffffffff",
  _SELINUX_CONTEXT: "unconfined\n", // With its newline: it makes journalctl write the field as bytes.
  _SYSTEMD_CGROUP: "/system.slice/tailscaled.service",
  _SYSTEMD_UNIT: "tailscaled.service",
  _SYSTEMD_SLICE: "system.slice",
  _SYSTEMD_INVOCATION_ID: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
  _STREAM_ID: "b5f0c1e2d3a4958677665544332211aa",
  _RUNTIME_SCOPE: "system",
  _HOSTNAME: "laptop",
  SYSLOG_FACILITY: "3",
};

const kinds = {
  /** As another program wrote it: eight fields per entry. */
  "few fields": { entries: 400_000, fields: {} },
  /** As journald stores what a service writes: 24 fields per entry. */
  "journald's fields": { entries: 200_000, fields: journaldsOwnFields },
};
export type JournalKind = keyof typeof kinds;
export const journalKinds = Object.keys(kinds) as readonly JournalKind[];

const made = new Map<JournalKind, Promise<BenchJournal>>();

/** It is there until the process ends. */
export function benchJournal(kind: JournalKind): Promise<BenchJournal> {
  const journal = made.get(kind) ?? make(kind);
  made.set(kind, journal);
  return journal;
}

async function make(kind: JournalKind): Promise<BenchJournal> {
  const { entries, fields } = kinds[kind];
  const folder = mkdtempSync(path.join(tmpdir(), "gristmill-bench-journal-"));
  process.once("exit", () => rmSync(folder, { recursive: true }));
  const lines = simulate({ seed, startMs }).step(startMs + simulatedMs);
  const messages = lines.map(({ line }) => parseEntry(line).text ?? "");
  const journal = createJournal(folder);
  let bytes = 0;
  for (let at = 0; at < entries; at += batch) {
    const some = Array.from({ length: Math.min(batch, entries - at) }, (_, n) => {
      const message = messages[(at + n) % messages.length] as string;
      bytes += Buffer.byteLength(message) + 1;
      return { message, time: startMs * 1_000 + (at + n) * usBetweenEntries, fields };
    });
    await journal.append(some);
  }
  await journal.close();
  return { folder, entries, bytes };
}
