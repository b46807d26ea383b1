// What tailscaled itself says of the peer now, apart from the log's figures, and whether both can be true.
import { IconAlertTriangle, IconCheck, IconHistory, IconMinus } from "@tabler/icons-react";
import type { DaemonPath, DirectoryNode, Verdict } from "../../../shared/directory/model.ts";
import { useDirectory, useNamed } from "../../state/directory.ts";
import { formatAge, formatBytes, formatCount } from "../../ui/format.ts";
import { useNow } from "../../ui/now.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./second-witness.module.css";

const looks: Readonly<Record<Verdict["state"], { readonly word: string; readonly Icon: typeof IconCheck }>> = {
  agrees: { word: "agrees with the log", Icon: IconCheck },
  older: { word: "the log is older", Icon: IconHistory },
  disagrees: { word: "disagrees with the log", Icon: IconAlertTriangle },
  incomparable: { word: "not comparable", Icon: IconMinus },
};

export function SecondWitness({ peer }: { readonly peer: string }) {
  const named = useNamed(peer);
  if (named.kind !== "known") return null;
  const { agreement, path, counters } = named.node;
  return (
    <section className={styles.witness} aria-label="Second witness" data-testid="second-witness">
      <h4>
        tailscaled's own word <Asked />
      </h4>
      <dl>
        <Row name="Path" said={pathWords(path)} verdict={agreement?.path} />
        <Row name="Bytes" said={bytesWords(counters)} verdict={agreement?.counters} />
        <Row name="Handshake" said={<Handshake node={named.node} />} verdict={undefined} />
      </dl>
    </section>
  );
}

function Asked() {
  const asked = useDirectory((state) => state.directory?.standing.asked);
  const now = useNow();
  return asked == null ? null : <span className={`figure ${styles.asked}`}>{formatAge(asked, now)}</span>;
}

interface RowProps {
  readonly name: string;
  readonly said: React.ReactNode;
  readonly verdict: Verdict | undefined;
}

function Row({ name, said, verdict }: RowProps) {
  return (
    <div className={styles.row} data-about={name} data-state={verdict?.state}>
      <dt>{name}</dt>
      <dd>{typeof said === "string" ? <VisibleText text={said} /> : said}</dd>
      {verdict !== undefined && (
        <dd className={styles.verdict}>
          <Mark state={verdict.state} />
          <span className={styles.why}>
            <VisibleText text={verdict.sentence} />
          </span>
        </dd>
      )}
    </div>
  );
}

function Mark({ state }: { readonly state: Verdict["state"] }) {
  const { word, Icon } = looks[state];
  return (
    <span className={styles.mark} data-state={state}>
      <Icon size={13} aria-hidden="true" /> {word}
    </span>
  );
}

function Handshake({ node: { lastHandshake } }: { readonly node: DirectoryNode }) {
  const now = useNow();
  return lastHandshake === null ? "none" : formatAge(lastHandshake, now);
}

function pathWords(path: DaemonPath): string {
  switch (path.kind) {
    case "direct":
      return `direct ${path.addr}`;
    case "peer-relay":
      return `peer relay ${path.addr}`;
    case "derp":
      return `DERP ${path.code}`.trimEnd();
    case "idle":
      return "idle: nothing sent of late";
    case "unknown":
      return "not said yet";
  }
}

function bytesWords(counters: DirectoryNode["counters"]): string {
  if (counters === null) return "no tunnel now";
  const of = (bytes: number) => (bytes < 1000 ? formatBytes(bytes) : `${formatBytes(bytes)} (${formatCount(bytes)})`);
  return `↓ ${of(counters.rx)}  ↑ ${of(counters.tx)} since the tunnel was made`;
}
