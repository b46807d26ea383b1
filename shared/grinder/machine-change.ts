// What a line says about the machine that wrote it.
import type { Endpoint, Netcheck, PortMap, SshSession } from "../graph/machine-model.ts";
import type { GraphEvent } from "../graph/model.ts";
import type { PlainName, PlainValue } from "../graph/plain-facts.ts";

/** By kind. A new one needs a step in its family, graph/facts/<family>.ts. */
interface Told {
  /**
   * A new tailscaled process writes from here on: its counters start at zero, and no earlier keys line counts.
   * `cleanup` is `tailscaled --cleanup`, a short-lived process that carries no traffic and leaves a running daemon's counters alone.
   */
  readonly "process-start": { readonly version: string | null; readonly cleanup: boolean };
  readonly "log-id": { readonly id: string };
  readonly state: { readonly from: string; readonly to: string };
  /** Empty = logged out. */
  readonly login: { readonly login: string };
  readonly self: { readonly key: string; readonly login: string | null };
  readonly version: { readonly version: string };
  readonly "home-derp": { readonly id: number; readonly code: string | null };
  readonly "derp-connection": { readonly region: number; readonly open: boolean; readonly why: string | null };
  /** The whole list of open DERP connections. */
  readonly "derp-connections": { readonly regions: readonly number[] };
  readonly netcheck: { readonly netcheck: Netcheck };
  /** Part of a netcheck. */
  readonly "net-info": { readonly netInfo: Partial<Netcheck> };
  /** The whole list. */
  readonly endpoints: { readonly endpoints: readonly Endpoint[] };
  readonly "port-map": { readonly portMap: PortMap };
  /** A null text = the warning is over. */
  /** Plain facts, by name; null = no longer so. */
  readonly facts: { readonly facts: { readonly [Name in PlainName]?: PlainValue<Name> | null } };
  /** Something that leaves nothing behind but the event. */
  readonly happened: { readonly event: GraphEvent["kind"]; readonly sentence: string };
  /** What the control server's clock said, in ms since 1970. */
  readonly "control-time": { readonly timeMs: number };
  /** All settings, or those that were changed. */
  readonly prefs: { readonly prefs: Readonly<Record<string, string>>; readonly isWhole: boolean };
  readonly "env-knob": { readonly name: string; readonly value: string };
  readonly "derp-code": { readonly region: number; readonly code: string };
  /** A null error = the region's connection works. */
  readonly "derp-trouble": { readonly region: number; readonly error: string | null };
  readonly "ssh-session": { readonly session: SshSession };
  readonly "locked-out": { readonly peer: string; readonly why: string };
  /** One of the machine's own tailnet addresses. */
  readonly "own-address": { readonly address: string };
  /** Somebody was let in, by a line that does not say in which session. */
  readonly "ssh-login": Pick<SshSession, "user" | "localUser"> & { readonly from: string };
  readonly "ssh-end": { readonly id: string };
  readonly health: { readonly code: string; readonly text: string | null };
}

export type MachineKind = keyof Told;
export type MachineChangeOf<Kind extends MachineKind> = { [K in Kind]: { readonly kind: K } & Told[K] }[Kind];
export type MachineChange = MachineChangeOf<MachineKind>;
