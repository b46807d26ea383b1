import { Button } from "@mantine/core";
import { IconCloudUpload } from "@tabler/icons-react";
import type { UploadStatus } from "../../../shared/rpc/shapes.ts";
import { sendNow } from "../../connect.ts";
import { useConnection } from "../../state/connection.ts";
import { useStatus } from "../../state/status.ts";
import { countOf, formatBytes, formatMoment, formatSpan } from "../../ui/format.ts";
import { useNow } from "../../ui/now.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./pipeline-panel.module.css";
import { Stage, type Tone } from "./stage.tsx";

const tones: Readonly<Record<UploadStatus["state"], Tone>> = {
  off: "idle",
  idle: "good",
  sending: "busy",
  waiting: "warn",
};
const words: Readonly<Record<UploadStatus["state"], string>> = {
  off: "off",
  idle: "up to date",
  sending: "sending",
  waiting: "waiting",
};

export function UploadStage() {
  const upload = useStatus((state) => state.status?.upload);
  if (upload === undefined) {
    return <Stage name="Upload" tone="idle" state="" icon={<IconCloudUpload size={18} />} figure="–" remark="" />;
  }
  return (
    <div
      className={styles.upload}
      data-testid="upload-state"
      data-state={upload.state}
      data-acked={upload.ackedEntries}
      data-pending={upload.pendingEntries}
    >
      <Stage
        name="Upload"
        tone={tones[upload.state]}
        state={words[upload.state]}
        icon={<IconCloudUpload size={18} />}
        figure={headline(upload)}
        remark={upload.state === "off" ? "no destination" : <Progress upload={upload} />}
        sentence={upload.sentence}
        tools={upload.state !== "off" && <SendNow upload={upload} />}
      />
    </div>
  );
}

function headline({ state, pendingEntries, ackedEntries }: UploadStatus): string {
  if (state === "off") return "nothing leaves this machine";
  if (pendingEntries > 0) return `${countOf(pendingEntries, "entry", "entries")} pending`;
  return ackedEntries > 0 ? "everything sent" : "nothing to send yet";
}

function Progress({ upload }: { readonly upload: UploadStatus }) {
  const now = useNow();
  const until = upload.ackedUntil === null ? Number.NaN : Date.parse(upload.ackedUntil);
  return (
    <span
      title={`${countOf(upload.ackedEntries, "entry", "entries")} stored there, ${formatBytes(upload.sentBytes)} since start`}
    >
      {Number.isNaN(until) ? "nothing stored yet at " : `until ${formatMoment(until, now)}, at `}
      <VisibleText text={place(upload.destination)} />
    </span>
  );
}

function SendNow({ upload }: { readonly upload: UploadStatus }) {
  const now = useNow();
  const connected = useConnection((state) => state.state === "open");
  const waits = upload.state === "waiting" && upload.retryAt !== null;
  return (
    <div className={styles.send}>
      <Button
        size="compact-sm"
        variant={upload.state === "waiting" ? "filled" : "default"}
        disabled={!connected || upload.pendingEntries === 0}
        onClick={() => void sendNow()}
      >
        Send now
      </Button>
      {waits && (
        <span className="figure">next try in {formatSpan(Math.max(0, (upload.retryAt ?? 0) - now) + 999)}</span>
      )}
    </div>
  );
}

/** The destination without what everyone knows about it. */
function place(destination: string | null): string {
  return destination?.replace(/^https?:\/\//, "").replace(/\/$/, "") ?? "the catcher";
}
