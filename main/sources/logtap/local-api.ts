// tailscaled's LocalAPI: HTTP over a unix socket or a named pipe. Reference 6.1 and 6.2.
import { lstatSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { userInfo } from "node:os";

/** The name that the daemon wants to be called by; it refuses others, and every request with an Origin. */
const host = "local-tailscaled.sock";

const socketPaths: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    "/run/tailscale/tailscaled.sock",
    "/var/run/tailscale/tailscaled.sock",
    "/var/packages/Tailscale/var/tailscaled.sock", // Synology DSM 7
    "/var/packages/Tailscale/etc/tailscaled.sock", // Synology DSM 6
    "/tmp/tailscale/tailscaled.sock", // QNAP
    "/perm/tailscaled/tailscaled.sock", // Gokrazy
  ],
  darwin: ["/var/run/tailscaled.socket"],
  win32: ["\\\\.\\pipe\\ProtectedPrefix\\Administrators\\Tailscale\\tailscaled"],
};

/** Where this machine's tailscaled listens: the first of the usual places where there is a socket, else the most usual place. */
export function findSocket(platform = process.platform): string {
  const places = socketPaths[platform] ?? ["/var/run/tailscale/tailscaled.sock"];
  return (platform === "win32" ? undefined : places.find(isTrusted)) ?? (places[0] as string);
}

/** One of the places is a folder where anybody may put a socket: it must be root's, or ours. */
function isTrusted(place: string): boolean {
  const found = lstatSync(place, { throwIfNoEntry: false });
  return found?.isSocket() === true && (found.uid === 0 || found.uid === userInfo().uid);
}

/** The LocalAPI could not be used. The message is a sentence that says what to do. */
export class LocalApiError extends Error {
  override readonly name = "LocalApiError";
  readonly kind: "missing" | "refused" | "forbidden" | "unknown-call" | "other";

  constructor(kind: LocalApiError["kind"], sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.kind = kind;
  }
}

/**
 * Asks for /localapi/v0/`call` and resolves with the answer, its body not read yet; `signal` ends both.
 * @throws LocalApiError for anything but 200.
 */
export async function askLocalApi(socket: string, call: string, signal: AbortSignal): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const options = { socketPath: socket, path: `/localapi/v0/${call}`, headers: { host }, agent: false, signal };
    request(options, resolve)
      .on("error", (cause: NodeJS.ErrnoException) => reject(connectTrouble(socket, cause)))
      .end();
  });
  if (response.statusCode === 200) return response;
  response.destroy();
  throw statusTrouble(call, response.statusCode ?? 0);
}

function connectTrouble(socket: string, cause: NodeJS.ErrnoException): LocalApiError {
  const start = "start Tailscale (on Linux: sudo systemctl start tailscaled)";
  switch (cause.code) {
    case "ENOENT":
      return new LocalApiError(
        "missing",
        `There is no socket ${socket}: ${start}, or name the socket with --source logtap:SOCKET.`,
        { cause },
      );
    case "ECONNREFUSED":
      return new LocalApiError("missing", `Nobody listens on ${socket}: ${start}.`, { cause });
    case "EACCES":
    case "EPERM":
      return new LocalApiError("refused", `This user may not open ${socket}: run Gristmill as a user who may.`, {
        cause,
      });
    default:
      return new LocalApiError(
        "other",
        `tailscaled cannot be asked on ${socket} (${cause.message}): see whether that is its socket.`,
        { cause },
      );
  }
}

function statusTrouble(call: string, status: number): LocalApiError {
  if (status === 403)
    return new LocalApiError(
      "forbidden",
      "tailscaled shows its log to root and to its operator only: run sudo tailscale set --operator=$USER once. " +
        "This user may then change Tailscale's settings too.",
    );
  if (status === 401)
    return new LocalApiError(
      "forbidden",
      "Tailscale is in use by another user of this machine, who has to stop first.",
    );
  if (status === 404 || status === 405 || status === 501)
    return new LocalApiError(
      "unknown-call",
      `This tailscaled does not know ${call}: update Tailscale (the log tap came with 1.36), or choose another source.`,
    );
  return new LocalApiError("other", `tailscaled answered ${status} to ${call}.`);
}
