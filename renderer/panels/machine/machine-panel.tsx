// This machine and the network around it, as its own log tells them: what decides whether tunnels can be direct, and what is wrong now.
import { IconActivityHeartbeat, IconWorldQuestion } from "@tabler/icons-react";
import { type FactGroup, factGroups, troubleTitle } from "../../../shared/graph/machine-words.ts";
import type { Evidence, Machine, Netcheck } from "../../../shared/graph/model.ts";
import { useGraph } from "../../state/graph.ts";
import { entrySelected } from "../../state/selection.ts";
import { Lesson } from "../../ui/lesson.tsx";
import { derpLabel, regionCodes } from "../../ui/path-words.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import type { Panel } from "../panel.ts";
import styles from "./machine-panel.module.css";
import { latencies, netcheckFacts } from "./netcheck-facts.ts";

export const machinePanel: Panel = { name: "machine", title: "Network", area: "side", Component: MachinePanel };

function MachinePanel() {
  const machine = useGraph((state) => state.view?.machine);
  if (machine === undefined || isSilent(machine)) {
    return (
      <Lesson icon={<IconWorldQuestion size={22} />} title="Nothing about the network yet">
        tailscaled reports on UDP, NAT and DERP when it starts, when the network changes, and every few minutes at
        verbosity 1.
      </Lesson>
    );
  }
  const groups = factGroups(machine);
  const now = groups.find(({ title }) => title === troubleTitle);
  const others = groups.filter((group) => group !== now);
  return (
    <div className={styles.machine}>
      <Health machine={machine} />
      {now && <Group {...now} />}
      <Network machine={machine} />
      {others.map((group) => (
        <Group key={group.title} {...group} />
      ))}
      {machine.logId && (
        <Row name="Log ID" evidence={machine.logId.evidence}>
          <span className={`mono ${styles.id}`}>
            <VisibleText text={machine.logId.value} />
          </span>
        </Row>
      )}
    </div>
  );
}

function isSilent(machine: Machine): boolean {
  const { netcheck, health, derpConnections, logId } = machine;
  const isQuiet = netcheck === null && logId === null && health.length === 0 && derpConnections.length === 0;
  return isQuiet && factGroups(machine).length === 0;
}

function Network({ machine }: { readonly machine: Machine }) {
  if (machine.netcheck === null && machine.derpConnections.length === 0) return null;
  return (
    <section className={styles.group} aria-label="Network">
      <h3 className={styles.title}>Network</h3>
      {machine.netcheck && <Facts netcheck={machine.netcheck.value} evidence={machine.netcheck.evidence} />}
      <Derp machine={machine} />
    </section>
  );
}

function Group({ title, facts }: FactGroup) {
  return (
    <section className={styles.group} aria-label={title}>
      <h3 className={styles.title}>{title}</h3>
      {facts.map(({ name, words, good, evidence }) => (
        <Row key={`${name} ${words}`} name={name} evidence={evidence}>
          <span data-good={good ?? undefined} className={styles.fact}>
            <VisibleText text={words} />
          </span>
        </Row>
      ))}
    </section>
  );
}

function Health({ machine }: { readonly machine: Machine }) {
  return machine.health.map(({ code, text, evidence }) => (
    <button key={code} type="button" className={styles.warning} onClick={() => entrySelected(evidence.at)}>
      <IconActivityHeartbeat size={16} aria-hidden="true" />
      <span>
        <b>
          <VisibleText text={code} />
        </b>{" "}
        <VisibleText text={text} />
      </span>
    </button>
  ));
}

function Facts({ netcheck, evidence }: { readonly netcheck: Netcheck; readonly evidence: Evidence }) {
  return netcheckFacts(netcheck).map(({ name, words, good }) => (
    <Row key={name} name={name} evidence={evidence}>
      <span data-good={good ?? undefined} className={styles.fact}>
        <VisibleText text={words} />
      </span>
    </Row>
  ));
}

function Derp({ machine }: { readonly machine: Machine }) {
  const home = machine.homeDerp?.value.id ?? machine.netcheck?.value.preferredDerp ?? null;
  const open = new Map(machine.derpConnections.map(({ region, evidence }) => [region, evidence]));
  const rows = latencies(machine.netcheck?.value.derpLatencyMs ?? {}, [...open.keys()]);
  if (rows.length === 0) return null;
  const codes = regionCodes(machine);
  const slowest = Math.max(1, ...rows.map((row) => row.ms ?? 0));
  return (
    <ul className={styles.derp} aria-label="DERP regions">
      {rows.map(({ region, ms }) => (
        <li key={region}>
          <span className="figure">{derpLabel(region, codes)}</span>
          <svg className={styles.bar} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect width={ms === null ? 0 : Math.max(2, (ms / slowest) * 100)} height="6" rx="1" />
          </svg>
          <span className={`figure ${styles.ms}`}>{ms === null ? "not measured" : `${ms} ms`}</span>
          <span className={styles.role}>
            {[region === home && "home", open.has(region) && "connected"].filter(Boolean).join(", ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

interface RowProps {
  readonly name: string;
  readonly evidence: Evidence;
  readonly children: React.ReactNode;
}

function Row({ name, evidence, children }: RowProps) {
  return (
    <button
      type="button"
      className={styles.row}
      title="Show the line in the log"
      onClick={() => entrySelected(evidence.at)}
    >
      <span className={styles.name}>
        <VisibleText text={name} />
      </span>
      {children}
    </button>
  );
}
