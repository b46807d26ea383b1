// A double of tailscaled's LocalAPI, for machines where no tailscaled runs: a real HTTP server on a real unix socket, or on a port with a token as
// in the apps of macOS, that behaves as reference/tailscaled-logs sections 6.1 to 6.5 say. What it knows of a tailnet is a TailnetDouble's.
// Its log tap queues 16 entries for each reader and drops the rest without a word; its bus queues 128 messages, and cuts off who does not read.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { onTestFinished } from "vitest";
import { Changes } from "../../main/platform/changes.ts";
import { BusDouble } from "./ipn-bus.ts";
import { QueuedAnswer } from "./queued-answer.ts";
import { TailnetDouble } from "./tailnet-double.ts";
import { tempFolder } from "./temp-folder.ts";

const queueLength = 16;

export interface LocalApiOptions {
  readonly socket?: string;
  /** Listens on a port of loopback instead, and wants this as the password of basic authentication. */
  readonly token?: string;
  /** Whether the user may do what needs write permission: root, or the operator. */
  readonly isOperator?: boolean;
  readonly version?: string;
  /** Built without a log tap, or older than it. */
  readonly hasTap?: boolean;
  /** Its bus is of another version than it says. */
  readonly busVersion?: string;
  /** Older than 1.34. */
  readonly hasBus?: boolean;
  /** Another user of this machine, as on Windows, has it. */
  readonly usedBy?: string;
  readonly tailnet?: TailnetDouble;
  /** Answers to `status` are held until this says so. */
  readonly mayAnswer?: () => Promise<void>;
}

export interface LocalApi {
  readonly socket: string;
  /** Where it listens with a token. */
  readonly port: number;
  readonly tailnet: TailnetDouble;
  readonly bus: BusDouble;
  /** Calls that were answered or refused, in order, without their queries but for the bus's mask. */
  readonly asked: readonly string[];
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
  /** Ends every stream, as a daemon that stops does, and the socket with it. */
  stop(): Promise<void>;
}

/** Gone after the test. */
export async function startLocalApi(options: LocalApiOptions = {}): Promise<LocalApi> {
  const socket = options.socket ?? path.join(tempFolder(), "tailscaled.sock");
  const tailnet = options.tailnet ?? new TailnetDouble();
  const { version = tailnet.version } = options;
  tailnet.version = version;
  const [taps, changes, asked] = [new Set<QueuedAnswer>(), new Changes(), [] as string[]];
  const bus = new BusDouble(tailnet, options.busVersion ?? version, options.usedBy);
  let opened = 0;
  const openTap = (response: ServerResponse) => {
    opened += 1;
    const tap = new QueuedAnswer(response, changes);
    taps.add(tap);
    changes.announce();
    response.on("close", () => {
      taps.delete(tap);
      changes.announce();
    });
    tap.push('{"text":"[logtap connected]\\n"}\n');
  };
  const { signal } = new AbortController();
  const server = createServer((request, response) => {
    void answer(request, response, { ...options, version, tailnet, bus, openTap, asked });
  });
  if (options.token === undefined) server.listen(socket);
  else server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const stop = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  onTestFinished(stop);
  return {
    socket,
    port: (address as AddressInfo).port,
    tailnet,
    bus,
    asked,
    get taps() {
      return taps.size;
    },
    async tapped(times = 1) {
      while (opened < times) await changes.wait(signal);
    },
    write(line) {
      for (const tap of taps) if (tap.length < queueLength) tap.push(`${line}\n`);
    },
    async hasRoom() {
      while ([...taps].some(({ length }) => length >= queueLength)) await changes.wait(signal);
    },
    writeBytes(bytes) {
      for (const tap of taps) tap.push(bytes);
    },
    stop,
  };
}

interface Answering extends LocalApiOptions {
  readonly version: string;
  readonly tailnet: TailnetDouble;
  readonly bus: BusDouble;
  readonly openTap: (response: ServerResponse) => void;
  readonly asked: string[];
}

async function answer(request: IncomingMessage, response: ServerResponse, options: Answering): Promise<void> {
  const url = new URL(request.url ?? "/", "http://local-tailscaled.sock");
  const call = url.pathname.replace("/localapi/v0/", "");
  const { hasTap = true, hasBus = true, isOperator = true, asked, version, tailnet, bus } = options;
  response.setHeader("Tailscale-Version", version).setHeader("Tailscale-Cap", "131");
  const refuse = (status: number, text: string) => void response.writeHead(status).end(`${text}\n`);
  const mask = url.searchParams.get("mask");
  asked.push(mask === null ? call : `${call}?mask=${mask}`);
  if (!isTrusted(request, options.token)) return refuse(403, "invalid localapi request");
  if (!isAuthorized(request, options.token)) return refuse(401, "auth required");
  if (call === "watch-ipn-bus" && hasBus) return bus.open(response, Number(mask));
  if (options.usedBy !== undefined) return refuse(401, `Tailscale already in use by ${options.usedBy}, pid 4711`);
  if (call === "status") {
    await options.mayAnswer?.();
    const status = tailnet.status(url.searchParams.get("peers") !== "false");
    return void response.end(JSON.stringify(status, null, "\t"));
  }
  if (call !== "logtap" || !hasTap) return refuse(404, "404 page not found");
  if (!isOperator) return refuse(403, "logtap access denied");
  options.openTap(response);
}

/** `Host`, and no sign of a browser. */
function isTrusted({ headers, socket }: IncomingMessage, token: string | undefined): boolean {
  const loopback = [`localhost:${socket.localPort}`, `127.0.0.1:${socket.localPort}`];
  const hosts = ["local-tailscaled.sock", "", ...(token === undefined ? [] : loopback)];
  return hosts.includes(headers.host ?? "") && headers.origin === undefined && headers.referer === undefined;
}

function isAuthorized({ headers }: IncomingMessage, token: string | undefined): boolean {
  return token === undefined || headers.authorization === `Basic ${Buffer.from(`:${token}`).toString("base64")}`;
}
