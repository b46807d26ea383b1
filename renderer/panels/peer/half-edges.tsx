// Both ends of a tunnel, side by side. They may disagree, and each is right about itself.
import type { HalfEdge, Tunnel } from "../../../shared/graph/model.ts";
import { useRegionCodes } from "../../state/region-codes.ts";
import { useShownNow } from "../../state/shown-now.ts";
import { formatBytes, formatCount, formatMoment, formatRate } from "../../ui/format.ts";
import { useNow } from "../../ui/now.ts";
import { pathLabel, type RegionCodes } from "../../ui/path-words.ts";
import { isCurrent } from "../../ui/rates.ts";
import styles from "./peer-panel.module.css";
import { sessionFigures } from "./session-figures.ts";

interface Moment {
  readonly now: number;
  /** What is shown is of then. */
  readonly shownNow: number;
  readonly codes: RegionCodes;
}

interface Figure {
  readonly name: string;
  readonly of: (half: HalfEdge, at: Moment) => string;
}

const noSample = "no sample";
const bytes = (value: number | undefined) =>
  value === undefined ? noSample : value < 1000 ? formatBytes(value) : `${formatBytes(value)} (${formatCount(value)})`;
const moment = (time: number | null, now: number) => (time === null ? "no time" : formatMoment(time, now));

function rates({ rate, counters }: HalfEdge, { now, shownNow }: Moment): string {
  if (rate === null) return noSample;
  const words = `↓ ${formatRate(rate.rx)}  ↑ ${formatRate(rate.tx)}`;
  const time = counters?.stats.time ?? null;
  return isCurrent(time, shownNow) ? words : `none now; last known ${words}, ${moment(time, now)}`;
}

const figures: readonly Figure[] = [
  { name: "Path", of: (half, { codes }) => pathLabel(half.path, codes) },
  { name: "Received", of: (half) => bytes(half.counters?.rx) },
  { name: "Sent", of: (half) => bytes(half.counters?.tx) },
  {
    name: "Rates",
    of: rates,
  },
  { name: "Counter resets", of: ({ counters }) => (counters === null ? noSample : formatCount(counters.resets)) },
  { name: "First seen", of: (half, { now }) => moment(half.firstSeen.time, now) },
  { name: "Last seen", of: (half, { now }) => moment(half.lastSeen.time, now) },
];

export function HalfEdges({ tunnel }: { readonly tunnel: Tunnel }) {
  const now = useNow();
  const shownNow = useShownNow();
  const codes = useRegionCodes();
  const at = { now, shownNow, codes };
  const { near, far } = tunnel;
  const more = sessionFigures.filter(({ of }) => of(near, now) !== null || (far !== null && of(far, now) !== null));
  return (
    <table className={styles.halves}>
      <thead>
        <tr>
          <th scope="col">As seen from</th>
          <th scope="col">this machine</th>
          <th scope="col">the other end</th>
        </tr>
      </thead>
      <tbody>
        {figures.map(({ name, of }, index) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="figure">{of(near, at)}</td>
            {far !== null && <td className="figure">{of(far, at)}</td>}
            {far === null && index === 0 && (
              <td rowSpan={figures.length} className={styles.noFar}>
                No log from the other end here.
              </td>
            )}
          </tr>
        ))}
        {/* These take more room, and have it where there is no other end to show. */}
        {more.map(({ name, of }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td colSpan={far === null ? 2 : 1} className={`figure ${styles.value}`}>
              {of(near, now) ?? noSample}
            </td>
            {far !== null && <td className={`figure ${styles.value}`}>{of(far, now) ?? noSample}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
