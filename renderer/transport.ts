// Two ways to main, one client. A transport is bytes in, bytes out: nothing else in the window knows which one it is.
import { createORPCClient } from "@orpc/client";
import { RPCLink as PortLink } from "@orpc/client/message-port";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import type { ContractRouterClient } from "@orpc/contract";
import type { contract } from "../shared/rpc/contract.ts";

export type Client = ContractRouterClient<typeof contract>;

export interface Transport {
  readonly client: Client;
  /** Resolves when the other end is gone; never rejects. */
  readonly closed: Promise<void>;
  /** True once the other end has said that this window's token is not its own. */
  readonly isRefused: () => boolean;
}

/** Opens a transport, or rejects with a reason. Every call is a fresh one; the signal's abort closes it. */
export type OpenTransport = (signal: AbortSignal) => Promise<Transport>;

/** The close code of a WebSocket that came without the right token. */
const wrongTokenCode = 4401;
const tokenKey = "gristmill-token";

/** As much of the page as the token touches. */
interface Page {
  readonly location: Pick<Location, "href">;
  readonly history: Pick<History, "state" | "replaceState">;
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem">;
}

/**
 * The token from the page's address, kept for this tab so that a reload works, and taken out of the address bar,
 * so that it is not in a screenshot, a bookmark or the history.
 */
export function takeToken({ location, history, sessionStorage }: Page): string {
  const url = new URL(location.href);
  const token = url.searchParams.get("token");
  if (token === null) return sessionStorage.getItem(tokenKey) ?? "";
  sessionStorage.setItem(tokenKey, token);
  url.searchParams.delete("token");
  history.replaceState(history.state, "", url);
  return token;
}

export function webSocketTransport(location: Location, token: string): OpenTransport {
  const url = new URL("/rpc", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("token", token);
  return async (signal) => {
    const websocket = new WebSocket(url);
    websocket.binaryType = "arraybuffer";
    let code = 0;
    // Before `closed`, so that whoever waits for that knows why.
    websocket.addEventListener("close", (event) => {
      code = event.code;
    });
    const closed = once(websocket, "close");
    signal.addEventListener("abort", () => websocket.close(), { once: true });
    const opened = await Promise.race([once(websocket, "open").then(() => true), closed.then(() => false)]);
    if (!opened) throw new Error(`no connection to ${url.host}`);
    const client: Client = createORPCClient(new SocketLink({ websocket }));
    return { client, closed, isRefused: () => code === wrongTokenCode };
  };
}

/**
 * The preload hands over one end of a MessagePort with the message "gristmill-port". We ask with "gristmill-ready" first,
 * so that it does not matter who was ready earlier, and so that a port that broke can be replaced.
 */
export function messagePortTransport(window: Window): OpenTransport {
  return async (signal) => {
    const handed = nextPort(window, signal);
    window.postMessage("gristmill-ready", window.location.origin);
    const port = await handed;
    const closed = once(port, "close");
    signal.addEventListener("abort", () => port.close(), { once: true });
    const client: Client = createORPCClient(new PortLink({ port }));
    port.start();
    return { client, closed, isRefused: () => false };
  };
}

function nextPort(window: Window, signal: AbortSignal): Promise<MessagePort> {
  return new Promise((resolve) => {
    const listening = new AbortController();
    const take = (event: MessageEvent<unknown>) => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== "gristmill-port" || port === undefined) return;
      listening.abort();
      resolve(port);
    };
    window.addEventListener("message", take, { signal: AbortSignal.any([signal, listening.signal]) });
  });
}

function once(target: EventTarget, type: string): Promise<void> {
  return new Promise((resolve) => target.addEventListener(type, () => resolve(), { once: true }));
}
