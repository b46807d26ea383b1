// Where the catcher listens, and what it says when it cannot.

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads HOST:PORT or [IPv6]:PORT. @throws with a sentence for anything else. */
export function parseListen(listen: string): ListenAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535)
    throw new Error(`A catcher listens on HOST:PORT, such as 127.0.0.1:8474, not "${listen}".`);
  return { host: match[1] ?? match[2] ?? "", port };
}

/** A sentence for the system's error. */
export function listenTrouble({ code, message }: NodeJS.ErrnoException, listen: string): string {
  switch (code) {
    case "EADDRINUSE":
      return `${listen} is in use by another program; choose another address with --listen HOST:PORT.`;
    case "EACCES":
      return `This user may not listen on ${listen}; choose a port above 1023 with --listen HOST:PORT.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${listen} is no address of this machine; choose one with --listen HOST:PORT.`;
    default:
      return `Cannot listen on ${listen} (${message}); choose another address with --listen HOST:PORT.`;
  }
}
