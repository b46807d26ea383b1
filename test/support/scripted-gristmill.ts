// A Gristmill that does what a test says: its log is what the test writes, the real grinder reads it, and the contract is answered from that.
import { EventPublisher, implement, ORPCError } from "@orpc/server";
import type { DirectoryView } from "../../shared/directory/model.ts";
import type { Entry } from "../../shared/entry.ts";
import type { GraphDifference } from "../../shared/graph/model.ts";
import { Graph } from "../../shared/graph/reduce.ts";
import { Grinder } from "../../shared/grinder/grind.ts";
import { contract } from "../../shared/rpc/contract.ts";
import type { EventPage, PastGraph, PathSpan, Resolution, Rollup } from "../../shared/rpc/history.ts";
import type { Examination, LedgerDay, LogLine, Status, StoredUntil, UploadStatus } from "../../shared/rpc/shapes.ts";

export interface ScriptedEntry {
  readonly time: number;
  readonly text: string;
  readonly level?: number;
  readonly source?: string;
  readonly loss?: Entry["loss"];
}

export const quietStatus: Status = {
  version: "0.1.0",
  shell: "headless",
  notice: null,
  demo: false,
  sources: [{ name: "journald", state: "following", sentence: null, entries: 0 }],
  spool: {
    state: "open",
    sentence: null,
    directory: "/var/lib/gristmill/spool",
    entries: 0,
    bytes: 0,
    budgetBytes: 256 * 1024 * 1024,
    quarantinedBytes: 0,
    isDamaged: false,
  },
  history: {
    state: "ready",
    sentence: null,
    bytes: 0,
    budgetBytes: 128 * 1024 * 1024,
    earliest: null,
    setAside: null,
    regrown: null,
  },
  uploads: [],
};

/** A destination that has everything, of nothing. */
export const quietUpload: UploadStatus = {
  destination: "http://127.0.0.1:8417",
  protocol: "frames",
  state: "idle",
  agreed: { at: "2026-08-22T15:00:00.000Z", by: "command line" },
  trouble: null,
  sentence: null,
  retryAt: null,
  ackedEntries: 0,
  ackedUntil: null,
  pendingEntries: 0,
  rejectedEntries: 0,
  sentBytes: 0,
};

/** What the history answers, whatever is asked of a resolution, a time or a peer; events are paged. */
export interface Past {
  readonly rollups: Partial<Record<Resolution, readonly Rollup[]>>;
  /** Oldest first. */
  readonly events: readonly EventPage["events"][number][];
  readonly spans: readonly PathSpan[];
  readonly graph: PastGraph | null;
}

/** Of somebody who asks nobody for names. */
export const noDirectory: DirectoryView = {
  standing: { state: "off", sentence: null, place: "", version: null, asked: null },
  tailnet: "",
  self: null,
  peers: [],
  disagreements: [],
};

/** What the streams of the contract are fed from. */
interface Script {
  readonly graph: Graph;
  readonly log: LogLine[];
  readonly changes: EventPublisher<{
    graph: GraphDifference;
    log: readonly LogLine[];
    status: Status;
    directory: DirectoryView;
    examination: Examination;
  }>;
  /** Aborts to make the status stream fail. */
  readonly broken: AbortController;
  status: Status;
  past: Past;
  directory: DirectoryView;
  /** How an examination goes, from its beginning; one that has come to no end yet goes on with what is added. */
  examination: readonly Examination[];
  /** Examinations that somebody waits for now. */
  examining: number;
  /** What the window asked of the uploads, in order. */
  readonly asked: unknown[];
  ledger: readonly LedgerDay[];
  receipts: readonly StoredUntil[];
  /** What the next call is answered that changes something, instead of being done. */
  refusal: string | undefined;
}

/** What answers for Gristmill, for any transport: `router` speaks the contract, the rest is the test's to use. */
export function scriptGristmill() {
  const grinder = new Grinder();
  const graph = new Graph();
  const log: LogLine[] = [];
  const changes: Script["changes"] = new EventPublisher();
  const script: Script = {
    graph,
    log,
    changes,
    broken: new AbortController(),
    status: quietStatus,
    directory: noDirectory,
    examination: [{ kind: "looking", at: [] }],
    examining: 0,
    asked: [],
    ledger: [],
    receipts: [],
    refusal: undefined,
    past: { rollups: {}, events: [], spans: [], graph: null },
  };
  return {
    router: scriptedRouter(script),
    write(entries: readonly ScriptedEntry[]) {
      const from = log.length;
      for (const [index, scripted] of entries.entries()) {
        const [line, entry] = [logLine(scripted, from + 1 + index), entryOf(scripted)];
        log.push(line);
        graph.take(grinder.grind(entry, line.ordinal), entry, line.ordinal);
      }
      changes.publish("log", log.slice(from));
      const difference = graph.takeDifference();
      if (difference !== undefined) changes.publish("graph", difference);
    },
    say(change: Partial<Status>) {
      script.status = { ...script.status, ...change };
      changes.publish("status", script.status);
    },
    /** Who is who, from now on. */
    name(directory: DirectoryView) {
      script.directory = directory;
      changes.publish("directory", directory);
    },
    /** What those who ask for an examination from now on hear, and those who wait for the end of one hear next. */
    examined(...examination: readonly Examination[]) {
      script.examination = examination;
      for (const said of examination) changes.publish("examination", said);
    },
    examining: () => script.examining,
    asked: () => script.asked,
    /** What is told of the past. */
    tell({ ledger, receipts }: Pick<Script, "ledger" | "receipts">) {
      script.ledger = ledger;
      script.receipts = receipts;
    },
    /** What the history answers from now on. */
    remember(past: Partial<Past>) {
      script.past = { ...script.past, ...past };
    },
    refuse(sentence: string | undefined) {
      script.refusal = sentence;
    },
    /** One of the streams fails, while the transport is as it was. */
    breakStatus: () => script.broken.abort(),
  };
}

