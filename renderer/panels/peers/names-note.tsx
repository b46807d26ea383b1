// Whom the names are from, and how old they are where nobody can be asked now.
import { IconAlertTriangle } from "@tabler/icons-react";
import type { Standing } from "../../../shared/directory/model.ts";
import { useDirectory } from "../../state/directory.ts";
import { formatMoment } from "../../ui/format.ts";
import { visibleString } from "../../ui/hidden-characters.ts";
import { useToday } from "../../ui/now.ts";
import styles from "./names-note.module.css";

export function NamesNote() {
  const standing = useDirectory((state) => state.directory?.standing);
  const today = useToday();
  if (standing === undefined) return null;
  return (
    <span
      className={styles.note}
      data-testid="names"
      data-state={standing.state}
      title={standing.sentence === null ? undefined : visibleString(standing.sentence)}
    >
      {standing.state === "waiting" && <IconAlertTriangle size={13} aria-hidden="true" />}
      {words(standing, today)}
    </span>
  );
}

function words({ state, asked, sentence }: Standing, today: number): string {
  switch (state) {
    case "off":
      return "by their keys: nobody is asked for names";
    case "looking":
      return "asking tailscaled for names";
    case "watching":
    case "polling":
      return "names from tailscaled";
    case "waiting":
      return asked === null
        ? `no names: ${visibleString(sentence ?? "")}`
        : `names as of ${formatMoment(asked, today)}: ${visibleString(sentence ?? "")}`;
  }
}
