// The log itself: live at its end, and back to its beginning by scrolling. What a figure rests on is shown and marked here.
import { CloseButton, TextInput } from "@mantine/core";
import { IconFilter, IconSeeding } from "@tabler/icons-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import type { LogLine } from "../../../shared/rpc/shapes.ts";
import { useLog } from "../../state/log.ts";
import { useSelection } from "../../state/selection.ts";
import { countOf } from "../../ui/format.ts";
import { Lesson } from "../../ui/lesson.tsx";
import { PanelFrame } from "../../ui/panel-frame.tsx";
import type { Panel } from "../panel.ts";
import { EntryDrawer } from "./entry-drawer.tsx";
import { LogList } from "./log-list.tsx";
import styles from "./log-panel.module.css";
import { filteredLines } from "./rows.ts";
import { useOlderSearch } from "./use-older-search.ts";

export const logPanel: Panel = { name: "log", title: "Log", area: "log", Component: LogPanel };

function LogPanel() {
  const [typed, setTyped] = useState("");
  const filter = useDeferredValue(typed);
  const empty = useLog((state) => state.tail.length === 0);
  const older = useOlderSearch(filter);
  useUncover(filter, older.hits, () => setTyped(""));
  return (
    <PanelFrame title="Log" note={<Extent />} tools={<FilterField value={typed} onChange={setTyped} />}>
      {empty ? (
        <Lesson icon={<IconSeeding size={22} />} title="The log is empty">
          Entries appear here once they are safely on disk, and before anything else reads them.
        </Lesson>
      ) : (
        <div className={styles.stack}>
          <LogList filter={filter} older={older} />
          <EntryDrawer />
        </div>
      )}
    </PanelFrame>
  );
}

/** Takes the filter away when somebody asks for an entry that it hides. */
function useUncover(filter: string, hits: readonly LogLine[], uncover: () => void): void {
  const entry = useSelection((state) => state.entry);
  const asked = useRef(entry?.asked);
  useEffect(() => {
    if (entry === null || asked.current === entry.asked) return;
    asked.current = entry.asked;
    if (filter === "") return;
    const shown = [...hits, ...filteredLines(useLog.getState().tail, filter)];
    if (!shown.some((line) => line.ordinal === entry.ordinal)) uncover();
  });
}

function Extent() {
  const last = useLog((state) => state.tail.at(-1)?.ordinal ?? 0);
  return last === 0 ? null : countOf(last, "entry", "entries");
}

function FilterField({ value, onChange }: { readonly value: string; readonly onChange: (value: string) => void }) {
  return (
    <TextInput
      aria-label="Show only entries that contain"
      placeholder="Filter"
      size="xs"
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      leftSection={<IconFilter size={14} />}
      rightSection={
        value === "" ? null : <CloseButton size="xs" aria-label="Clear the filter" onClick={() => onChange("")} />
      }
      classNames={{ root: styles.filter ?? "", input: styles.filterInput ?? "" }}
    />
  );
}
