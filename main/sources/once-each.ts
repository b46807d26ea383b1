import type { ReportSource } from "./source.ts";

/** A state that goes on is reported once. */
export function onceEach(report: ReportSource): ReportSource {
  let last = "";
  return (state, sentence) => {
    const news = `${state} ${sentence}`;
    if (news !== last) report(state, sentence);
    last = news;
  };
}
