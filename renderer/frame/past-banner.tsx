// Time travel: choosing a time, and saying, for as long as it is shown, that this is not now.
import { Button } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { showPast } from "../history.ts";
import { liveShown, useGraph } from "../state/graph.ts";
import { useStatus } from "../state/status.ts";
import { formatClock, formatDate, formatMoment } from "../ui/format.ts";
import { useToday } from "../ui/now.ts";
import banners from "./banners.module.css";
import styles from "./past-banner.module.css";

export function PastBanner() {
  const past = useGraph((state) => state.past);
  const today = useToday();
  if (past === null) return null;
  return (
    <div className={`${banners.banner} ${styles.past}`} role="status" data-testid="past">
      <IconHistory size={17} aria-hidden="true" />
      <span>
        <b>As of {formatMoment(past.asOf, today)}.</b>{" "}
        {past.exact
          ? "Machine, tunnels and events are shown as they were then. The log and the pipeline are of now."
          : "The log lines after that are no longer here, so it may have changed until the time that you chose."}
      </span>
      <TimeChoice time={past.time} label="Go to" />
      <Button size="compact-xs" onClick={liveShown}>
        Back to live
      </Button>
    </div>
  );
}

/** In the header: the way in. */
export function PastOpener() {
  const isPast = useGraph((state) => state.past !== null);
  const earliest = useEarliest();
  const [isOpen, setOpen] = useState(false);
  if (isPast) return null;
  return (
    <div className={styles.opener}>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconHistory size={15} />}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        Earlier
      </Button>
      {isOpen && (
        <div className={styles.choice}>
          <TimeChoice time={Math.max(Date.now() - 3_600_000, earliest ?? 0)} label="Show" done={() => setOpen(false)} />
        </div>
      )}
    </div>
  );
}

/** The first whole second that the history reaches back to; null while it reaches nowhere. */
function useEarliest(): number | null {
  const earliest = useStatus(({ status }) => status?.history.earliest ?? null);
  return earliest === null ? null : Math.ceil(earliest / 1_000) * 1_000;
}

interface Choice {
  /** What is suggested, ms since 1970. */
  readonly time: number;
  readonly label: string;
  readonly done?: () => void;
}

function TimeChoice({ time, label, done }: Choice) {
  const earliest = useEarliest();
  const [value, setValue] = useState(() => localTime(time));
  const [problem, setProblem] = useState<string | null>(null);
  const show = async (event: FormEvent) => {
    event.preventDefault();
    const chosen = Date.parse(value);
    if (Number.isNaN(chosen)) return setProblem("This is no time.");
    const sentence = await showPast(chosen);
    setProblem(sentence);
    if (sentence === null) done?.();
  };
  return (
    <form className={styles.form} noValidate onSubmit={(event) => void show(event)}>
      <input
        type="datetime-local"
        step="1"
        aria-label="Time to show"
        value={value}
        min={earliest === null ? undefined : localTime(earliest)}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button size="compact-xs" variant="default" type="submit">
        {label}
      </Button>
      {problem !== null && <span role="alert">{problem}</span>}
    </form>
  );
}

/** As the input wants it: local, "2026-08-22T15:19:51". */
function localTime(time: number): string {
  return `${formatDate(time)}T${formatClock(time)}`;
}
