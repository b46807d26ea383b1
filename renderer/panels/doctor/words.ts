// What the doctor found, in a person's words. Pure.
import type { Diagnosis, Finding } from "../../../shared/rpc/shapes.ts";
import { countOf } from "../../ui/format.ts";

interface Subject {
  readonly title: string;
  /** What it is, for somebody who meets it here for the first time. */
  readonly about: string;
}

/** Checks whose name is not what a person would call their subject. The others go by their name. */
const subjects: Readonly<Record<string, Subject>> = {
  tailscaled: { title: "tailscaled", about: "the part of Tailscale that runs in the background" },
  counters: { title: "Byte counters", about: "what each tunnel received and sent" },
  journald: { title: "System journal", about: "where Linux keeps the logs of its services" },
  "unified-log": { title: "Unified log", about: "where macOS keeps the logs of its programs" },
  logtap: { title: "Log tap", about: "tailscaled's own log, live, to whoever it lets listen" },
  intake: { title: "Intake", about: "where Gristmill takes the log that tailscaled sends away" },
};

export function subjectOf(check: string): Subject {
  return subjects[check] ?? { title: check, about: "" };
}

export const stateWords: Readonly<Record<Finding["state"], string>> = {
  good: "Works.",
  attention: "Needs attention.",
  off: "Not in use.",
};

/** The whole in a few words. */
export function verdict({ checks, tailscaled }: Diagnosis): string {
  const count = checks.filter(({ state }) => state === "attention").length;
  if (count > 0) return `${countOf(count, "thing")} ${count === 1 ? "needs" : "need"} attention`;
  return tailscaled.running ? "Everything is in order" : "tailscaled does not run on this machine";
}

/** "the journal", "the journal and the port", "the journal, the socket and the port". */
export function listed(places: readonly string[]): string {
  return places.length < 2 ? places.join("") : `${places.slice(0, -1).join(", ")} and ${places.at(-1)}`;
}

export interface Fact {
  readonly name: string;
  readonly words: string;
  /** Null where it is neither yes nor no. */
  readonly answer: boolean | null;
}

/** What is known about the subject of a finding beside its sentence. */
export function factsOf({ name, source }: Finding, { tailscaled }: Diagnosis): readonly Fact[] {
  if (source !== null)
    return [
      yesNo("Exists", source.exists),
      yesNo("Readable", source.readable),
      yesNo("Flowing", source.flowing),
      { ...yesNo("Byte counters", source.counters), words: source.counters ? "possible" : "none" },
    ];
  if (name !== "tailscaled") return [];
  return [
    yesNo("Running", tailscaled.running),
    { name: "Version", words: tailscaled.version ?? "unknown", answer: null },
    {
      name: "Verbosity",
      words: tailscaled.verbosity === null ? "unknown" : String(tailscaled.verbosity),
      answer: null,
    },
  ];
}

function yesNo(name: string, answer: boolean): Fact {
  return { name, words: answer ? "yes" : "no", answer };
}
