// What one sender, and all of them together, may take of this machine. Whoever is over a limit is told when to come back, and nothing that
// it was not answered 200 for may be forgotten by it: a limit delays, and never loses.

export interface Limits {
  /** At a time, from one IPv4 address or one IPv6 network of 64 bits. */
  readonly connectionsPerAddress: number;
  /** At a time, from everywhere. */
  readonly connections: number;
  /** Per second, of one instance; ten times as many at once. */
  readonly requestsPerInstance: number;
  /** Bytes of log, unpacked, per second, of one instance; ten times as many at once. */
  readonly bytesPerInstance: number;
  /** For the bodies of all requests at work, and what they unpack to. */
  readonly memoryBytes: number;
  /** What a request waits for memory before it is sent away. */
  readonly memoryWaitMs: number;
  /** A request that has not come whole after this is given up. */
  readonly requestMs: number;
  /** A connection on which nothing is asked is closed after this. */
  readonly idleMs: number;
}

export const defaultLimits: Limits = {
  // A tailscaled keeps two, an agent one. Behind one address there may be a whole office, or a proxy in front of everybody.
  connectionsPerAddress: 2_000,
  connections: 10_000,
  // A tailscaled sends every two seconds, an agent ten times a second at most.
  requestsPerInstance: 200,
  // An agent that empties a spool of 256 MiB, tenfold packed, is through in a minute.
  bytesPerInstance: 64 * 1024 * 1024,
  memoryBytes: 128 * 1024 * 1024,
  memoryWaitMs: 10_000,
  // 1 MiB then came at less than 9 kB/s. A tailscaled gives up after 45 s by itself.
  requestMs: 120_000,
  // A tailscaled keeps an idle connection for an hour. It must be the one to close it, or an upload may run into the closing.
  idleMs: 65 * 60_000,
};

/** Nobody's headers take more: a private ID in the address, another in a copyId, a handful of short ones. */
export const maxHeaderBytes = 16 * 1024;
