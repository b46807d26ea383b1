// One request to a daemon's LocalAPI: HTTP over whatever the place is. Reference 6.1 and 6.2.
import { type IncomingMessage, request } from "node:http";
import { firstText } from "./answer-text.ts";
import { LocalApiError } from "./local-api-error.ts";
import type { Place } from "./place.ts";

/** The name that the daemon wants to be called by; it refuses others, and every request with an Origin. */
const host = "local-tailscaled.sock";

export interface LocalApiAnswer {
  /** Of the daemon, such as "1.102.3-t0123abcde"; null where it does not say. */
  readonly version: string | null;
  /** The body, as it comes. Whoever leaves it before its end ends the request. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Ends the request without reading the body. */
  close(): void;
}

/**
 * Asks for /localapi/v0/`call` and resolves with the answer, its body not read yet; `signal` ends both.
 * @throws LocalApiError for anything but 200.
 */
export async function askAt(place: Place, call: string, signal: AbortSignal): Promise<LocalApiAnswer> {
  const authorization = place.token === null ? {} : { authorization: `Basic ${btoa(`:${place.token}`)}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const path = `/localapi/v0/${call}`;
    request({ ...place.connect, path, headers: { host, ...authorization }, agent: false, signal }, resolve)
      .on("error", (cause: NodeJS.ErrnoException) => reject(connectTrouble(place, cause)))
      .end();
  });
  const version = response.headers["tailscale-version"];
  // Ports are given to the next who asks: without its name it is another program, to which the files that led here no longer belong.
  const isDaemon = place.token === null || version !== undefined;
  if (response.statusCode === 200 && isDaemon)
    return {
      version: typeof version === "string" ? version : null,
      chunks: response,
      close: () => response.destroy(),
    };
  const said = await firstText(response);
  response.destroy();
  throw isDaemon ? statusTrouble(call, response.statusCode ?? 0, said) : notListening(place);
}

const start = "start Tailscale (on Linux: sudo systemctl start tailscaled)";

export function noSocket(name: string, options?: ErrorOptions): LocalApiError {
  return new LocalApiError(
    "missing",
    `There is no socket ${name}: ${start}, or name the socket that it listens on.`,
    options,
  );
}

function notListening({ name }: Place, options?: ErrorOptions): LocalApiError {
  return new LocalApiError("missing", `Nobody listens on ${name}: ${start}.`, options);
}

function connectTrouble(place: Place, cause: NodeJS.ErrnoException): LocalApiError {
  const { name } = place;
  switch (cause.code) {
    case "ENOENT":
      return noSocket(name, { cause });
    case "ECONNREFUSED":
      return notListening(place, { cause });
    case "EACCES":
    case "EPERM":
      return new LocalApiError("refused", `This user may not open ${name}: run Gristmill as a user who may.`, {
        cause,
      });
    default:
      return new LocalApiError(
        "other",
        `tailscaled cannot be asked on ${name} (${cause.message}): see whether that is its socket.`,
        { cause },
      );
  }
}

/** @param said how the answer begins. */
function statusTrouble(call: string, status: number, said: string): LocalApiError {
  const what = call.split("?", 1)[0];
  if (status === 401) return inUse(said);
  if (status === 403)
    return new LocalApiError(
      "forbidden",
      what === "logtap"
        ? "tailscaled shows its log to root and to its operator only: run sudo tailscale set --operator=$USER once. " +
            "This user may then change Tailscale's settings too."
        : `tailscaled does not answer ${what} to this user: run Gristmill as a user who may use Tailscale.`,
    );
  if (status === 404 || status === 405 || status === 501)
    return new LocalApiError(
      "unknown-call",
      `This tailscaled does not know ${what}: update Tailscale${what === "logtap" ? " (the log tap came with 1.36), or choose another source" : ""}.`,
    );
  return new LocalApiError("other", `tailscaled answered ${status} to ${what}.`);
}

/** @param said what the daemon says of it, such as "Tailscale already in use by EXAMPLE\alice, pid 1234". */
export function inUse(said: string): LocalApiError {
  const user = /already in use by ([^,\n]{1,100})/i.exec(said)?.[1] ?? "another user of this machine";
  return new LocalApiError("in-use", `Tailscale is in use by ${user}, who has to stop first.`);
}
