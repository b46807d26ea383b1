// Connections, counted by where they come from. Over the limit of one address they are still answered, with 429; twice over it they are closed
// as they come.
import { isIPv6, type Server, type Socket } from "node:net";
import type { Limits } from "./limits.ts";

type Peer = Pick<Socket, "remoteAddress" | "remotePort">;

export class Connections {
  readonly #perAddress: number;
  readonly #counts = new Map<string, number>();
  /** Those that are over the limit. */
  readonly #over = new Set<string>();
  /** By address and port: what is known of a connection, with TLS or without, in HTTP/1.1 or HTTP/2. */
  readonly #sockets = new Map<string, Socket>();
  readonly #refused: () => void;

  /** @param refused called for each that is closed as it comes. */
  constructor({ connectionsPerAddress }: Pick<Limits, "connectionsPerAddress">, refused: () => void) {
    this.#perAddress = connectionsPerAddress;
    this.#refused = refused;
  }

  get open(): number {
    return this.#sockets.size;
  }

  isOver(socket: Peer): boolean {
    return this.#over.has(nameOf(socket));
  }

  /** Counts what connects to `server`. */
  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.#opened(socket));
    server.on("drop", this.#refused);
  }

  /** Ends all of them, whatever is under way. */
  closeAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  /** What ends the connection of `socket`, however long from now. */
  ending(socket: Peer): () => void {
    const found = this.#sockets.get(nameOf(socket));
    return () => found?.destroy();
  }

  #opened(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? "");
    const name = nameOf(socket);
    const count = (this.#counts.get(network) ?? 0) + 1;
    if (count > 2 * this.#perAddress) {
      this.#refused();
      socket.destroy();
      return;
    }
    this.#counts.set(network, count);
    this.#sockets.set(name, socket);
    if (count > this.#perAddress) this.#over.add(name);
    socket.once("close", () => {
      this.#sockets.delete(name);
      this.#over.delete(name);
      const left = (this.#counts.get(network) ?? 1) - 1;
      if (left === 0) this.#counts.delete(network);
      else this.#counts.set(network, left);
    });
  }
}

function nameOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Whom an address belongs to: an IPv4 address itself, of an IPv6 address the first 64 bits, since whoever has one has all of its network. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const [left, right] = [groups(head), groups(tail ?? "")];
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].slice(0, 4).join(":");
}

function groups(part: string): readonly string[] {
  return part === "" ? [] : part.split(":").map((group) => group.toLowerCase());
}
