import { Button } from "@mantine/core";
import { IconCloudUpload } from "@tabler/icons-react";
import { useState } from "react";
import type { UploadStatus } from "../../../shared/rpc/shapes.ts";
import { sendNow } from "../../connect.ts";
import { useConnection } from "../../state/connection.ts";
import { useStatus } from "../../state/status.ts";
import { countOf, formatBytes, formatMoment, formatSpan } from "../../ui/format.ts";
import { useNow } from "../../ui/now.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./pipeline-panel.module.css";
import { Stage } from "./stage.tsx";
import { UploadDialog } from "./upload-dialog.tsx";
import { headline, mayLeave, mostUrgent, placeOf, stateTones, stateWords } from "./upload-words.ts";

const icon = <IconCloudUpload size={18} />;

export function UploadStage() {
  const uploads = useStatus((state) => state.status?.uploads);
  if (uploads === undefined) return <Stage name="Upload" tone="idle" state="" icon={icon} figure="–" remark="" />;
  return <Uploads uploads={uploads} />;
}

function Uploads({ uploads }: { readonly uploads: readonly UploadStatus[] }) {
  const [isOpen, setOpen] = useState(false);
  const urgent = mostUrgent(uploads);
  return (
    <div
      className={styles.upload}
      data-testid="upload-state"
      data-state={urgent?.state ?? "off"}
      data-acked={Math.min(...uploads.map(({ ackedEntries }) => ackedEntries), urgent?.ackedEntries ?? 0)}
      data-pending={Math.max(...uploads.map(({ pendingEntries }) => pendingEntries), 0)}
    >
      <Stage
        name="Upload"
        tone={urgent === undefined ? "idle" : stateTones[urgent.state]}
        state={urgent === undefined ? "off" : stateWords[urgent.state]}
        icon={icon}
        figure={urgent === undefined ? "nothing leaves this machine" : headline(urgent)}
        remark={urgent === undefined ? "no destination" : <Progress upload={urgent} />}
        sentence={urgent?.sentence}
        tools={<Tools uploads={uploads} onDetails={() => setOpen(true)} />}
      >
        {uploads.length > 1 && <Others uploads={uploads.filter((upload) => upload !== urgent)} />}
      </Stage>
      {isOpen && <UploadDialog onClose={() => setOpen(false)} />}
    </div>
  );
}

/** Every destination but the one that the stage itself speaks of, in a line each. */
function Others({ uploads }: { readonly uploads: readonly UploadStatus[] }) {
  return (
    <ul className={styles.others} aria-label="Other destinations">
      {uploads.map((upload) => (
        <li key={upload.destination} data-testid="upload-other" data-state={upload.state}>
          <span className={styles.state} data-tone={stateTones[upload.state]}>
            {stateWords[upload.state]}
          </span>
          <span className={`figure ${styles.remark}`}>
            <Progress upload={upload} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Progress({ upload }: { readonly upload: UploadStatus }) {
  const now = useNow();
  const until = upload.ackedUntil === null ? Number.NaN : Date.parse(upload.ackedUntil);
  const stored = `${countOf(upload.ackedEntries, "entry", "entries")} stored there, ${formatBytes(upload.sentBytes)} since start`;
  return (
    <span title={stored}>
      {Number.isNaN(until) ? "nothing stored yet at " : `until ${formatMoment(until, now)}, at `}
      <VisibleText text={placeOf(upload.destination)} />
    </span>
  );
}

function Tools({ uploads, onDetails }: { readonly uploads: readonly UploadStatus[]; readonly onDetails: () => void }) {
  const now = useNow();
  const isConnected = useConnection((state) => state.state === "open");
  const sendable = uploads.some((upload) => mayLeave(upload) && upload.pendingEntries > 0);
  const waiting = uploads.filter(({ state }) => state === "waiting");
  const next = Math.min(...waiting.map(({ retryAt }) => retryAt ?? Number.POSITIVE_INFINITY));
  return (
    <div className={styles.send}>
      <div className={styles.buttons}>
        {uploads.some(mayLeave) && (
          <Button
            size="compact-sm"
            variant={waiting.length > 0 ? "filled" : "default"}
            disabled={!isConnected || !sendable}
            onClick={() => void sendNow()}
          >
            Send now
          </Button>
        )}
        <Button size="compact-sm" variant="default" aria-haspopup="dialog" onClick={onDetails}>
          Details
        </Button>
      </div>
      {Number.isFinite(next) && <span className="figure">next try in {formatSpan(Math.max(0, next - now) + 999)}</span>}
    </div>
  );
}
