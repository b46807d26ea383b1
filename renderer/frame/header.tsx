// Whose machine this is, and whether the window is up to date.
import { Button } from "@mantine/core";
import { IconActivityHeartbeat } from "@tabler/icons-react";
import type { ReactNode } from "react";
import mark from "../../assets/icon.svg";
import type { Machine } from "../../shared/graph/model.ts";
import type { Panel } from "../panels/panel.ts";
import { useGraph } from "../state/graph.ts";
import { panelOpened } from "../state/opened.ts";
import { entrySelected } from "../state/selection.ts";
import { useStatus } from "../state/status.ts";
import { countOf } from "../ui/format.ts";
import { visibleString } from "../ui/hidden-characters.ts";
import { PeerName } from "../ui/peer-name.tsx";
import { VisibleText } from "../ui/visible-text.tsx";
import { ConnectionLight } from "./connection-light.tsx";
import styles from "./header.module.css";
import { PastOpener } from "./past-banner.tsx";
import { SchemeToggle } from "./scheme-toggle.tsx";

/** @param panels those that open above the others. */
export function Header({ panels }: { readonly panels: readonly Panel[] }) {
  const machine = useGraph((state) => state.view?.machine);
  const version = useStatus((state) => state.status?.version);
  return (
    <header className={styles.header}>
      <h1 className={styles.brand} title={version === undefined ? undefined : `Gristmill ${version}`}>
        <img src={mark} alt="" width="28" height="28" />
        Gristmill
      </h1>
      <dl className={styles.facts} aria-label="This machine">
        {machine && <Facts machine={machine} />}
      </dl>
      <div className={styles.end}>
        {machine && machine.health.length > 0 && <HealthNote machine={machine} />}
        <ConnectionLight />
        <PastOpener />
        {panels.map((panel) => (
          <Opener key={panel.name} panel={panel} />
        ))}
        <SchemeToggle />
      </div>
    </header>
  );
}

function Facts({ machine }: { readonly machine: Machine }) {
  const { login, self, state, homeDerp, version } = machine;
  return (
    <>
      <Fact name="State" at={state?.evidence.at}>
        {state && (
          <span className={styles.state} data-state={state.value}>
            <VisibleText text={state.value} />
          </span>
        )}
      </Fact>
      <Fact name="Login" at={login?.evidence.at} wide>
        {login && <VisibleText text={login.value || "logged out"} />}
      </Fact>
      <Fact name="Node key" at={self?.evidence.at}>
        {self && <PeerName peer={self.value} />}
      </Fact>
      <Fact name="Home DERP" at={homeDerp?.evidence.at}>
        {homeDerp && <VisibleText text={derpName(homeDerp.value)} />}
      </Fact>
      <Fact name="tailscaled" at={version?.evidence.at} minor>
        {version && (
          <span title={visibleString(version.value)}>
            <VisibleText text={version.value.split("-", 1)[0] ?? ""} />
          </span>
        )}
      </Fact>
    </>
  );
}

interface FactProps {
  readonly name: string;
  /** The entry that says so. */
  readonly at: number | undefined;
  readonly children: ReactNode;
  /** Takes the space that is left. */
  readonly wide?: boolean;
  /** Goes first where space is short. */
  readonly minor?: boolean;
}

function Fact({ name, at, children, wide, minor }: FactProps) {
  return (
    <div className={styles.fact} data-wide={wide} data-minor={minor}>
      <dt>{name}</dt>
      <dd>
        {at === undefined ? (
          <span className={styles.unsaid} title="The log has not said yet.">
            –
          </span>
        ) : (
          <button type="button" title="Show the line that says so" onClick={() => entrySelected(at)}>
            {children}
          </button>
        )}
      </dd>
    </div>
  );
}

function Opener({ panel: { name, title, Icon } }: { readonly panel: Panel }) {
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={Icon && <Icon size={15} />}
      aria-haspopup="dialog"
      onClick={() => panelOpened(name)}
    >
      {title}
    </Button>
  );
}

function HealthNote({ machine }: { readonly machine: Machine }) {
  const first = machine.health[0];
  return (
    <button
      type="button"
      className={styles.health}
      title={machine.health.map(({ code, text }) => visibleString(`${code}: ${text}`)).join("\n")}
      onClick={() => first && entrySelected(first.evidence.at)}
    >
      <IconActivityHeartbeat size={15} aria-hidden="true" />
      {countOf(machine.health.length, "warning")}
    </button>
  );
}

function derpName({ id, code }: { readonly id: number; readonly code: string | null }): string {
  if (id === 0) return "none";
  return code === null ? String(id) : `${code} (${id})`;
}
