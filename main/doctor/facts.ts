// What the doctor knows of a machine: found by the probes, judged by the checks, made up by tests.

export interface Facts {
  readonly platform: NodeJS.Platform;
  /** Ms since 1970. */
  readonly now: number;
  /** What a person writes into a shell to start this Gristmill, such as "gristmill". */
  readonly gristmill: string;
  readonly tailscaled: DaemonFacts;
  readonly settings: SettingsFacts;
  readonly journal: JournalFacts;
  readonly unifiedLog: UnifiedLogFacts;
  readonly localApi: LocalApiFacts;
  readonly intake: IntakeFacts;
}

export interface DaemonFacts {
  /** A program of that name is on PATH or where systems put it. */
  readonly isInstalled: boolean;
  /** The one that runs; null where none is seen. */
  readonly running: RunningDaemon | null;
  /** As it says itself, such as "1.102.3-t0123abcde"; null where nobody could be asked. */
  readonly version: string | null;
}

export interface RunningDaemon {
  readonly pid: number;
  /** Without the program's name. */
  readonly args: readonly string[];
  /** Null where this user may not see it. */
  readonly environment: Readonly<Record<string, string>> | null;
}

/** /etc/default/tailscaled, which the service starts with. */
export type SettingsFacts = Readonly<Record<string, string>>;

export interface JournalFacts {
  /** unusable: journalctl is missing, or fails. slow: no answer in time. forbidden: this user may not read it. empty: it holds nothing of tailscaled. */
  readonly state: "unusable" | "slow" | "forbidden" | "empty" | "readable";
  /** Why it is unusable, slow or forbidden, and what to do. */
  readonly sentence: string | null;
  readonly newest: JournalMoment | null;
  /** The newest line with byte counters among the latest entries. */
  readonly newestCounters: JournalMoment | null;
}

export interface UnifiedLogFacts {
  /** absent: this is no Mac. unusable: log fails. forbidden: this user may not read it. empty: tailscaled wrote nothing to it of late. */
  readonly state: "absent" | "unusable" | "forbidden" | "empty" | "readable";
  /** Why it is unusable or forbidden, and what to do. */
  readonly sentence: string | null;
  /** Of the last hour. */
  readonly newest: JournalMoment | null;
  readonly newestCounters: JournalMoment | null;
}

export interface JournalMoment {
  /** Ms since 1970. */
  readonly at: number;
  readonly pid: number | null;
}

export interface LocalApiFacts {
  readonly socket: string;
  readonly state: "missing" | "refused" | "unusable" | "open";
  /** What stands in the way of it, or of its log tap, and what to do. */
  readonly sentence: string | null;
  readonly tap: "open" | "forbidden" | "unknown" | "unusable";
}

export interface IntakeFacts {
  readonly port: number;
  /** gristmill: an intake listens there. */
  readonly heldBy: "nobody" | "gristmill" | "another";
}
