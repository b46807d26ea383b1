// How much a peer and this machine have to say to each other, and what that is on the wire.
import type { Random } from "./random.ts";

export interface Habit {
  /** Seconds, on average, during the day. */
  readonly idle: number;
  readonly busy: number;
  /** Bytes per second while busy, least and most. */
  readonly rx: readonly [number, number];
  readonly tx: readonly [number, number];
  /** How much of the rate is there in any one second: 1 = steady, 0.2 = bursts. */
  readonly steadiness: number;
}

export const habits = {
  browse: { idle: 70, busy: 45, rx: [8_000, 160_000], tx: [1_000, 9_000], steadiness: 0.35 },
  shell: { idle: 150, busy: 180, rx: [200, 2_400], tx: [120, 900], steadiness: 0.5 },
  video: { idle: 240, busy: 420, rx: [350_000, 700_000], tx: [5_000, 12_000], steadiness: 0.9 },
  backup: { idle: 420, busy: 50, rx: [40_000, 90_000], tx: [5_000_000, 16_000_000], steadiness: 0.95 },
  scrape: { idle: 13, busy: 2, rx: [2_000, 6_000], tx: [400, 900], steadiness: 1 },
  sync: { idle: 100, busy: 9, rx: [1_000, 40_000], tx: [1_000, 60_000], steadiness: 0.6 },
  quiet: { idle: 500, busy: 4, rx: [200, 1_500], tx: [200, 1_500], steadiness: 1 },
} as const satisfies Record<string, Habit>;

/** Message sizes of WireGuard: its protocol paper, section 5.4, and reference section 1.11. */
export const wire = { initiation: 148, response: 92, keepalive: 32 } as const;
/** A data message is a header of 16, the inner packet padded to 16, and a tag of 16. tailscaled's interface has an MTU of 1280. */
const fullPacket = 32 + 1280;
const smallPacket = 32 + 64;

/** People are awake from about seven to midnight, UTC. At night pauses are two and a half times as long: less would look like a fault. */
export function wakefulness(timeMs: number): number {
  const hour = (timeMs / 3_600_000) % 24;
  const daylight = hour < 7 ? 0 : Math.sin(((hour - 7) / 17) * Math.PI);
  return Math.min(1, 0.4 + daylight);
}

export interface Rates {
  readonly rx: number;
  readonly tx: number;
  readonly steadiness: number;
}

export function ratesOf(habit: Habit, random: Random): Rates {
  return { rx: random.between(...habit.rx), tx: random.between(...habit.tx), steadiness: habit.steadiness };
}

/** Bytes on the wire in one second at these rates, acknowledgements included. */
export function oneSecond({ rx, tx, steadiness }: Rates, random: Random): { readonly rx: number; readonly tx: number } {
  if (!random.chance(Math.max(steadiness, 0.3))) return { rx: 0, tx: 0 };
  const swing = random.between(0.6, 1.4) / Math.max(steadiness, 0.3);
  const [received, sent] = [packets(rx * swing), packets(tx * swing)];
  return { rx: received.bytes + acknowledgements(sent.count), tx: sent.bytes + acknowledgements(received.count) };
}

function packets(bytes: number): { readonly count: number; readonly bytes: number } {
  const full = Math.floor(bytes / fullPacket);
  const rest = Math.max(0, Math.floor((bytes - full * fullPacket - 32) / 16));
  return { count: full + 1, bytes: full * fullPacket + 32 + rest * 16 };
}

/** TCP acknowledges every other full segment, in a packet of its own when there is nothing to send. */
function acknowledgements(segments: number): number {
  return Math.floor(segments / 2) * smallPacket;
}
