// tailscaled's LocalAPI, for whoever asks it: the log tap, the directory, the doctor. Not a stable API, but one that changes slowly.
import { askAt, type LocalApiAnswer, noSocket } from "./ask.ts";
import { placeKinds } from "./index.ts";
import { LocalApiError } from "./local-api-error.ts";
import type { Machine, Place } from "./place.ts";
import { socketAt, usualSockets } from "./unix-socket.ts";
import { pipe } from "./windows-pipe.ts";

export interface LocalApi {
  /** Where the daemon answered last, or else where it is looked for first. For people, never a secret. */
  readonly place: string;
  /**
   * Asks for /localapi/v0/`call` and resolves with the answer, its body not read yet; `signal` ends both.
   * @throws LocalApiError where nobody answers, or anything but 200.
   */
  ask(call: string, signal: AbortSignal): Promise<LocalApiAnswer>;
}

/** The daemon that listens on `socket`: a unix socket, or a named pipe of Windows. */
export function localApiAt(socket: string): LocalApi {
  return { place: socket, ask: (call, signal) => askAt(socketAt(socket), call, signal) };
}

/** The daemon of this machine, wherever it listens now. */
export function localApiOf(machine: Machine): LocalApi {
  let known: Place | undefined;
  const usual = machine.platform === "win32" ? pipe : (usualSockets(machine.platform)[0] as string);
  const asked = async (place: Place, call: string, signal: AbortSignal) => {
    const answer = await askAt(place, call, signal);
    known = place;
    return answer;
  };
  return {
    get place() {
      return known?.name ?? usual;
    },
    async ask(call, signal) {
      // Looking takes a program on some systems, so where it answered last is asked first.
      if (known !== undefined) {
        try {
          return await asked(known, call, signal);
        } catch (error) {
          if (!isGone(error)) throw error;
          known = undefined;
        }
      }
      return firstAnswer(machine, (place) => asked(place, call, signal), usual);
    },
  };
}

/** Of the places in their order, the answer of the first where somebody listens. */
async function firstAnswer(
  machine: Machine,
  ask: (place: Place) => Promise<LocalApiAnswer>,
  usual: string,
): Promise<LocalApiAnswer> {
  let trouble: unknown;
  for (const kind of placeKinds.filter(({ isOn }) => isOn(machine.platform))) {
    try {
      for (const place of await kind.find(machine)) {
        try {
          return await ask(place);
        } catch (error) {
          if (!isGone(error)) throw error;
          trouble ??= error;
        }
      }
    } catch (error) {
      // A place that this user may not see is worth a word, if nobody answers at another.
      if (!(error instanceof LocalApiError && error.kind === "refused")) throw error;
      trouble = error;
    }
  }
  throw trouble ?? noSocket(usual);
}

function isGone(error: unknown): boolean {
  return error instanceof LocalApiError && error.kind === "missing";
}
