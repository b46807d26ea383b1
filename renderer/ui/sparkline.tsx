// Received and sent over time, from samples. Where there is no sample there is no line.
import { memo, useMemo } from "react";
import type { Sample } from "../../shared/graph/model.ts";
import { formatMoment, formatRate } from "./format.ts";
import { coarserSteps, peakRate, rateSteps, type Span, seriesArea, seriesPath } from "./rates.ts";
import styles from "./sparkline.module.css";

const noSamples: readonly Sample[] = [];
/** The y axis never ends below this, in bytes per second: keepalives alone must not look like traffic. */
const quiet = 1_000;

interface Props {
  readonly samples: readonly Sample[] | undefined;
  readonly span: Span | null;
  readonly height: number;
  /** About how many steps there is room for. */
  readonly steps: number;
}

export const Sparkline = memo(function Sparkline({ samples = noSamples, span, height, steps }: Props) {
  const drawn = useMemo(() => draw(samples, span, { height, steps }), [samples, span, height, steps]);
  if (drawn === null) {
    return (
      <div className={styles.none} role="img" aria-label="no rate yet: a rate needs two samples">
        <span aria-hidden="true" />
      </div>
    );
  }
  return (
    <svg
      className={styles.spark}
      viewBox={`0 0 100 ${height}`}
      height={height}
      preserveAspectRatio="none"
      role="img"
      aria-label={drawn.words}
    >
      <title>{drawn.words}</title>
      <path className={styles.rxArea} d={drawn.rxArea} />
      <path className={styles.rx} d={drawn.rx} />
      <path className={styles.tx} d={drawn.tx} />
    </svg>
  );
});

/** When it was: a chart of last week looks like one of the last minutes. */
function range({ from, to }: Span): string {
  const now = Date.now();
  return `from ${formatMoment(from, now)} to ${formatMoment(to, now)}`;
}

function draw(
  samples: readonly Sample[],
  span: Span | null,
  { height, steps: count }: { height: number; steps: number },
) {
  if (span === null) return null;
  const steps = coarserSteps(rateSteps(samples), span, count);
  if (steps.length === 0) return null;
  const peak = peakRate(steps, span);
  const box = { width: 100, height: height - 2, span, top: Math.max(quiet, peak.rx, peak.tx) };
  return {
    rx: seriesPath(steps, "rx", box),
    rxArea: seriesArea(steps, "rx", box),
    tx: seriesPath(steps, "tx", box),
    words: `received up to ${formatRate(peak.rx)}, sent up to ${formatRate(peak.tx)}, ${range(span)}`,
  };
}
