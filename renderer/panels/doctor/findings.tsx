// What was found: about tailscaled itself, and about each place where its log may be.
import { IconAlertTriangle, IconCheck, IconCircleCheck, IconCircleMinus, IconMinus } from "@tabler/icons-react";
import type { Diagnosis, Finding } from "../../../shared/rpc/shapes.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./doctor-panel.module.css";
import { type Fact, factsOf, stateWords, subjectOf } from "./words.ts";

const marks = { good: IconCircleCheck, attention: IconAlertTriangle, off: IconCircleMinus } as const;

export function Findings({ diagnosis }: { readonly diagnosis: Diagnosis }) {
  const of = (isSource: boolean) =>
    diagnosis.checks
      .filter(({ source }) => (source !== null) === isSource)
      .map((finding) => <FindingRow key={finding.name} finding={finding} facts={factsOf(finding, diagnosis)} />);
  return (
    <>
      <h3 className={styles.heading}>This machine</h3>
      <ul className={styles.findings}>{of(false)}</ul>
      <h3 className={styles.heading}>Where its log can be read</h3>
      <ul className={styles.findings}>{of(true)}</ul>
    </>
  );
}

function FindingRow({ finding, facts }: { readonly finding: Finding; readonly facts: readonly Fact[] }) {
  const { name, state, sentence } = finding;
  const { title, about } = subjectOf(name);
  const Mark = marks[state];
  return (
    <li className={styles.finding} data-testid="finding" data-check={name} data-state={state}>
      <Mark className={styles.mark} size={19} aria-hidden="true" />
      <div className={styles.words}>
        <h4>
          {title} <span className={styles.about}>{about}</span>
        </h4>
        <p>
          <b className={styles.state}>{stateWords[state]}</b> <VisibleText text={sentence} />
        </p>
      </div>
      {facts.length > 0 && (
        <dl className={styles.facts}>
          {facts.map((fact) => (
            <div key={fact.name} data-answer={fact.answer ?? undefined}>
              <dt>{fact.name}</dt>
              <dd>
                {fact.answer !== null && <Answer yes={fact.answer} />}
                <VisibleText text={fact.words} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}

function Answer({ yes }: { readonly yes: boolean }) {
  return yes ? <IconCheck size={14} aria-hidden="true" /> : <IconMinus size={14} aria-hidden="true" />;
}
