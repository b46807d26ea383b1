// What happened, latest first. Every event leads to the line that tells of it.
import { Button } from "@mantine/core";
import {
  IconActivityHeartbeat,
  IconAlertTriangle,
  IconArrowsExchange,
  IconCloudDataConnection,
  IconHome,
  IconPlayerPlay,
  IconPlugConnected,
  IconRefresh,
  IconRotateClockwise,
  IconRoute,
  IconScale,
  IconTimelineEvent,
  IconTopologyStar3,
  IconUser,
  IconUserPlus,
} from "@tabler/icons-react";
import { memo } from "react";
import type { Disagreement } from "../../../shared/directory/model.ts";
import type { GraphEvent } from "../../../shared/graph/model.ts";
import { useDirectory, useNamed } from "../../state/directory.ts";
import { useGraph } from "../../state/graph.ts";
import { entrySelected, peerSelected } from "../../state/selection.ts";
import { formatMoment } from "../../ui/format.ts";
import { Lesson } from "../../ui/lesson.tsx";
import { useToday } from "../../ui/now.ts";
import { nameOf } from "../../ui/peer-name.tsx";
import { VisibleText } from "../../ui/visible-text.tsx";
import type { Panel } from "../panel.ts";
import { useTimeline } from "./earlier-events.ts";
import styles from "./events-panel.module.css";
import { type ShownEvent, shownEvents, withName } from "./rows.ts";

export const eventsPanel: Panel = { name: "events", title: "Events", area: "side", Component: EventsPanel };

const icons: Readonly<Record<ShownEvent["kind"], typeof IconRoute>> = {
  "process-start": IconPlayerPlay,
  state: IconArrowsExchange,
  login: IconUser,
  "home-derp": IconHome,
  path: IconRoute,
  "derp-connection": IconCloudDataConnection,
  session: IconPlugConnected,
  "peer-restart": IconRotateClockwise,
  "counter-reset": IconRefresh,
  health: IconActivityHeartbeat,
  "new-peer": IconUserPlus,
  netmap: IconTopologyStar3,
  loss: IconAlertTriangle,
  disagreement: IconScale,
};

const noEvents: readonly GraphEvent[] = [];
const noDisagreements: readonly Disagreement[] = [];

function EventsPanel() {
  const events = useGraph((state) => state.view?.events ?? noEvents);
  const shownTime = useGraph((state) => state.past?.asOf ?? "now");
  const disagreements = useDirectory((state) => state.directory?.disagreements ?? noDisagreements);
  const isNow = shownTime === "now"; // What tailscaled says against the log it says now.
  if (events.length === 0 && (disagreements.length === 0 || !isNow)) {
    return (
      <Lesson icon={<IconTimelineEvent size={22} />} title="Nothing has happened yet">
        Path changes, DERP connections, restarts, logins and losses are listed here, each with the line that tells of
        it.
      </Lesson>
    );
  }
  // Another time has another list, which is looked back from anew.
  return <Timeline key={shownTime} events={events} disagreements={isNow ? disagreements : noDisagreements} />;
}

interface TimelineProps {
  readonly events: readonly GraphEvent[];
  readonly disagreements: readonly Disagreement[];
}

function Timeline({ events, disagreements }: TimelineProps) {
  const { events: all, state, lookBack } = useTimeline(events);
  const latestFirst = shownEvents(all, disagreements);
  return (
    <ol className={styles.events} data-testid="events">
      {latestFirst.map((event, index) => (
        // Several events can come from one line; which of them is settled by how many come after it.
        <EventRow
          key={`${event.evidence.at} ${event.kind} ${event.peer} ${sameBefore(latestFirst, index)}`}
          event={event}
        />
      ))}
      <li className={styles.earlier}>
        {state === "all" ? (
          "Nothing before that."
        ) : (
          <Button size="compact-xs" variant="default" loading={state === "reading"} onClick={lookBack}>
            Show earlier
          </Button>
        )}
      </li>
    </ol>
  );
}

function sameBefore(events: readonly ShownEvent[], index: number): number {
  const [event, before] = [events[index], events[index - 1]];
  const same =
    before?.evidence.at === event?.evidence.at && before?.kind === event?.kind && before?.peer === event?.peer;
  return same ? 1 + sameBefore(events, index - 1) : 0;
}

const EventRow = memo(
  function EventRow({ event }: { readonly event: ShownEvent }) {
    const today = useToday();
    const { kind, peer, sentence, evidence, time } = event;
    const named = useNamed(peer ?? "");
    const Icon = icons[kind];
    const show = () => {
      if (peer !== null) peerSelected(peer);
      entrySelected(evidence.at);
    };
    return (
      <li>
        <button type="button" className={styles.event} data-kind={kind} onClick={show}>
          <Icon size={15} aria-hidden="true" />
          <span className={styles.sentence}>
            <VisibleText text={peer === null ? sentence : withName(sentence, peer, nameOf(named))} />
          </span>
          <time className={`figure ${styles.time}`}>{time === null ? "" : formatMoment(time, today)}</time>
        </button>
      </li>
    );
  },
  // Rows are made anew for each event that comes; what they say stays.
  (before, after) => before.event.sentence === after.event.sentence && before.event.evidence === after.event.evidence,
);
