// The kinds of destination: one row each.
import type { UploadProtocol } from "../../shared/rpc/shapes.ts";
import type { Identity } from "../identity.ts";
import type { Clock } from "../platform/clock.ts";
import type { Address } from "./address.ts";
import { logtailSink } from "./logtail.ts";
import { nativeSink } from "./native.ts";
import type { Sink } from "./sink.ts";
import type { Trust } from "./trust.ts";

export interface SinkOptions {
  readonly address: Address;
  readonly trust: Trust;
  /** Who this machine is; a sink may need less than it tells. */
  readonly identity: Identity;
  readonly clock: Clock;
}

const kinds: Readonly<Record<UploadProtocol, (options: SinkOptions) => Sink>> = {
  frames: nativeSink,
  logtail: logtailSink,
};

/** The sink for an address. Nothing is opened before it sends. */
export function openSink(options: SinkOptions): Sink {
  return kinds[options.address.protocol](options);
}
