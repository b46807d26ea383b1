// The place above all others, for one panel at a time: the rest of the window waits until it is closed.
import { CloseButton } from "@mantine/core";
import type { Panel } from "../panels/panel.ts";
import { panelOpened, useOpened } from "../state/opened.ts";
import { PanelFrame } from "../ui/panel-frame.tsx";
import { PanelGuard } from "../ui/panel-guard.tsx";
import { useModal } from "../ui/use-modal.ts";
import styles from "./over.module.css";

export function Over({ panels }: { readonly panels: readonly Panel[] }) {
  const opened = useOpened((state) => state.panel);
  const panel = panels.find(({ name }) => name === opened);
  return panel === undefined ? null : <OpenPanel key={panel.name} panel={panel} />;
}

const close = () => panelOpened(null);

function OpenPanel({ panel: { name, title, Component } }: { readonly panel: Panel }) {
  const modal = useModal(close);
  return (
    <dialog {...modal} className={styles.over} aria-label={title} data-panel={name}>
      <PanelFrame title={title} tools={<CloseButton size="md" aria-label={`Close the ${name}`} onClick={close} />}>
        <div className={styles.place}>
          <PanelGuard name={name}>
            <Component />
          </PanelGuard>
        </div>
      </PanelFrame>
    </dialog>
  );
}
