// What a line says about the machine that wrote it.
import type { Endpoint, Netcheck, PortMap } from "../graph/machine-model.ts";

/** What `NetInfo{...}` tells of a netcheck. */
export type NetInfo = Pick<Netcheck, "udp" | "ipv6" | "mappingVariesByDestination" | "portMapping" | "preferredDerp">;

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
  readonly "net-info": { readonly netInfo: NetInfo };
  /** The whole list. */
  readonly endpoints: { readonly endpoints: readonly Endpoint[] };
  readonly "port-map": { readonly portMap: PortMap };
  /** A null text = the warning is over. */
  readonly health: { readonly code: string; readonly text: string | null };
}

export type MachineKind = keyof Told;
export type MachineChangeOf<Kind extends MachineKind> = { [K in Kind]: { readonly kind: K } & Told[K] }[Kind];
export type MachineChange = MachineChangeOf<MachineKind>;
