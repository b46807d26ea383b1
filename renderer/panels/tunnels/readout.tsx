// One line beside the title: the peer under the pointer.

import { useGraph } from "../../state/graph.ts";
import { useRegionCodes } from "../../state/region-codes.ts";
import { useIsCurrent } from "../../state/shown-now.ts";
import { formatRate } from "../../ui/format.ts";
import { PathMark } from "../../ui/path-mark.tsx";
import { pathLabel, pathPlace } from "../../ui/path-words.ts";
import { PeerName } from "../../ui/peer-name.tsx";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./readout.module.css";

/** Says nothing that the peers table does not say, so it is left out for screen readers. */
export function Readout({ peer }: { readonly peer: string }) {
  const tunnel = useGraph((state) => state.tunnels.get(peer));
  const codes = useRegionCodes();
  const isCurrent = useIsCurrent(tunnel?.near.counters?.stats.time);
  if (tunnel === undefined) return null;
  const { path } = tunnel.near;
  const rate = isCurrent ? tunnel.near.rate : null;
  return (
    <span className={styles.readout} aria-hidden="true">
      <b>
        <PeerName peer={tunnel.peer} />
      </b>
      <PathMark kind={path.kind} />
      <span>{pathLabel(path, codes)}</span>
      <span className={`mono ${styles.place}`}>
        <VisibleText text={pathPlace(path)} />
      </span>
      <span className="figure">
        {rate === null ? "no current rate" : `↓ ${formatRate(rate.rx)}  ↑ ${formatRate(rate.tx)}`}
      </span>
    </span>
  );
}
