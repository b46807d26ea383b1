// What the user says yes to before a log leaves the machine. Whoever changes what it says raises the version: consent to an earlier one counts no more.

export const consentVersion = 1;

export interface ConsentText {
  readonly title: string;
  readonly what: string;
  readonly where: string;
  readonly stop: string;
}

/** @param destination as the status names it. */
export function consentText(destination: string): ConsentText {
  return {
    title: "May the log leave this machine?",
    what: "Every entry of the log that you see here, those from before your answer included, word for word: host names and logins, addresses, node keys, and who talks to whom and how much. Never what is inside the tunnels.",
    where: `To ${destination} and nowhere else. Whoever runs it can read all of it.`,
    stop: "Pause it at any time, in the details of the upload: sending stops at once and stays stopped over restarts. What has left cannot be called back; the ledger says what that was.",
  };
}
