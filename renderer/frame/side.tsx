// The place beside the log: one panel at a time under tabs, or, where there is room, two.
import { Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useState } from "react";
import type { Panel } from "../panels/panel.ts";
import { useSelection } from "../state/selection.ts";
import { PanelFrame } from "../ui/panel-frame.tsx";
import { PanelGuard } from "../ui/panel-guard.tsx";
import styles from "./side.module.css";

/** From here on the side is high enough for the first panel to stand above the others. */
const roomy = "(width >= 1800px) and (height >= 900px)";

export function Side({ panels }: { readonly panels: readonly Panel[] }) {
  const hasRoom = useMediaQuery(roomy, false, { getInitialValueInEffect: false });
  const [first, ...others] = panels;
  if (!hasRoom || first === undefined) return <TabbedPanels panels={panels} />;
  return (
    <div className={styles.two}>
      <PanelFrame title={first.title}>
        <PanelGuard name={first.name}>
          <first.Component />
        </PanelGuard>
      </PanelFrame>
      <TabbedPanels panels={others} />
    </div>
  );
}

function TabbedPanels({ panels }: { readonly panels: readonly Panel[] }) {
  const [shown, setShown] = useState(panels.find((panel) => panel.name === "events")?.name ?? panels[0]?.name ?? "");
  const peer = useSelection((state) => state.peer);
  useEffect(() => {
    if (peer !== null && panels.some((panel) => panel.name === "peer")) setShown("peer");
  }, [peer, panels]);
  return (
    <Tabs
      className={styles.tabs}
      value={shown}
      onChange={(name) => name !== null && setShown(name)}
      keepMounted={false}
      classNames={{ list: styles.list ?? "", tab: styles.tab ?? "", panel: styles.panel ?? "" }}
    >
      <Tabs.List aria-label="More about this machine">
        {panels.map(({ name, title }) => (
          <Tabs.Tab key={name} value={name}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {panels.map(({ name, Component }) => (
        <Tabs.Panel key={name} value={name}>
          <PanelGuard name={name}>
            <Component />
          </PanelGuard>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
