// One screen: who this is, how the log flows, and the panels.
import styles from "./app.module.css";
import { Banners } from "./frame/banners.tsx";
import { Header } from "./frame/header.tsx";
import { Over } from "./frame/over.tsx";
import { Side } from "./frame/side.tsx";
import { panels } from "./panels/index.ts";
import type { Panel } from "./panels/panel.ts";
import { useConnection } from "./state/connection.ts";
import { useGraph } from "./state/graph.ts";
import { PanelGuard } from "./ui/panel-guard.tsx";

const side = panels.filter((panel) => panel.area === "side");
const over = panels.filter((panel) => panel.area === "over");
const alone = panels.filter((panel) => panel.area !== "side" && panel.area !== "over");

export function App() {
  const stale = useConnection((state) => state.state === "lost" || state.state === "refused");
  const refused = useConnection((state) => state.state === "refused");
  const hasPicture = useGraph((state) => state.view !== null);
  // Refused before the first answer, the panels could say "nothing yet" only, and that is not known.
  const isKnown = hasPicture || !refused;
  return (
    <div className={styles.app}>
      <Header panels={over} />
      <Banners />
      {isKnown && <Panels stale={stale} />}
      <Over panels={over} />
    </div>
  );
}

function Panels({ stale }: { readonly stale: boolean }) {
  return (
    <main className={styles.panels} data-stale={stale || undefined}>
      {alone.map((panel) => (
        <Place key={panel.name} panel={panel} />
      ))}
      <div className={`${styles.place} ${styles.side}`}>
        <Side panels={side} />
      </div>
    </main>
  );
}

function Place({ panel: { name, area, Component } }: { readonly panel: Panel }) {
  return (
    <div className={`${styles.place} ${styles[area]}`} data-panel={name}>
      <PanelGuard name={name}>
        <Component />
      </PanelGuard>
    </div>
  );
}
