// The control server: whether it can be heard, and what it says of this machine's key.
import { keptLockedOut } from "../machine-model.ts";
import { spanWords } from "../span-words.ts";
import type { Step, Steps, Tellings } from "./step.ts";
import { withFact } from "./with-fact.ts";

/** A clock that is off by less than this is nobody's trouble: certificates and key expiry go by minutes. */
const clockTroubleMs = 60_000;

const isOff = (aheadMs: number | null) => aheadMs !== null && Math.abs(aheadMs) >= clockTroubleMs;

const controlTime: Step<"control-time"> = (machine, { timeMs }, evidence) => {
  if (evidence.time === null) return { machine };
  const value = Math.round((evidence.time - timeMs) / 1_000) * 1_000;
  const before = machine.clockAheadMs?.value ?? null;
  const next = withFact(machine, "clockAheadMs", { value, evidence });
  if (isOff(value) === isOff(before)) return { machine: next };
  const sentence = isOff(value)
    ? `This machine's clock is ${spanWords(Math.abs(value))} ${value > 0 ? "ahead of" : "behind"} the control server's.`
    : "This machine's clock agrees with the control server's again.";
  return { machine: next, said: [{ kind: "clock", sentence }] };
};

/** Told with every map: only who is new among them, or for another reason, is news. */
const lockedOut: Step<"locked-out"> = (machine, { peer, why }, evidence) => {
  const before = machine.lockedOut.find((known) => known.peer === peer);
  if (before?.why === why) return { machine };
  const others = machine.lockedOut.filter((known) => known !== before);
  return {
    machine: { ...machine, lockedOut: [...others, { peer, why, evidence }].slice(-keptLockedOut) },
    said: [{ kind: "tailnet-lock", sentence: `Tailnet lock keeps the peer ${peer} out: ${why}.` }],
  };
};

export const controlSteps = { "control-time": controlTime, "locked-out": lockedOut } satisfies Partial<Steps>;

export const controlTellings = {
  controlError: (after, before) =>
    after === null
      ? before === null
        ? undefined
        : { kind: "control", sentence: "The control server can be heard again." }
      : { kind: "control", sentence: `The control server: ${after}` },
  loginLink: (after) =>
    after === null ? undefined : { kind: "login", sentence: "tailscaled shows a link to log in with, and waits." },
  registering: (after) => {
    if (after === null || after.key === after.before) return undefined;
    const former = after.before === null ? "" : `, in the place of ${after.before}`;
    return { kind: "node-key", sentence: `This machine registers with the node key ${after.key}${former}.` };
  },
  registered: (after, before) => {
    if (after === null || (before === null && after.needsLogin)) return undefined;
    if (after.keyExpired)
      return { kind: "node-key", sentence: "The control server says that the node key has expired." };
    if (after.needsLogin) return { kind: "node-key", sentence: "The control server wants somebody to log in." };
    const sentence = after.authorized
      ? "The control server has let this machine in."
      : "This machine waits for an administrator to let it in.";
    return { kind: "node-key", sentence };
  },
} satisfies Tellings;
