// A double of tailscaled's LocalAPI, for machines where no tailscaled runs: a real HTTP server on a real unix socket that behaves as
// reference/tailscaled-logs sections 6.1 to 6.3 and 6.5 say. Its log tap queues 16 entries for each reader and drops the rest without a word.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { onTestFinished } from "vitest";
import { Changes } from "../../main/platform/changes.ts";
import { tempFolder } from "./temp-folder.ts";

const queueLength = 16;
const newline = 10;

export interface LocalApiOptions {
  readonly socket?: string;
  /** Whether the user may do what needs write permission: root, or the operator. */
  readonly isOperator?: boolean;
  readonly version?: string;
  /** Built without a log tap, or older than it. */
  readonly hasTap?: boolean;
}

export interface LocalApi {
  readonly socket: string;
  /** Readers of the tap now. */
  readonly taps: number;
  /** Resolves once the tap has been opened so many times. */
  tapped(times?: number): Promise<void>;
  /** Writes one line of the log: a JSON object, without its newline. */
  write(line: string): void;
  /** Resolves once the queue of every tap has room for another line. */
  hasRoom(): Promise<void>;
  /** Writes bytes as they are, however full the queues: the beginning of a line, or its rest. */
  writeBytes(bytes: Buffer): void;
  /** Ends every tap, as a daemon that stops does, and the socket with it. */
  stop(): Promise<void>;
}

interface Tap {
  readonly queue: (string | Buffer)[];
  readonly response: ServerResponse;
  isSending: boolean;
}

/** Gone after the test. */
export async function startLocalApi(options: LocalApiOptions = {}): Promise<LocalApi> {
  const socket = options.socket ?? path.join(tempFolder(), "tailscaled.sock");
  const taps = new Set<Tap>();
  const changes = new Changes();
  let opened = 0;
  const open = (tap: Tap) => {
    opened += 1;
    taps.add(tap);
    changes.announce();
    tap.response.on("close", () => {
      taps.delete(tap);
      changes.announce();
    });
    void send(tap, changes);
  };
  const { signal } = new AbortController();
  const server = createServer((request, response) => answer(request, response, { open, ...options }));
  server.listen(socket);
  await once(server, "listening");
  const stop = async () => {
    if (!server.listening) return;
    for (const { response } of taps) response.destroy();
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  onTestFinished(stop);
  const write = (line: string) => {
    for (const tap of taps) {
      if (tap.queue.length >= queueLength) continue;
      tap.queue.push(`${line}\n`);
      void send(tap, changes);
    }
  };
  return {
    socket,
    get taps() {
      return taps.size;
    },
    async tapped(times = 1) {
      while (opened < times) await changes.wait(signal);
    },
    write,
    async hasRoom() {
      while ([...taps].some(({ queue }) => queue.length >= queueLength)) await changes.wait(signal);
    },
    writeBytes(bytes) {
      for (const tap of taps) {
        tap.queue.push(bytes);
        void send(tap, changes);
      }
    },
    stop,
  };
}

type Answering = LocalApiOptions & { readonly open: (tap: Tap) => void };

function answer(request: IncomingMessage, response: ServerResponse, options: Answering): void {
  const { headers, url } = request;
  const { version = "1.102.3-t0123abcde-g456789abc", hasTap = true, isOperator = true } = options;
  const isTrusted =
    headers.host === "local-tailscaled.sock" && headers.origin === undefined && headers.referer === undefined;
  if (!isTrusted) return void response.writeHead(403).end("invalid localapi request\n");
  response.setHeader("Tailscale-Version", version);
  if (url === "/localapi/v0/status?peers=false")
    return void response.end(JSON.stringify({ Version: version, BackendState: "Running", Peer: null }, null, "\t"));
  if (url !== "/localapi/v0/logtap" || !hasTap) return void response.writeHead(404).end("404 page not found\n");
  if (!isOperator) return void response.writeHead(403).end("logtap access denied\n");
  options.open({ queue: ['{"text":"[logtap connected]\\n"}\n'], response, isSending: false });
}

/** One writer for each reader, as in the daemon: what it cannot pass on waits in the queue. */
async function send(tap: Tap, changes: Changes): Promise<void> {
  if (tap.isSending) return;
  tap.isSending = true;
  await new Promise(setImmediate);
  for (let line = tap.queue.shift(); line !== undefined; line = tap.queue.shift()) {
    changes.announce();
    if (!tap.response.write(line)) await Promise.race([once(tap.response, "drain"), once(tap.response, "close")]);
    if (typeof line !== "string" && line.at(-1) !== newline) await new Promise(setImmediate); // A part of a line travels alone.
  }
  tap.isSending = false;
}
