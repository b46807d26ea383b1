// What rules report about one peer besides its path and its counters.

/**
 * What WireGuard says of its handshake with a peer. begun: the peer was put into the device. tried: a first message went out. retried: it went
 * unanswered, or could not be sent. shaken: an answer came or was given, so the two sides hear each other. heard: another sign of life.
 * given-up: no more tries. ended: there is no session any more.
 */
export type HandshakeStep = "begun" | "tried" | "retried" | "shaken" | "heard" | "given-up" | "ended";

/** What a line says about how a peer is looked for and spoken with, besides its path. */
export type PeerChange =
  | { readonly kind: "handshake"; readonly peer: string; readonly step: HandshakeStep }
  /** A path to the peer is looked for from here on: traffic for it has begun. */
  | { readonly kind: "search"; readonly peer: string }
  /** A ping that was sent to an address; `isOver`: and that was not answered in time. `tx` is its number. */
  | {
      readonly kind: "ping";
      readonly peer: string;
      readonly addr: string;
      readonly tx: string;
      readonly isOver: boolean;
    }
  | { readonly kind: "pong"; readonly peer: string; readonly addr: string; readonly latencyMs: number }
  /** The peer pings us. */
  | { readonly kind: "pinged"; readonly peer: string }
  /** "Ping me at these addresses", by DERP. */
  | { readonly kind: "call-me-maybe"; readonly peer: string; readonly sent: boolean }
  | { readonly kind: "send-failed"; readonly peer: string; readonly addr: string }
  /** Nothing was sent to the peer for a while, so its path is no longer kept alive. */
  | { readonly kind: "idle"; readonly peer: string }
  /** Where the peer says that it can be reached: addresses, and its home DERP region. */
  | {
      readonly kind: "candidates";
      readonly peer: string;
      readonly addrs: readonly string[];
      readonly region: number | null;
    }
  /** The peer's tailscaled was started anew: it has another disco key. Our counters for it go on. */
  | { readonly kind: "disco-key"; readonly peer: string }
  /** A connection of a program of this machine to the peer came to nothing. */
  | {
      readonly kind: "open-timeout";
      readonly peer: string;
      readonly flow: string;
      readonly online: boolean | null;
      /** How long ago anything was received from the peer; null where nothing was, or the line does not say. */
      readonly lastReceivedMs: number | null;
    };
