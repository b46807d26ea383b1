// One short function per contract method. It does not compile until every method has one.
import { implement, ORPCError } from "@orpc/server";
import { consentVersion } from "../../shared/consent.ts";
import { contract, differenceIntervalMs } from "../../shared/rpc/contract.ts";
import type { Status } from "../../shared/rpc/shapes.ts";
import type { LocalDirectory } from "../directory/local-directory.ts";
import type { Doctor } from "../doctor/doctor.ts";
import type { GrinderReader } from "../grinder-reader.ts";
import { type History, NoHistory } from "../history/history.ts";
import { readLog, watchLog } from "../log-viewer.ts";
import type { Changes } from "../platform/changes.ts";
import type { Clock } from "../platform/clock.ts";
import type { Spool } from "../spool/spool.ts";
import { NoSuchDestination, NotNoted, type Uploads } from "../uploader/uploads.ts";

/** What the handlers reach: the running services, and nothing that could build one. */
export interface Services {
  readonly spool: Spool;
  readonly grinder: GrinderReader;
  readonly history: History;
  readonly directory: LocalDirectory;
  readonly doctor: Doctor;
  readonly uploads: Uploads;
  readonly clock: Clock;
  /** Announces whenever `status()` may read differently. */
  readonly changes: Changes;
  /** Aborts when the app closes: it ends every stream. */
  readonly signal: AbortSignal;
  status(): Status;
}

export type AppRouter = ReturnType<typeof router>;

/** The contract's answers, for any transport. A stream ends when its client leaves or the app closes. */
export function router(services: Services) {
  const { spool, grinder, history, directory, doctor, uploads, clock } = services;
  const rpc = implement(contract);
  const until = (client: AbortSignal | undefined) =>
    client === undefined ? services.signal : AbortSignal.any([client, services.signal]);
  return rpc.router({
    directory: {
      watch: rpc.directory.watch.handler(({ input, signal }) => directory.watch(until(signal), input.looks)),
    },
    doctor: { examine: rpc.doctor.examine.handler(({ signal }) => doctor.examine(until(signal))) },
    graph: { watch: rpc.graph.watch.handler(({ signal }) => grinder.watch(until(signal))) },
    history: {
      series: rpc.history.series.handler(({ input }) =>
        answered(() => history.ask((reads) => reads.series(input.peer, input.resolution, input))),
      ),
      events: rpc.history.events.handler(({ input }) => answered(() => history.ask((reads) => reads.events(input)))),
      paths: rpc.history.paths.handler(({ input }) =>
        answered(() => history.ask((reads) => reads.paths(input.peer, input))),
      ),
      graphAt: rpc.history.graphAt.handler(({ input, signal }) =>
        answered(() => history.graphAt(spool, input.time, until(signal))),
      ),
    },
    log: {
      watch: rpc.log.watch.handler(({ input, signal }) =>
        watchLog(spool, input.latest, { clock, signal: until(signal) }),
      ),
      read: rpc.log.read.handler(({ input }) => readLog(spool, input.from, input.count)),
    },
    status: { watch: rpc.status.watch.handler(({ signal }) => watchStatus(services, until(signal))) },
    upload: {
      sendNow: rpc.upload.sendNow.handler(() => uploads.sendNow()),
      consent: rpc.upload.consent.handler(({ input: { destination, agree, text } }) => {
        if (text !== consentVersion) throw new ORPCError("CONFLICT", { message: staleText });
        return said(uploads.consent(destination, agree));
      }),
      pause: rpc.upload.pause.handler(({ input }) => said(uploads.pause(input.destination))),
      resume: rpc.upload.resume.handler(({ input }) => said(uploads.resume(input.destination))),
      ledger: rpc.upload.ledger.handler(({ input }) => uploads.ledger.days(input.days)),
      exportLedger: rpc.upload.exportLedger.handler(({ input }) => uploads.ledger.exported(input.format)),
      receipts: rpc.upload.receipts.handler(() => uploads.receipts()),
    },
  });
}

const staleText = "What is asked for has changed since this window was opened; load it again and read it.";

/** The failures that the contract names, with the sentence for the user; anything else is a bug, and stays unnamed. */
async function said(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (error instanceof NoSuchDestination) throw new ORPCError("NOT_FOUND", { message: error.message });
    if (error instanceof NotNoted) throw new ORPCError("INTERNAL_SERVER_ERROR", { message: error.message });
    throw error;
  }
}

async function answered<Answer>(answer: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof NoHistory) throw new ORPCError("SERVICE_UNAVAILABLE", { message: error.message });
    throw error;
  }
}

async function* watchStatus({ status, changes, clock }: Services, signal: AbortSignal): AsyncGenerator<Status> {
  while (!signal.aborted) {
    const changed = changes.wait(signal); // Before the look, so that a change right after it is not missed.
    yield status();
    await clock.sleep(differenceIntervalMs, signal);
    await changed;
  }
}
