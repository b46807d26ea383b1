// When it is worth trying again at once: an address has come to this machine, or it woke from sleep. Polled, because no system tells Node.
import type { NetworkInterfaceInfo } from "node:os";
import type { Clock } from "./clock.ts";

/** Short against a person's patience after plugging in a cable; a look takes less than a tenth of a millisecond. */
const lookEveryMs = 5_000;
/** A timer that comes so much later by the wall clock than it was set for was held up by sleep: load alone does not hold one up so long. */
const sleptMs = 10_000;

export interface NetworkOptions {
  readonly clock: Clock;
  /** The machine's addresses as they are now; os.networkInterfaces. */
  readonly interfaces: () => NodeJS.Dict<readonly NetworkInterfaceInfo[]>;
  /** Called each time. Some of these are false alarms, such as a clock that was set: trying again once too often costs nothing. */
  readonly up: () => void;
  readonly signal: AbortSignal;
}

/** Resolves when `signal` aborts; never rejects. */
export async function watchNetwork({ clock, interfaces, up, signal }: NetworkOptions): Promise<void> {
  let known = addresses(interfaces);
  while (!signal.aborted) {
    const before = clock.now();
    await clock.sleep(lookEveryMs, signal);
    const now = addresses(interfaces);
    const slept = clock.now() - before > lookEveryMs + sleptMs;
    if (!signal.aborted && (slept || [...now].some((address) => !known.has(address)))) up();
    known = now;
  }
}

/** Of every interface that leads off this machine. None where the system does not say. */
function addresses(interfaces: NetworkOptions["interfaces"]): ReadonlySet<string> {
  try {
    const found = Object.entries(interfaces()).flatMap(([name, infos = []]) =>
      infos.filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`),
    );
    return new Set(found);
  } catch {
    return new Set();
  }
}
