// No tunnels to draw. Which of three reasons it is makes the difference for what to do.
import { IconPlugConnectedX, IconRouteOff, IconSeeding } from "@tabler/icons-react";
import { useConnection } from "../../state/connection.ts";
import { useGraph } from "../../state/graph.ts";
import { useStatus } from "../../state/status.ts";
import { countOf } from "../../ui/format.ts";
import { Lesson } from "../../ui/lesson.tsx";
import { VisibleText } from "../../ui/visible-text.tsx";
import { AskDoctor } from "../doctor/ask-doctor.tsx";
import styles from "./nothing-yet.module.css";

export function NothingYet() {
  const connected = useConnection((state) => state.state === "open");
  const lines = useGraph((state) => state.view?.lines.total ?? 0);
  if (!connected) {
    return (
      <Lesson icon={<IconPlugConnectedX size={22} />} title="Not connected to Gristmill">
        The window draws what Gristmill tells it and holds nothing of its own. It keeps trying; the log goes on being
        read and stored meanwhile.
      </Lesson>
    );
  }
  if (lines === 0) return <NoEntries />;
  return (
    <Lesson icon={<IconRouteOff size={22} />} title="No tunnel in this log yet">
      {countOf(lines, "entry", "entries")} read so far, and none names a peer. A tunnel appears with the first one that
      does: when a peer is contacted, or when its path changes.
    </Lesson>
  );
}

function NoEntries() {
  const trouble = useStatus((state) => state.status?.sources.find((source) => source.sentence !== null)?.sentence);
  return (
    <Lesson icon={<IconSeeding size={22} />} title="No entries yet">
      {trouble ? (
        <VisibleText text={trouble} />
      ) : (
        "Gristmill is listening. The first line that tailscaled logs shows up here and in the log below."
      )}
      <p className={styles.ask}>
        <AskDoctor>What can be read here?</AskDoctor>
      </p>
    </Lesson>
  );
}
