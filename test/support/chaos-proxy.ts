// A network between clients and a server, as networks are: a TCP proxy on 127.0.0.1 that does to each connection what it is told. It knows
// nothing of HTTP.
import { once } from "node:events";
import net from "node:net";
import { setTimeout as after } from "node:timers/promises";
import type { Random } from "../../main/sources/demo/random.ts";

/** What befalls a connection; nothing of it by default. */
export interface Fault {
  /** Each chunk takes so much longer, in both directions. */
  readonly latencyMs?: number;
  /** In both directions. */
  readonly bytesPerSecond?: number;
  readonly breaks?: Break;
  /** So old it is reset. */
  readonly lifeMs?: number;
}

/** What happens behind byte `at` of one direction: 0 = before its first. */
export interface Break {
  readonly side: "request" | "answer";
  readonly at: number;
  /** black-hole: what comes is taken and goes nowhere. half-closed: the same, and whoever waits for it is told that nothing comes any more. */
  readonly how: "reset" | "half-closed" | "black-hole";
}

export interface ChaosProxyOptions {
  /** Where it leads to, HOST:PORT; asked for each connection. */
  readonly target: () => string;
  /** @param connection counts from 0. */
  readonly fault: (connection: number) => Fault;
  /** Called with everything that the server sends, whether it gets through or not. @param connection as above. */
  readonly answered?: (bytes: Buffer, connection: number) => void;
}

export interface ChaosProxy {
  /** HOST:PORT */
  readonly host: string;
  /** Resets what is open; from now on everything gets through as it comes. */
  calm(): void;
  close(): Promise<void>;
}

export async function startChaosProxy(options: ChaosProxyOptions): Promise<ChaosProxy> {
  const open = new Set<Connection>();
  let [connections, isCalm] = [0, false];
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const number = connections++;
    const fault = isCalm ? {} : options.fault(number);
    const [host = "", port] = options.target().split(":");
    const upstream = net.connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    const connection = new Connection({ client, upstream }, fault, (bytes) => options.answered?.(bytes, number));
    open.add(connection);
    void connection.over.then(() => open.delete(connection));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const resetAll = () => {
    for (const connection of open) connection.reset();
  };
  return {
    host: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    calm() {
      isCalm = true;
      resetAll();
    },
    async close() {
      server.close();
      resetAll();
      await once(server, "close");
    },
  };
}

interface Ends {
  readonly client: net.Socket;
  readonly upstream: net.Socket;
}

/** How long what passes at a rate is held back at a time. */
const sliceMs = 50;

class Connection {
  readonly #ends: Ends;
  readonly #fault: Fault;
  readonly #over = new AbortController();
  readonly over: Promise<void>;

  constructor(ends: Ends, fault: Fault, answered: (bytes: Buffer) => void) {
    this.#ends = ends;
    this.#fault = fault;
    const { client, upstream } = ends;
    upstream.on("data", answered).pause(); // Flows once it is carried.
    for (const socket of [client, upstream]) socket.on("error", () => this.reset());
    const closed = [client, upstream].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    this.over = Promise.all(closed).then(() => this.#over.abort());
    if (fault.lifeMs !== undefined) void this.#pause(fault.lifeMs).then(() => this.reset());
    void this.#carry(client, upstream, "request");
    void this.#carry(upstream, client, "answer");
  }

  /** Both ends see a connection that was reset. */
  reset(): void {
    this.#over.abort();
    for (const socket of [this.#ends.client, this.#ends.upstream]) socket.resetAndDestroy();
  }

  /** Cut short where the connection is over. */
  async #pause(ms: number): Promise<void> {
    await after(ms, undefined, { signal: this.#over.signal }).catch(() => undefined);
  }

  async #carry(from: net.Socket, to: net.Socket, side: Break["side"]): Promise<void> {
    const { breaks } = this.#fault;
    const end = breaks?.side === side ? breaks.at : Number.POSITIVE_INFINITY;
    let passed = 0;
    try {
      if (end > 0)
        for await (const chunk of from.iterator({ destroyOnReturn: false })) {
          const rest = (chunk as Buffer).subarray(0, end - passed);
          await this.#pass(rest, to);
          passed += rest.length;
          if (passed >= end) break;
        }
      if (passed >= end) this.#break(from, to, breaks?.how ?? "reset");
      else to.end();
    } catch {
      this.reset(); // One end is gone.
    }
  }

  async #pass(bytes: Buffer, to: net.Socket): Promise<void> {
    const { latencyMs = 0, bytesPerSecond } = this.#fault;
    if (latencyMs > 0) await this.#pause(latencyMs);
    const slice = bytesPerSecond === undefined ? bytes.length : Math.ceil((bytesPerSecond * sliceMs) / 1_000);
    for (let at = 0; at < bytes.length && !this.#over.signal.aborted; at += slice) {
      if (bytesPerSecond !== undefined) await this.#pause(sliceMs);
      if (!to.write(bytes.subarray(at, at + slice))) await once(to, "drain", { signal: this.#over.signal });
    }
  }

  #break(from: net.Socket, to: net.Socket, how: Break["how"]): void {
    if (how === "reset") this.reset();
    else from.resume(); // Taken, and gone.
    if (how === "half-closed") to.end();
  }
}

/** A name for a fault, to count by. */
export function faultName({ latencyMs, bytesPerSecond, breaks }: Fault): string {
  if (breaks !== undefined) return `${breaks.how} in ${breaks.side}`;
  if (bytesPerSecond !== undefined) return "narrow";
  return latencyMs === undefined ? "none" : "late";
}

/** Longer than the requests and answers of a test, which are swept byte by byte. */
const sweptBytes = { request: 1_200, answer: 420 };

/**
 * A bad day: half of the connections are broken, each behind the byte after the one before; the others are late, narrow or as they should be. None
 * grows older than two seconds.
 */
export function badDay(random: Random): () => Fault {
  const breaks = (["reset", "half-closed", "black-hole"] as const).flatMap((how) =>
    (["request", "answer"] as const).map((side) => ({ how, side })),
  );
  const swept = { request: random.whole(0, sweptBytes.request), answer: random.whole(0, sweptBytes.answer) };
  return () => {
    const lifeMs = random.whole(200, 2_000);
    if (random.chance(0.25)) return { lifeMs };
    if (random.chance(0.2)) return { lifeMs, latencyMs: random.whole(5, 250) };
    if (random.chance(0.15)) return { lifeMs, bytesPerSecond: 1_000 };
    const { how, side } = random.chance(0.5)
      ? { how: "reset" as const, side: "request" as const }
      : random.pick(breaks);
    const at = swept[side];
    swept[side] = (at + 1) % sweptBytes[side];
    return { lifeMs, breaks: { how, side, at } };
  };
}
