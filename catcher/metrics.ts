// What Prometheus is told (https://prometheus.io/docs/practices/naming): base units, counters that end in _total, labels of few values. No label
// names a machine: there are too many, and whoever may read this need not know them.
import { readdir } from "node:fs/promises";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** Why something was refused. */
export type RefusalReason =
  | "no-identity"
  | "connections"
  | "requests"
  | "bytes"
  | "memory"
  | "slow"
  | "too-large"
  | "bad"
  | "behind"
  | "fork"
  | "revoked"
  | "no-space"
  | "disk";

/** Read when somebody asks. */
export interface Readings {
  readonly connections: () => number;
  readonly requestMemoryBytes: () => number;
  readonly freeBytes: () => number | undefined;
  readonly storedBytes: () => number | undefined;
  readonly quotaBytes: number | undefined;
  readonly isHealthy: () => boolean;
}

export interface Metrics {
  readonly registry: Registry;
  /** Labels: route (a pattern, never an address), status. */
  readonly requestSeconds: Histogram<"route" | "status">;
  readonly refused: Counter<"reason">;
  readonly receivedBytes: Counter<"route">;
  readonly storedEntries: Counter<"route">;
  readonly repeatedEntries: Counter<"route">;
  readonly writtenBytes: Counter;
  readonly syncSeconds: Histogram;
  readonly lastStored: Gauge;
}

const prefix = "gristmill_catcher_";
/** From a cached answer to the longest that a client waits. */
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const syncBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

export function catcherMetrics(readings: Readings): Metrics {
  const registry = new Registry();
  const named = (name: string, help: string) => ({ name: `${prefix}${name}`, help, registers: [registry] });
  readingGauges(readings, named);
  processGauges(registry);
  const route = ["route"] as const;
  return {
    registry,
    requestSeconds: new Histogram({
      ...named("request_duration_seconds", "From the head of a request to the end of its answer."),
      labelNames: ["route", "status"],
      buckets: requestBuckets,
    }),
    refused: new Counter({
      ...named("refused_total", "Requests that were not answered 200, by reason."),
      labelNames: ["reason"],
    }),
    receivedBytes: new Counter({ ...named("received_bytes_total", "Bodies as they came, packed."), labelNames: route }),
    storedEntries: new Counter({ ...named("stored_entries_total", "Entries that were stored."), labelNames: route }),
    repeatedEntries: new Counter({
      ...named("repeated_entries_total", "Entries that were sent again, recognised, and not stored again."),
      labelNames: route,
    }),
    writtenBytes: new Counter(named("written_bytes_total", "Bytes written to the disk.")),
    syncSeconds: new Histogram({
      ...named("sync_duration_seconds", "Time that an fdatasync took."),
      buckets: syncBuckets,
    }),
    lastStored: new Gauge(named("last_stored_timestamp_seconds", "When something was stored last, since 1970.")),
  };
}

type Named = (name: string, help: string) => { name: string; help: string; registers: Registry[] };

function readingGauges(readings: Readings, named: Named): void {
  const gauge = (name: string, help: string, read: () => number | undefined) =>
    new Gauge({
      ...named(name, help),
      collect() {
        const value = read();
        if (value === undefined) this.reset();
        else this.set(value);
      },
    });
  gauge("healthy", "1 unless the last attempt to store failed.", () => Number(readings.isHealthy()));
  gauge("connections", "Open connections.", readings.connections);
  gauge("request_memory_bytes", "Memory that requests at work hold.", readings.requestMemoryBytes);
  gauge("disk_free_bytes", "Free space on the disk, when it was last looked at.", readings.freeBytes);
  gauge("stored_bytes", "Bytes of all files of the store.", readings.storedBytes);
  if (readings.quotaBytes !== undefined)
    gauge("quota_bytes", "Bytes that the store may take.", () => readings.quotaBytes);
}

/** Those of https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics that cost nothing while nobody asks. */
function processGauges(registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: "process_cpu_seconds_total",
    help: "User and system CPU time.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
  gauge("process_start_time_seconds", "When the process started, since 1970.", () =>
    Math.round(Date.now() / 1_000 - process.uptime()),
  );
  if (process.platform === "linux")
    gauge("process_open_fds", "Open file descriptors.", async () => (await readdir("/proc/self/fd")).length);
}
