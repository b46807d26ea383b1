// Where the log goes and how far it is there, what the user said about it, and what has left so far.
import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { LedgerDay, StoredUntil, UploadStatus } from "../../../shared/rpc/shapes.ts";
import { ask } from "../../connect.ts";
import { useStatus } from "../../state/status.ts";
import { Dialog } from "../../ui/dialog.tsx";
import { saveLedger } from "../../uploads.ts";
import { DestinationCard } from "./destination-card.tsx";
import { LedgerTable } from "./ledger-table.tsx";
import styles from "./upload-dialog.module.css";

/** As many as one looks through; the export has all. */
const shownDays = 31;
/** Of what is asked for again when something was sent, at most this often. */
const refreshMs = 1_000;

interface Told {
  readonly days: readonly LedgerDay[];
  readonly stored: readonly StoredUntil[];
}

const noUploads: readonly UploadStatus[] = [];

export function UploadDialog({ onClose }: { readonly onClose: () => void }) {
  const uploads = useStatus((state) => state.status?.uploads ?? noUploads);
  const told = useTold(uploads);
  const [failure, setFailure] = useState<string | null>(null);
  const save = (format: "csv" | "json") => void saveLedger(format).then(setFailure);
  return (
    <Dialog title="What leaves this machine" onClose={onClose}>
      <div data-testid="upload-dialog">
        {uploads.length === 0 && (
          <p className={styles.nothing}>
            Nothing leaves this machine: no destination is set. To send its log to a catcher, start Gristmill with{" "}
            <code>--catcher https://…</code>. Or name one in <code>settings.json</code> under <code>catchers</code> and
            answer the question that this window asks then.
          </p>
        )}
        {uploads.map((upload) => (
          <DestinationCard
            key={upload.destination}
            upload={upload}
            stored={told?.stored.find(({ destination }) => destination === upload.destination)}
          />
        ))}
        <section aria-labelledby="ledger-title">
          <header className={styles.ledgerHead}>
            <h3 id="ledger-title">Ledger</h3>
            <span>what left, by day (UTC)</span>
            <div className={styles.exports}>
              <Button
                size="compact-xs"
                variant="default"
                leftSection={<IconDownload size={13} />}
                onClick={() => save("csv")}
              >
                CSV
              </Button>
              <Button
                size="compact-xs"
                variant="default"
                leftSection={<IconDownload size={13} />}
                onClick={() => save("json")}
              >
                JSON
              </Button>
            </div>
          </header>
          {failure !== null && <p className={styles.failure}>{failure}</p>}
          <LedgerTable days={told?.days} />
        </section>
      </div>
    </Dialog>
  );
}

/** Ledger and receipts, asked for again when something was sent. Undefined before the first answer. */
function useTold(uploads: readonly UploadStatus[]): Told | undefined {
  const [told, setTold] = useState<Told>();
  const asked = useRef(0);
  const progress = uploads
    .map(({ destination, state, ackedEntries }) => `${destination} ${state} ${ackedEntries}`)
    .join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: progress is what makes the answer change
  useEffect(() => {
    const timer = setTimeout(
      () => {
        asked.current = Date.now();
        // What was asked is shown when it comes, however much was sent meanwhile: else a busy upload would never be told of.
        void tell().then((said) => said && setTold(said));
      },
      Math.max(0, asked.current + refreshMs - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [progress]);
  return told;
}

/** Undefined where there is nobody to ask, or the connection breaks: the window says so, and the next change asks again. */
async function tell(): Promise<Told | undefined> {
  try {
    const days = await ask((client) => client.upload.ledger({ days: shownDays }));
    const stored = await ask((client) => client.upload.receipts());
    return days === undefined || stored === undefined ? undefined : { days, stored };
  } catch {
    return undefined;
  }
}
