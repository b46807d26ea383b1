// What `gristmill grind --json` says about the machine besides who it is: values without their evidence, for scripts.
import type { Endpoint, Machine, PortMap } from "../graph/machine-model.ts";
import { type PlainName, type PlainValue, plainNames } from "../graph/plain-facts.ts";

export interface MachineReport {
  readonly endpoints: readonly Endpoint[];
  readonly portMap: PortMap | null;
  /** What the log states of the machine, by name (shared/graph/plain-facts.ts): only what a line has told and that still holds. */
  readonly facts: { readonly [Name in PlainName]?: PlainValue<Name> };
  readonly prefs: Readonly<Record<string, string>> | null;
  readonly envKnobs: Readonly<Record<string, string>>;
  /** DERP regions with an open connection, by id. */
  readonly derpConnections: readonly number[];
  readonly derpTroubles: readonly { readonly region: number; readonly error: string }[];
  readonly sshSessions: readonly { readonly user: string; readonly from: string | null; readonly localUser: string }[];
  readonly lockedOut: readonly { readonly peer: string; readonly why: string }[];
}

/** The report of a machine. */
export function machineReport(machine: Machine): MachineReport {
  return {
    endpoints: machine.endpoints?.value ?? [],
    portMap: machine.portMap?.value ?? null,
    facts: Object.fromEntries(
      plainNames.filter((name) => machine[name] !== null).map((name) => [name, machine[name]?.value]),
    ),
    prefs: machine.prefs?.value ?? null,
    envKnobs: Object.fromEntries(machine.envKnobs.map(({ name, value }) => [name, value])),
    derpConnections: machine.derpConnections.map(({ region }) => region),
    derpTroubles: machine.derpTroubles.map(({ region, error }) => ({ region, error })),
    sshSessions: machine.sshSessions
      .filter(({ isGranted }) => isGranted)
      .map(({ user, from, localUser }) => ({ user, from, localUser })),
    lockedOut: machine.lockedOut.map(({ peer, why }) => ({ peer, why })),
  };
}
