// The tunnels as a picture: this machine in the middle, its peers around it. The peers table says the same in words.
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconFocusCentered, IconMinus, IconPlus } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useShallow } from "zustand/react/shallow";
import { unknownMachine } from "../../../shared/graph/machine-model.ts";
import { drawnSlots } from "../../graph/slots.ts";
import { openTunnelPicture, type TunnelPicture } from "../../graph/tunnel-picture.ts";
import { nameIn, useDirectory } from "../../state/directory.ts";
import { useGraph } from "../../state/graph.ts";
import { peerSelected, useSelection } from "../../state/selection.ts";
import { shownNow } from "../../state/shown-now.ts";
import { countOf } from "../../ui/format.ts";
import { onTick } from "../../ui/now.ts";
import { paced } from "../../ui/paced.ts";
import { PanelFrame } from "../../ui/panel-frame.tsx";
import { type PathKind, pathKinds, pathNames, regionCodes } from "../../ui/path-words.ts";
import type { Panel } from "../panel.ts";
import { Legend } from "./legend.tsx";
import { NothingYet } from "./nothing-yet.tsx";
import { Readout } from "./readout.tsx";
import styles from "./tunnels-panel.module.css";

export const tunnelsPanel: Panel = { name: "tunnels", title: "Tunnels", area: "graph", Component: TunnelsPanel };

function TunnelsPanel() {
  const counts = useGraph(
    useShallow((state) => countKinds([...state.tunnels.values()].map((tunnel) => tunnel.near.path.kind))),
  );
  const total = pathKinds.reduce((sum, kind) => sum + counts[kind], 0);
  const [pointed, setPointed] = useState<string | null>(null);
  const [picture, element] = usePicture(setPointed);
  return (
    <PanelFrame title="Tunnels" note={<Note total={total} pointed={pointed} />} tools={<Tools picture={picture} />}>
      <div className={styles.stage}>
        <div
          ref={element}
          className={styles.picture}
          role="img"
          aria-label={summary(total, counts)}
          data-testid="tunnel-picture"
        />
        {total === 0 && (
          <div className={styles.lesson}>
            <NothingYet />
          </div>
        )}
        <Legend counts={counts} />
      </div>
    </PanelFrame>
  );
}

/** How many there are, or, while the pointer is on one, which. */
function Note({ total, pointed }: { readonly total: number; readonly pointed: string | null }) {
  if (pointed !== null) return <Readout peer={pointed} />;
  return total > drawnSlots ? `${countOf(total, "peer")}, the first ${drawnSlots} drawn` : countOf(total, "peer");
}

/** Five times a second is as often as the picture is drawn: widths are read at a glance, and every drawing draws all lines. */
const drawEveryMs = 200;

/** Keeps a picture in an element, fed from the stores without going through React: a difference draws only what it changed. */
function usePicture(pointed: (peer: string | null) => void) {
  const element = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<TunnelPicture | null>(null);
  useEffect(() => {
    if (element.current === null) return;
    const opened = openTunnelPicture(element.current, { chosen: peerSelected, pointed });
    const show = () => {
      const { index } = useDirectory.getState();
      const { tunnels, slots, view } = useGraph.getState();
      const codes = regionCodes(view?.machine ?? unknownMachine);
      opened.show({ tunnels, slots, codes, nameOf: (peer) => nameIn(index, peer), now: shownNow() });
    };
    show();
    opened.choose(useSelection.getState().peer);
    const drawing = paced(show, drawEveryMs);
    const stop = [
      useGraph.subscribe((state, before) => {
        if (state.tunnels !== before.tunnels) drawing.ask();
      }),
      useDirectory.subscribe((state, before) => {
        if (state.index !== before.index) drawing.ask();
      }),
      // A rate grows old without any news.
      onTick(drawing.ask),
      drawing.stop,
      useSelection.subscribe((state) => opened.choose(state.peer)),
    ];
    setPicture(opened);
    return () => {
      for (const end of stop) end();
      opened.close();
    };
  }, [pointed]);
  return [picture, element] as const;
}

function Tools({ picture }: { readonly picture: TunnelPicture | null }) {
  const tools = [
    { label: "Zoom in", icon: IconPlus, run: () => picture?.zoomBy(1.3) },
    { label: "Zoom out", icon: IconMinus, run: () => picture?.zoomBy(1 / 1.3) },
    { label: "Show all", icon: IconFocusCentered, run: () => picture?.showAll() },
  ];
  return tools.map(({ label, icon: Icon, run }) => (
    <Tooltip key={label} label={label}>
      <ActionIcon aria-label={label} onClick={run}>
        <Icon size={16} />
      </ActionIcon>
    </Tooltip>
  ));
}

function countKinds(kinds: readonly PathKind[]): Record<PathKind, number> {
  const counts = { direct: 0, "peer-relay": 0, derp: 0, unknown: 0 };
  for (const kind of kinds) counts[kind]++;
  return counts;
}

function summary(total: number, counts: Readonly<Record<PathKind, number>>): string {
  if (total === 0) return "Picture of the tunnels: none yet.";
  const parts = pathKinds.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${pathNames[kind]}`);
  return `Picture of the tunnels: ${countOf(total, "peer")}, ${parts.join(", ")}. The peers table lists them.`;
}
