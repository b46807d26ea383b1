// "May this machine's log go there?", with what leaves, where to, and how to stop; nothing is sent before somebody says yes here.
import { Button } from "@mantine/core";
import { useState } from "react";
import { consentText } from "../../shared/consent.ts";
import { answerConsent } from "../uploads.ts";
import styles from "./consent-question.module.css";
import { VisibleText } from "./visible-text.tsx";

interface Props {
  readonly destination: string;
  /** Somebody has said no: yes can still be said. */
  readonly isDeclined?: boolean;
}

export function ConsentQuestion({ destination, isDeclined = false }: Props) {
  const [failure, setFailure] = useState<string | null>(null);
  const { what, where, stop } = consentText(destination);
  const answer = (agree: boolean) => void answerConsent(destination, agree).then(setFailure);
  return (
    <div className={styles.question} data-testid="consent" data-destination={destination}>
      <dl className={styles.text}>
        <div>
          <dt>What leaves</dt>
          <dd>{what}</dd>
        </div>
        <div>
          <dt>Where to</dt>
          <dd>
            <VisibleText text={where} />
          </dd>
        </div>
        <div>
          <dt>How to stop</dt>
          <dd>{stop}</dd>
        </div>
      </dl>
      <div className={styles.answer}>
        <span className={styles.note}>
          {isDeclined ? "You said no. Nothing is sent." : "Nothing has been sent so far."}
        </span>
        {!isDeclined && (
          <Button size="compact-sm" variant="default" onClick={() => answer(false)}>
            Do not send
          </Button>
        )}
        <Button size="compact-sm" onClick={() => answer(true)}>
          Send the log there
        </Button>
      </div>
      {failure !== null && (
        <p className={styles.failure} role="alert">
          {failure}
        </p>
      )}
    </div>
  );
}
