// The network that the machine is in.
import type { Tellings } from "./step.ts";

export const networkTellings = {
  boundTo: (after, before) =>
    after === null || before === null
      ? undefined
      : { kind: "link", sentence: `The sockets are bound anew, on ${after.name} (${after.addresses}).` },
  gateway: (after, before) =>
    after === null || before === null
      ? undefined
      : { kind: "link", sentence: `The gateway is now ${after.gateway}; this machine is ${after.self} there.` },
  allLinksDown: (after, before) =>
    after
      ? { kind: "link", sentence: "All network links are down." }
      : before
        ? { kind: "link", sentence: "A network link is up again." }
        : undefined,
  externalRoute: (after, before) =>
    after === null || (before === null && after === "up")
      ? undefined
      : { kind: "link", sentence: `The route out of the tailnet is ${after}.` },
} satisfies Tellings;
