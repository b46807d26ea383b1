// Sentences that concern the whole window: what kind of run this is, that it is cut off, and that its log is in danger.
import { Button } from "@mantine/core";
import { IconCloudQuestion, IconInfoCircle, IconKeyOff, IconPlugConnectedX } from "@tabler/icons-react";
import { useShallow } from "zustand/react/shallow";
import { consentText } from "../../shared/consent.ts";
import { connectNow } from "../connect.ts";
import { AskDoctor } from "../panels/doctor/ask-doctor.tsx";
import { useConnection } from "../state/connection.ts";
import { useGraph } from "../state/graph.ts";
import { useStatus } from "../state/status.ts";
import { ConsentQuestion } from "../ui/consent-question.tsx";
import { formatMoment, formatSpan } from "../ui/format.ts";
import { useNow } from "../ui/now.ts";
import { VisibleText } from "../ui/visible-text.tsx";
import styles from "./banners.module.css";
import { HistoryBanner } from "./history-banner.tsx";
import { PastBanner } from "./past-banner.tsx";
import { SpoolBanner } from "./spool-banner.tsx";

export function Banners() {
  const state = useConnection((connection) => connection.state);
  const notice = useStatus((status) => status.status?.notice);
  const isDemo = useStatus((status) => status.status?.demo);
  return (
    <>
      {state === "lost" && <Lost />}
      {state === "refused" && <Refused />}
      <PastBanner />
      <SpoolBanner />
      <HistoryBanner />
      <ConsentBanners />
      {notice && (
        <p className={styles.banner} data-testid="notice">
          <IconInfoCircle size={17} aria-hidden="true" />
          <span>
            <VisibleText text={notice} />
          </span>
          {isDemo && <AskDoctor>What can be read here?</AskDoctor>}
        </p>
      )}
    </>
  );
}

/** Asks about each destination that nobody has said yes or no to. */
function ConsentBanners() {
  const asking = useStatus(
    useShallow(({ status }) =>
      (status?.uploads ?? []).filter(({ state }) => state === "asks").map(({ destination }) => destination),
    ),
  );
  return asking.map((destination) => (
    <section key={destination} className={styles.consent} aria-label={consentText(destination).title}>
      <h2>
        <IconCloudQuestion size={18} aria-hidden="true" />
        {consentText(destination).title}
      </h2>
      <ConsentQuestion destination={destination} />
    </section>
  ));
}

function Lost() {
  const { retryAt, lostAt } = useConnection();
  const hasPicture = useGraph((state) => state.view !== null);
  const now = useNow();
  return (
    <div className={`${styles.banner} ${styles.bad}`} data-testid="connection-lost">
      <IconPlugConnectedX size={17} aria-hidden="true" />
      <span>
        <b>Connection lost.</b> {hasPicture && lostAt !== null && `What you see is from ${formatMoment(lostAt, now)}. `}
        {retryAt === null ? "Trying again…" : `Trying again in ${formatSpan(Math.max(0, retryAt - now) + 999)}.`}
      </span>
      <Button size="compact-xs" variant="default" onClick={connectNow}>
        Try now
      </Button>
    </div>
  );
}

function Refused() {
  return (
    <div className={`${styles.banner} ${styles.bad}`} data-testid="connection-refused">
      <IconKeyOff size={17} aria-hidden="true" />
      <span>
        <b>Gristmill does not know this window.</b> Open the address that Gristmill printed when it started: it carries
        the token.
      </span>
    </div>
  );
}
