// What a peer carried in a longer time than samples are kept for, from the history. Where there was no sample there is no line.
import { useEffect, useState } from "react";
import { bucketMs, type Resolution, type Rollup } from "../../../shared/rpc/history.ts";
import { pastTraffic } from "../../history.ts";
import { useConnection } from "../../state/connection.ts";
import { formatBytes, formatMoment, formatRate } from "../../ui/format.ts";
import { useToday } from "../../ui/now.ts";
import { coarserSteps, peakRate, rollupSteps, type Span, seriesArea, seriesPath } from "../../ui/rates.ts";
import styles from "./past-traffic.module.css";

interface Range {
  readonly name: string;
  readonly ms: number;
  readonly resolution: Resolution;
}

const minute = 60_000;
const ranges: readonly Range[] = [
  { name: "10 min", ms: 10 * minute, resolution: "10s" },
  { name: "24 h", ms: 24 * 60 * minute, resolution: "1m" },
  { name: "30 d", ms: 30 * 24 * 60 * minute, resolution: "1h" },
];

export function PastTraffic({ peer }: { readonly peer: string }) {
  const [range, setRange] = useState(ranges[0] as Range);
  const read = useRollups(peer, range);
  return (
    <figure className={styles.past} data-testid="past-traffic">
      <figcaption className={styles.caption}>
        <span>History</span>
        <fieldset className={styles.ranges}>
          <legend className={styles.hidden}>How far back</legend>
          {ranges.map((each) => (
            <label key={each.name} className={styles.range}>
              <input type="radio" name="past-range" checked={each === range} onChange={() => setRange(each)} />
              {each.name}
            </label>
          ))}
        </fieldset>
      </figcaption>
      {read === null ? (
        <p className={styles.none}>Reading…</p>
      ) : (
        <Chart rollups={read.rollups} range={range} span={read.span} />
      )}
    </figure>
  );
}

interface Read {
  readonly rollups: readonly Rollup[];
  readonly span: Span;
}

/** Null until they are there; read again as often as a bucket of theirs is full. */
function useRollups(peer: string, { ms, resolution }: Range): Read | null {
  const isOpen = useConnection((state) => state.state === "open");
  const [read, setRead] = useState<(Read & { readonly of: string }) | null>(null);
  const of = `${peer} ${resolution}`;
  useEffect(() => {
    if (!isOpen) return;
    let isOver = false;
    const look = async () => {
      const to = Math.ceil(Date.now() / bucketMs[resolution]) * bucketMs[resolution];
      const span = { from: to - ms, to };
      const rollups = await pastTraffic({ peer, resolution, ...span });
      if (rollups !== null && !isOver) setRead({ rollups, span, of: `${peer} ${resolution}` });
    };
    void look();
    const timer = setInterval(() => void look(), Math.min(bucketMs[resolution], minute));
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [peer, ms, resolution, isOpen]);
  return read?.of === of ? read : null;
}

const [width, height, steps] = [100, 56, 144];
/** The y axis never ends below this, in bytes per second: keepalives alone must not look like traffic. */
const quiet = 1_000;

function Chart({
  rollups,
  range,
  span,
}: {
  readonly rollups: readonly Rollup[];
  readonly range: Range;
  readonly span: Span;
}) {
  const today = useToday();
  const all = rollupSteps(rollups, bucketMs[range.resolution]);
  if (all.length === 0) return <p className={styles.none}>No sample of this peer in the last {range.name}.</p>;
  const drawn = coarserSteps(all, span, steps);
  const peak = peakRate(drawn, span);
  const box = { width, height, span, top: Math.max(quiet, peak.rx, peak.tx) };
  const sum = (of: (rollup: Rollup) => number) => rollups.reduce((total, rollup) => total + of(rollup), 0);
  const words = `received ${formatBytes(sum(({ rx, undatedRx }) => rx + undatedRx))}, sent ${formatBytes(sum(({ tx, undatedTx }) => tx + undatedTx))} in the last ${range.name}, at most ${formatRate(box.top)}`;
  return (
    <>
      <div className={styles.chart}>
        <span className={`figure ${styles.top}`} aria-hidden="true">
          {formatRate(box.top)}
        </span>
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={words}>
          <title>{words}</title>
          <path className={styles.rxArea} d={seriesArea(drawn, "rx", box)} />
          <path className={styles.rx} d={seriesPath(drawn, "rx", box)} />
          <path className={styles.tx} d={seriesPath(drawn, "tx", box)} />
        </svg>
      </div>
      <div className={`figure ${styles.axis}`} aria-hidden="true">
        <span>{formatMoment(span.from, today)}</span>
        <span>{formatMoment(span.to, today)}</span>
      </div>
    </>
  );
}
