// How long a journal takes from journalctl into the spool, durable, beside `journalctl -o export | wc -l` on the same journal. The two take turns,
// so that what else the machine does falls on both. Each run of ours is a process of its own: a back-fill happens once, with code that has not run
// before. What Node compiled is kept from one to the next, as bin/gristmill.mjs keeps it.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hasJournals } from "../support/journal.ts";
import type { BackfillCost } from "./backfill-child.ts";
import { type BenchJournal, benchJournal, type JournalKind, journalKinds } from "./bench-journal.ts";
import { type Figure, spread } from "./figure.ts";

const run = promisify(execFile);
const rounds = 5;
const program = fileURLToPath(new URL("./backfill-child.ts", import.meta.url));

export async function backfillBench(): Promise<readonly Figure[]> {
  if (!hasJournals) return [{ what: "back-fill", figure: "not run: this system has no journald" }];
  const figures: Figure[] = [];
  const compiled = mkdtempSync(path.join(tmpdir(), "gristmill-bench-compiled-"));
  try {
    for (const kind of journalKinds) figures.push(...(await compare(kind, await benchJournal(kind), compiled)));
  } finally {
    rmSync(compiled, { recursive: true });
  }
  return figures;
}

async function compare(kind: JournalKind, journal: BenchJournal, compiled: string): Promise<Figure[]> {
  await journalctlMs(journal); // From here on the journal is in memory for both.
  await backfill(journal, compiled);
  const theirs: number[] = [];
  const ours: BackfillCost[] = [];
  for (let round = 0; round < rounds; round++) {
    theirs.push(await journalctlMs(journal));
    ours.push(await backfill(journal, compiled));
  }
  const seconds = (ms: readonly number[]) =>
    spread(
      ms.map((each) => each / 1_000),
      2,
    );
  const what = `back-fill, ${journal.entries.toLocaleString("en")} entries with ${kind}`;
  const ratios = ours.map(({ ms }, round) => ms / (theirs[round] as number));
  const perEntry = ours.map(({ cpuMs = Number.NaN }) => (cpuMs * 1_000) / journal.entries);
  const written = ours.map(({ writtenBytes = Number.NaN }) => writtenBytes / journal.bytes);
  return [
    { what: `${what}: s`, figure: seconds(ours.map(({ ms }) => ms)) },
    { what: "  the same of journalctl -o export | wc -l", figure: seconds(theirs) },
    { what: "  ratio of the two; budget 1.25", figure: spread(ratios, 2) },
    { what: "  µs of CPU per entry, without journalctl's", figure: spread(perEntry, 2) },
    { what: "  bytes written per byte of log; budget 2", figure: spread(written, 3) },
    {
      what: "  peak RSS, MB",
      figure: spread(
        ours.map(({ peakBytes = Number.NaN }) => peakBytes / 1e6),
        0,
      ),
    },
  ];
}

async function journalctlMs({ folder, entries }: BenchJournal): Promise<number> {
  const started = performance.now();
  const { stdout } = await run("sh", ["-c", 'journalctl --directory="$0" -o export | wc -l', folder]);
  const ms = performance.now() - started;
  if (Number(stdout) < entries) throw new Error(`journalctl wrote ${stdout.trim()} lines of ${entries} entries`);
  return ms;
}

async function backfill({ folder, entries }: BenchJournal, compiled: string): Promise<BackfillCost> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "gristmill-bench-"));
  try {
    const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
    const { stdout } = await run(process.execPath, [program, folder, String(entries), dataDir], { env });
    return JSON.parse(stdout) as BackfillCost;
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}
