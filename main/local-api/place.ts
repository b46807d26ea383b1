// Where a tailscaled answers, and how one is found. A kind of place is a file beside this one and a row in index.ts.

export interface Place {
  /** For people, and never a secret: "/run/tailscale/tailscaled.sock", "127.0.0.1:50741". */
  readonly name: string;
  readonly connect: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  /** Proves that we are a program of the same user; null where the system knows who connects. Never shown, logged or sent elsewhere. */
  readonly token: string | null;
}

/** What is looked at to find places. Tests bring a machine of their own. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly uid: number;
  /** Where the file system begins. */
  readonly root: string;
  /** What lsof prints when called with `args`; "" where it prints nothing or cannot be run. */
  readonly lsof: (args: readonly string[]) => Promise<string>;
}

export interface PlaceKind {
  readonly name: string;
  readonly isOn: (platform: NodeJS.Platform) => boolean;
  /** Places where a daemon may listen, the likeliest first. They may be stale. @throws LocalApiError "refused" where this user may not see them. */
  readonly find: (machine: Machine) => Promise<readonly Place[]>;
}
