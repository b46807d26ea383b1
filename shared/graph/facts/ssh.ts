// SSH sessions into this machine by way of the tailnet.
import { keptSessions } from "../machine-model.ts";
import type { Step, Steps } from "./step.ts";

const begun: Step<"ssh-session"> = (machine, { session }, evidence) => {
  const before = machine.sshSessions.find(({ id }) => id === session.id);
  if (before !== undefined && (before.isGranted || !session.isGranted)) return { machine };
  const next = { ...session, from: session.from ?? before?.from ?? null, evidence };
  const others = machine.sshSessions.filter((open) => open !== before);
  const sshSessions = [...others, next].slice(-keptSessions);
  const from = next.from === null ? "" : ` (${next.from})`;
  const sentence = `${next.user}${from} came in by SSH as ${next.localUser}.`;
  return {
    machine: { ...machine, sshSessions },
    said: next.isGranted ? [{ kind: "ssh", sentence }] : [],
  };
};

const ended: Step<"ssh-end"> = (machine, { id }) => {
  const session = machine.sshSessions.find((open) => open.id === id);
  if (session === undefined) return { machine };
  const { user, localUser, isGranted } = session;
  const sshSessions = machine.sshSessions.filter((open) => open !== session);
  const sentence = isGranted
    ? `The SSH session of ${user} as ${localUser} is over.`
    : `${user} was not let in by SSH as ${localUser}.`;
  return { machine: { ...machine, sshSessions }, said: [{ kind: "ssh", sentence }] };
};

export const sshSteps = { "ssh-session": begun, "ssh-end": ended } satisfies Partial<Steps>;
