// What tailscaled wrote to the log of macOS in the last hour, read by macOS' own program `log`.
import type { Clock } from "../../platform/clock.ts";
import { explainEnd, type LogProgram, macLog, startShow } from "../../sources/unified-log/log-program.ts";
import { type LogRecord, PieceReader } from "../../sources/unified-log/record.ts";
import type { JournalMoment, UnifiedLogFacts } from "../facts.ts";
import { statsLine } from "./journal.ts";

const lookBackSeconds = 3_600;

export interface UnifiedLogPlace {
  readonly platform?: NodeJS.Platform;
  readonly program?: LogProgram;
}

/** @param signal ends the look; what it has found by then counts. */
export async function probeUnifiedLog(
  clock: Clock,
  signal: AbortSignal,
  { platform = process.platform, program = macLog }: UnifiedLogPlace = {},
): Promise<UnifiedLogFacts> {
  const nothing = { sentence: null, newest: null, newestCounters: null };
  if (platform !== "darwin") return { state: "absent", ...nothing };
  const run = startShow(program, Math.floor(clock.now() / 1000) - lookBackSeconds, signal);
  const reader = new PieceReader();
  let newest: JournalMoment | null = null;
  let newestCounters: JournalMoment | null = null;
  for await (const chunk of run.chunks) {
    for (const piece of reader.push(chunk)) {
      if (piece.kind !== "record") continue;
      newest = momentOf(piece.record);
      if (statsLine.test(piece.record.text)) newestCounters = newest;
    }
  }
  const how = await run.ended;
  if (newest !== null) return { state: "readable", sentence: null, newest, newestCounters };
  if (how === 0) return { state: "empty", ...nothing };
  if (signal.aborted)
    return { ...nothing, state: "unusable", sentence: "The log of macOS could not be looked through in time." };
  const { message, isForbidden } = explainEnd(how, run.said());
  return { ...nothing, state: isForbidden ? "forbidden" : "unusable", sentence: `${message}.` };
}

function momentOf({ timeUs, pid }: LogRecord): JournalMoment {
  return { at: Math.floor(timeUs / 1000), pid };
}
