// The messages of the daemon's IPN bus. They are taken as fast as they come: a reader that falls 128 behind is cut off (reference 6.4).
import { type Notify, notifySchema } from "../../shared/directory/daemon-json.ts";
import { type AnswerLine, answerLines } from "../local-api/answer-lines.ts";
import type { LocalApi } from "../local-api/local-api.ts";
import { longestMessage } from "./ask-status.ts";

/** Something changed, and what it was cannot be read. */
export const unreadable = "unreadable";

/**
 * Goes on until the daemon closes the bus, or `signal` aborts.
 * @throws LocalApiError where it cannot be opened; whatever the stream ends with where it breaks off.
 */
export async function* busMessages(
  localApi: LocalApi,
  mask: number,
  signal: AbortSignal,
): AsyncGenerator<Notify | typeof unreadable> {
  const { chunks } = await localApi.ask(`watch-ipn-bus?mask=${mask}`, signal);
  for await (const lines of answerLines(chunks, longestMessage)) for (const line of lines) yield messageOf(line);
}

function messageOf({ text, cut }: AnswerLine): Notify | typeof unreadable {
  if (cut > 0) return unreadable;
  try {
    return notifySchema.safeParse(JSON.parse(text)).data ?? unreadable;
  } catch {
    return unreadable;
  }
}
