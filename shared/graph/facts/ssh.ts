// SSH sessions into this machine by way of the tailnet.
import { keptSessions, type SshSession } from "../machine-model.ts";
import type { Said, Step, Steps } from "./step.ts";

const begun: Step<"ssh-session"> = (machine, { session }, evidence) => {
  const before = machine.sshSessions.find(({ id }) => id === session.id);
  if (before !== undefined && (before.isGranted || !session.isGranted)) return { machine };
  const next = { ...session, from: session.from ?? before?.from ?? null, evidence };
  const others = machine.sshSessions.filter((open) => open !== before);
  const sshSessions = [...others, next].slice(-keptSessions);
  return { machine: { ...machine, sshSessions }, said: next.isGranted ? [cameIn(next)] : [] };
};

function cameIn({ user, from, localUser }: Omit<SshSession, "id">): Said {
  return { kind: "ssh", sentence: `${user}${from === null ? "" : ` (${from})`} came in by SSH as ${localUser}.` };
}

/** It grants the oldest session of theirs that still asks; where one is granted already, that one's own line has told it. */
const loggedIn: Step<"ssh-login"> = (machine, { user, from, localUser }, evidence) => {
  const theirs = machine.sshSessions.filter((open) => open.user === user && open.localUser === localUser);
  const asking = theirs.find(({ isGranted }) => !isGranted);
  if (asking !== undefined)
    return begun(machine, { kind: "ssh-session", session: { ...asking, isGranted: true } }, evidence);
  return theirs.length > 0 ? { machine } : { machine, said: [cameIn({ user, from, localUser, isGranted: true })] };
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

export const sshSteps = { "ssh-session": begun, "ssh-login": loggedIn, "ssh-end": ended } satisfies Partial<Steps>;
