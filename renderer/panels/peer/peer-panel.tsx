// Everything that the log says about the selected peer, and the lines that say it.
import { CloseButton } from "@mantine/core";
import { IconPointer } from "@tabler/icons-react";
import type { HalfEdge, Tunnel } from "../../../shared/graph/model.ts";
import { useGraph } from "../../state/graph.ts";
import { useRegionCodes } from "../../state/region-codes.ts";
import { peerSelected, useSelection } from "../../state/selection.ts";
import { useIsCurrent, useShownNow } from "../../state/shown-now.ts";
import { formatMoment, formatRate, formatSpan } from "../../ui/format.ts";
import { Lesson } from "../../ui/lesson.tsx";
import { useNow, useToday } from "../../ui/now.ts";
import { PathMark } from "../../ui/path-mark.tsx";
import { pathLabel, pathPlace } from "../../ui/path-words.ts";
import { PeerName } from "../../ui/peer-name.tsx";
import { peakRate, rateSteps } from "../../ui/rates.ts";
import { Sparkline } from "../../ui/sparkline.tsx";
import { VisibleText } from "../../ui/visible-text.tsx";
import type { Panel } from "../panel.ts";
import { EvidenceList } from "./evidence-list.tsx";
import { HalfEdges } from "./half-edges.tsx";
import { PastTraffic } from "./past-traffic.tsx";
import { PathTrust } from "./path-trust.tsx";
import styles from "./peer-panel.module.css";
import { RelayReasons } from "./relay-reasons.tsx";
import { SecondWitness } from "./second-witness.tsx";
import { WhoItIs } from "./who-it-is.tsx";

export const peerPanel: Panel = { name: "peer", title: "Peer", area: "side", Component: PeerPanel };

function PeerPanel() {
  const selected = useSelection((state) => state.peer);
  const tunnel = useGraph((state) => (selected === null ? undefined : state.tunnels.get(selected)));
  if (selected === null) {
    return (
      <Lesson icon={<IconPointer size={22} />} title="No peer selected">
        Choose a peer in the picture or in the table to see both ends of its tunnel, and the log lines behind every
        figure.
      </Lesson>
    );
  }
  if (tunnel === undefined) {
    return (
      <Lesson icon={<IconPointer size={22} />} title="This peer is gone">
        The log does not speak of <VisibleText text={selected} /> any more.
      </Lesson>
    );
  }
  return (
    <article className={styles.peer} data-testid="peer-details" data-peer={tunnel.peer}>
      <Head tunnel={tunnel} />
      <WhoItIs peer={tunnel.peer} />
      <PathTrust half={tunnel.near} />
      <RelayReasons tunnel={tunnel} />
      <Traffic peer={tunnel.peer} half={tunnel.near} />
      <PastTraffic peer={tunnel.peer} />
      <EvidenceList peer={tunnel.peer} half={tunnel.near} />
      <HalfEdges tunnel={tunnel} />
      <SecondWitness peer={tunnel.peer} />
    </article>
  );
}

function Head({ tunnel }: { readonly tunnel: Tunnel }) {
  const codes = useRegionCodes();
  const { path, paths } = tunnel.near;
  return (
    <header className={styles.head}>
      <h3>
        <PeerName peer={tunnel.peer} withIcon />
      </h3>
      <PathMark kind={path.kind} />
      <span className={styles.path}>
        {pathLabel(path, codes)}{" "}
        <span className={`mono ${styles.place}`}>
          <VisibleText text={pathPlace(path)} />
        </span>
      </span>
      <Since time={paths.at(-1)?.evidence.time ?? null} />
      <CloseButton className={styles.close} size="sm" aria-label="Select no peer" onClick={() => peerSelected(null)} />
      {tunnel.ambiguous && (
        <p className={styles.doubt}>More than one peer goes by this short key, so the figures may be another peer's.</p>
      )}
    </header>
  );
}

function Since({ time }: { readonly time: number | null }) {
  const now = useNow();
  const shownNow = useShownNow();
  if (time === null) return <span className={styles.since} />;
  return (
    <span className={`figure ${styles.since}`}>
      since {formatMoment(time, now)} ({formatSpan(shownNow - time)})
    </span>
  );
}

function Traffic({ peer, half }: { readonly peer: string; readonly half: HalfEdge }) {
  const today = useToday();
  const rate = useIsCurrent(half.counters?.stats.time) ? half.rate : null;
  const samples = useGraph((state) => state.view?.samples[peer]);
  const span = useGraph((state) => state.sampleSpan);
  const peak = span === null ? null : peakRate(rateSteps(samples ?? []), span);
  return (
    <figure className={styles.traffic}>
      <figcaption className={styles.caption}>
        <Series name="Receiving" kind="rx" now={rate?.rx} peak={peak?.rx} />
        <Series name="Sending" kind="tx" now={rate?.tx} peak={peak?.tx} />
      </figcaption>
      <div className={styles.chart}>
        <Sparkline samples={samples} span={span} height={26} steps={90} />
      </div>
      {span !== null && (
        <div className={`figure ${styles.axis}`} aria-hidden="true">
          <span>{formatMoment(span.from, today)}</span>
          <span>{formatMoment(span.to, today)}</span>
        </div>
      )}
    </figure>
  );
}

interface SeriesProps {
  readonly name: string;
  readonly kind: "rx" | "tx";
  readonly now: number | undefined;
  readonly peak: number | undefined;
}

function Series({ name, kind, now, peak }: SeriesProps) {
  return (
    <span className={styles.series} data-series={kind}>
      {name} <b className="figure">{now === undefined ? "no current rate" : formatRate(now)}</b>
      {peak !== undefined && peak > 0 && <span className={`figure ${styles.peak}`}>peak {formatRate(peak)}</span>}
    </span>
  );
}