function scriptedRouter(script: Script) {
  const { graph, log, changes, broken } = script;
  const os = implement(contract);
  const watchGraph = os.graph.watch.handler(async function* ({ signal }) {
    const differences = changes.subscribe("graph", { signal });
    yield { kind: "snapshot", graph: graph.view() };
    for await (const difference of differences) yield { kind: "difference", difference };
  });
  const watchLog = os.log.watch.handler(async function* ({ input, signal }) {
    const appended = changes.subscribe("log", { signal });
    yield { kind: "replace", lines: input.latest === 0 ? [] : log.slice(-input.latest) };
    for await (const lines of appended) yield { kind: "append", lines: [...lines] };
  });
  const watchStatus = os.status.watch.handler(async function* ({ signal }) {
    const until = signal ? AbortSignal.any([signal, broken.signal]) : broken.signal;
    const changed = changes.subscribe("status", { signal: until });
    yield script.status;
    yield* changed;
  });
  const watchDirectory = os.directory.watch.handler(async function* ({ signal }) {
    const changed = changes.subscribe("directory", { signal });
    yield { kind: "snapshot", directory: script.directory };
    for await (const directory of changed) yield { kind: "snapshot", directory };
  });
  const examine = os.doctor.examine.handler(async function* ({ signal }) {
    script.examining++;
    try {
      const more = changes.subscribe("examination", { signal });
      for (const said of script.examination) yield said;
      if (script.examination.at(-1)?.kind !== "looking") return;
      for await (const said of more) {
        yield said;
        if (said.kind !== "looking") return;
      }
    } finally {
      script.examining--;
    }
  });
  return os.router({
    directory: { watch: watchDirectory },
    doctor: { examine },
    graph: { watch: watchGraph },
    history: historyOf(script),
    log: {
      watch: watchLog,
      read: os.log.read.handler(({ input }) => log.slice(input.from - 1, input.from - 1 + input.count)),
    },
    status: { watch: watchStatus },
    upload: {
      sendNow: os.upload.sendNow.handler(() => noted(script, "send now")),
      consent: os.upload.consent.handler(({ input }) => noted(script, { consent: input })),
      pause: os.upload.pause.handler(({ input }) => noted(script, { pause: input })),
      resume: os.upload.resume.handler(({ input }) => noted(script, { resume: input })),
      ledger: os.upload.ledger.handler(() => [...script.ledger]),
      exportLedger: os.upload.exportLedger.handler(({ input: { format } }) => ({
        name: `ledger.${format}`,
        type: format === "csv" ? "text/csv" : "application/json",
        text: `the ledger as ${format}`,
      })),
      receipts: os.upload.receipts.handler(() => [...script.receipts]),
    },
  });
}

function historyOf(script: Script) {
  const os = implement(contract);
  return {
    series: os.history.series.handler(({ input: { resolution, from, to } }) =>
      (script.past.rollups[resolution] ?? []).filter(({ time }) => time >= from && time < to),
    ),
    events: os.history.events.handler(({ input: { before, limit, kinds, peer } }) => {
      const older = script.past.events.filter(
        (event) =>
          (before === undefined || event.evidence.at < before.at) &&
          (kinds === undefined || kinds.includes(event.kind)) &&
          (peer === undefined || event.peer === peer),
      );
      return { events: older.slice(-limit).reverse(), more: older.length > limit };
    }),
    paths: os.history.paths.handler(() => [...script.past.spans]),
    graphAt: os.history.graphAt.handler(() => script.past.graph),
  };
}

function noted(script: Script, what: unknown): void {
  if (script.refusal !== undefined) throw new ORPCError("INTERNAL_SERVER_ERROR", { message: script.refusal });
  script.asked.push(what);
}

function entryOf({ time, text, level, loss }: ScriptedEntry): Entry {
  return {
    logtail: { client_time: new Date(time).toISOString() },
    ...(level ? { v: level } : {}),
    text,
    ...(loss ? { loss } : {}),
  };
}

function logLine(
  { time, text, level = 0, source = "journald", loss = undefined }: ScriptedEntry,
  ordinal: number,
): LogLine {
  return { ordinal, time, level, source, text, loss: loss ?? null };
}
