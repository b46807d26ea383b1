// Looks at the machine; changes nothing on it.
import { type LocalApi, localApiOf } from "../local-api/local-api.ts";
import { thisMachine } from "../local-api/this-machine.ts";
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import { defaultIntakePort } from "../sources/intake/intake.ts";
import type { Journal } from "../sources/journald/journalctl.ts";
import type { Facts } from "./facts.ts";
import { localTargetOf } from "./judgement.ts";
import { probeDaemon } from "./probes/daemon.ts";
import { probeIntakePort } from "./probes/intake-port.ts";
import { probeJournal } from "./probes/journal.ts";
import { probeLocalApi } from "./probes/local-api.ts";
import { probeSettings } from "./probes/settings.ts";
import { probeUnifiedLog } from "./probes/unified-log.ts";

export interface ProbeOptions {
  readonly clock: Clock;
  /** What a person writes into a shell to start this Gristmill. */
  readonly gristmill: string;
  /** Where the file system begins. */
  readonly root?: string;
  readonly localApi?: LocalApi;
  /** Where the intake listens, or would: what counts is where tailscaled sends its log, if that is on this machine. */
  readonly intakePort?: number | undefined;
  readonly journal?: Journal;
}

/** Whoever waits for it. */
export interface Looking {
  /** Ends it soon: what was not found out by then is taken for something that does not answer. */
  readonly signal: AbortSignal;
  /** Called with what is still looked at, in words, as often as that changes. */
  readonly report: (at: readonly string[]) => void;
}

/** Whoever does not answer by then is taken for somebody who does not. */
const patienceMs = 10_000;

/** Whatever is found is a fact, also that something cannot be found out. */
export async function probe(options: ProbeOptions, looking?: Looking): Promise<Facts> {
  const { clock, gristmill, root = "/", localApi = localApiOf(thisMachine) } = options;
  const [daemon, settings] = [probeDaemon(root, process.env), probeSettings(root)];
  const aim = localTargetOf({ tailscaled: { ...daemon, version: null }, settings });
  const intakePort = aim ?? options.intakePort ?? defaultIntakePort;
  const over = new AbortController();
  const signal = looking === undefined ? over.signal : AbortSignal.any([over.signal, looking.signal]);
  drop(clock.sleep(patienceMs, signal).then(() => over.abort()));
  const watched = watcher(looking);
  const macLog = probeUnifiedLog(clock, signal);
  try {
    const [journal, unifiedLog, api, intake] = await Promise.all([
      watched("the journal", probeJournal(options.journal ?? { directory: undefined }, signal)),
      process.platform === "darwin" ? watched("the log of macOS", macLog) : macLog, // Of what is not there nobody is told that it is looked at.
      watched("tailscaled's local API", probeLocalApi(localApi, signal)),
      watched("the intake's port", probeIntakePort(intakePort, signal)),
    ]);
    return {
      platform: process.platform,
      now: clock.now(),
      gristmill,
      tailscaled: { ...daemon, version: api.version },
      settings,
      journal,
      unifiedLog,
      localApi: api.facts,
      intake,
    };
  } finally {
    over.abort();
  }
}

/** Reports what is under way as probes begin and end. */
function watcher(looking: Looking | undefined): <T>(place: string, probed: Promise<T>) => Promise<T> {
  const places = new Set<string>();
  return async (place, probed) => {
    places.add(place);
    looking?.report([...places]);
    try {
      return await probed;
    } finally {
      places.delete(place);
      looking?.report([...places]);
    }
  };
}
