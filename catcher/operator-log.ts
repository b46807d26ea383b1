// What the catcher tells its operator. A warning: recovered, nothing lost. An error: something was lost, or a person must act.
// No private ID ever comes here; machines are named by their public ID.

export type Facts = Readonly<Record<string, string | number>>;

export interface OperatorLog {
  info(message: string, facts?: Facts): void;
  warn(message: string, facts?: Facts): void;
  error(message: string, facts?: Facts): void;
}

/** Sentences on stderr, of trouble and its end only. */
export const textLog: OperatorLog = {
  info: () => undefined,
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

/** One JSON object per line: `time` (ISO 8601), `level`, `message`, and the facts. */
export function jsonLog(write: (line: string) => void, now: () => Date = () => new Date()): OperatorLog {
  const at = (level: string) => (message: string, facts?: Facts) =>
    write(`${JSON.stringify({ time: now().toISOString(), level, message, ...facts })}\n`);
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

/** For what others put into words: an error may quote the address that it stumbled over, and that holds a private ID. */
export function withoutSecrets(text: string): string {
  return text.replace(/[0-9a-f]{16,}/gi, "…");
}
