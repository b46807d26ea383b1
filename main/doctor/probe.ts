// Looks at the machine; changes nothing on it.
import type { Clock } from "../platform/clock.ts";
import { drop } from "../platform/drop.ts";
import { defaultIntakePort } from "../sources/intake/intake.ts";
import type { Journal } from "../sources/journald/journalctl.ts";
import { findSocket } from "../sources/logtap/local-api.ts";
import type { Facts } from "./facts.ts";
import { probeDaemon } from "./probes/daemon.ts";
import { probeIntakePort } from "./probes/intake-port.ts";
import { probeJournal } from "./probes/journal.ts";
import { probeLocalApi } from "./probes/local-api.ts";
import { probeSettings } from "./probes/settings.ts";
import { probeUnifiedLog } from "./probes/unified-log.ts";

export interface ProbeOptions {
  readonly clock: Clock;
  /** Where the file system begins. */
  readonly root?: string;
  readonly socket?: string;
  readonly intakePort?: number;
  readonly journal?: Journal;
}

/** Whoever does not answer by then is taken for somebody who does not. */
const patienceMs = 10_000;

export async function probe(options: ProbeOptions): Promise<Facts> {
  const { clock, root = "/", socket = findSocket(), intakePort = defaultIntakePort } = options;
  const over = new AbortController();
  drop(clock.sleep(patienceMs, over.signal).then(() => over.abort()));
  try {
    const [journal, unifiedLog, localApi, intake] = await Promise.all([
      probeJournal(options.journal ?? { directory: undefined }, over.signal),
      probeUnifiedLog(clock, over.signal),
      probeLocalApi(socket, over.signal),
      probeIntakePort(intakePort, over.signal),
    ]);
    return {
      platform: process.platform,
      now: clock.now(),
      tailscaled: { ...probeDaemon(root, process.env), version: localApi.version },
      settings: probeSettings(root),
      journal,
      unifiedLog,
      localApi: localApi.facts,
      intake,
    };
  } finally {
    over.abort();
  }
}
