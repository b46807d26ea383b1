// One destination: what it has, what the user said about it, and how to change that.
import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import type { StoredUntil, UploadStatus } from "../../../shared/rpc/shapes.ts";
import { ConsentQuestion } from "../../ui/consent-question.tsx";
import { countOf, formatBytes, formatCount, formatMoment } from "../../ui/format.ts";
import { useNow } from "../../ui/now.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import { pauseUpload, resumeUpload } from "../../uploads.ts";
import styles from "./upload-dialog.module.css";
import { mayLeave, stateTones, stateWords } from "./upload-words.ts";

interface Props {
  readonly upload: UploadStatus;
  /** Undefined until main has said. */
  readonly stored: StoredUntil | undefined;
}

export function DestinationCard({ upload, stored }: Props) {
  const isAsked = upload.state === "asks" || upload.state === "declined";
  return (
    <section
      className={styles.card}
      data-testid="destination"
      data-destination={upload.destination}
      data-state={upload.state}
    >
      <header className={styles.cardHead}>
        <h3>
          <VisibleText text={upload.destination} />
        </h3>
        <span className={styles.state} data-tone={stateTones[upload.state]}>
          {stateWords[upload.state]}
        </span>
        {!isAsked && <PauseButton upload={upload} />}
      </header>
      {upload.sentence !== null && (
        <p className={styles.failure}>
          <VisibleText text={upload.sentence} />
        </p>
      )}
      {isAsked ? (
        <ConsentQuestion destination={upload.destination} isDeclined={upload.state === "declined"} />
      ) : (
        <Facts upload={upload} stored={stored} />
      )}
    </section>
  );
}

function PauseButton({ upload: { state, destination } }: { readonly upload: UploadStatus }) {
  const [failure, setFailure] = useState<string | null>(null);
  const isPaused = state === "paused";
  const change = () => void (isPaused ? resumeUpload : pauseUpload)(destination).then(setFailure);
  return (
    <>
      {failure !== null && <p className={styles.failure}>{failure}</p>}
      <Button size="compact-sm" variant={isPaused ? "filled" : "default"} onClick={change}>
        {isPaused ? "Resume" : "Pause"}
      </Button>
    </>
  );
}

function Facts({ upload, stored }: Props) {
  const { pendingEntries, rejectedEntries, sentBytes, agreed } = upload;
  return (
    <dl className={styles.facts}>
      <Fact name="Stored there">{stored !== undefined && <Stored stored={stored} />}</Fact>
      <Fact name="To be sent">
        {pendingEntries === 0 ? "nothing" : countOf(pendingEntries, "entry", "entries")}
        {pendingEntries > 0 && !mayLeave(upload) && ", kept in the spool"}
      </Fact>
      {rejectedEntries > 0 && (
        <Fact name="Refused there">
          <span className={styles.warn}>
            {countOf(rejectedEntries, "entry", "entries")}, kept in the quarantine on this machine
          </span>
        </Fact>
      )}
      <Fact name="Sent since start">{formatBytes(sentBytes)}</Fact>
      <Fact name="Agreed">
        {agreed === null ? "not needed: it is a part of Gristmill" : <Agreed agreed={agreed} />}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="figure">{children}</dd>
    </div>
  );
}

/** The sentence that receipts are kept for. */
function Stored({ stored: { receipt, until, protocol } }: { readonly stored: StoredUntil }) {
  const now = useNow();
  if (receipt === null || until === null) return "nothing yet";
  const proof =
    protocol === "frames"
      ? `Receipt for frame ${receipt.acked} of stream ${receipt.stream}, SHA-256 ${receipt.hash}`
      : "A logtail server gives no receipts: it answered 200 for all of this.";
  return (
    <span title={proof} data-testid="stored-until">
      everything up to <b>{formatMoment(Date.parse(until), now)}</b>{" "}
      <span className={styles.proof}>
        {protocol === "frames"
          ? `frame ${formatCount(receipt.acked)}, ${receipt.hash.slice(0, 12)}…`
          : "by its own word, without a receipt"}
      </span>
    </span>
  );
}

function Agreed({ agreed: { at, by } }: { readonly agreed: NonNullable<UploadStatus["agreed"]> }) {
  const now = useNow();
  return `${formatMoment(Date.parse(at), now)}, ${by === "window" ? "in this window" : "on the command line"}`;
}
