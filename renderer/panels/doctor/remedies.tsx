// What can be done, as commands to copy, and what each costs.
import type { Diagnosis } from "../../../shared/rpc/shapes.ts";
import { VisibleText } from "../../ui/visible-text.tsx";
import { CommandLine } from "./command-line.tsx";
import styles from "./doctor-panel.module.css";
import { listed, subjectOf } from "./words.ts";

/** By its name, or by its file. */
const starts = /\bgristmill(\.mjs["']?)? run\b/;

type Remedies = Diagnosis["remedies"];

export function Remedies({ remedies }: { readonly remedies: Remedies }) {
  return (
    <>
      <h3 className={styles.heading}>What you can do</h3>
      {remedies.length === 0 ? (
        <p className={styles.hint}>Nothing needs to be done.</p>
      ) : (
        <>
          <p className={styles.hint}>{hint(remedies)}</p>
          <ol className={styles.remedies}>
            {remedies.map((remedy, at) => (
              <RemedyRow key={remedy.does} number={at + 1} remedy={remedy} />
            ))}
          </ol>
        </>
      )}
    </>
  );
}

function hint(remedies: Remedies): string {
  const choice =
    remedies.length === 1
      ? ""
      : "Each of these helps by itself with what it names; the first is the one to try first. ";
  const run = "Commands are for a terminal on this machine, one after the other.";
  const startsGristmill = remedies.some(({ commands }) => commands.some((command) => starts.test(command)));
  const end = startsGristmill
    ? " Before one that starts Gristmill, end the Gristmill that this window belongs to."
    : "";
  return `${choice}${run}${end}`;
}

function RemedyRow({ number, remedy }: { readonly number: number; readonly remedy: Remedies[number] }) {
  const { does, commands, costs } = remedy;
  return (
    <li className={styles.remedy} data-testid="remedy">
      <span className={styles.number} aria-hidden="true">
        {number}
      </span>
      <div className={styles.words}>
        <h4>
          <VisibleText text={does} />
        </h4>
        <p className={styles.about}>Helps with: {listed(remedy.for.map((check) => subjectOf(check).title))}</p>
        <ul className={styles.commands}>
          {commands.map((command) => (
            <CommandLine key={command} command={command} />
          ))}
        </ul>
        <p>
          <b>What it costs:</b> <VisibleText text={costs} />
        </p>
      </div>
    </li>
  );
}
