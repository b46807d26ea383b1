// The two ways from a client to the router, both real: a MessagePort pair under the Electron shell's port code, and a WebSocket to the headless shell.
import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { createORPCClient } from "@orpc/client";
import { RPCLink as PortLink } from "@orpc/client/message-port";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import type { ContractRouterClient } from "@orpc/contract";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { AppRouter } from "../../main/rpc/handlers.ts";
import { servePort } from "../../main/shells/electron/port.ts";
import { startHeadless } from "../../main/shells/headless/shell.ts";
import type { contract } from "../../shared/rpc/contract.ts";
import { servedPort } from "./served-port.ts";
import { tempFolder } from "./temp-folder.ts";

export type Client = ContractRouterClient<typeof contract>;

export interface Connected {
  readonly client: Client;
  /** From now on the client takes nothing from the wire, until `resume`. */
  pause(): void;
  resume(): void;
  /** Goes away without a word, as a window that is closed or killed does. */
  leave(): void;
}

export interface Transport {
  readonly name: string;
  connect(router: AppRouter): Promise<Connected>;
}

export const overPort: Transport = {
  name: "a MessagePort",
  async connect(router) {
    const { port1, port2 } = new MessageChannel();
    const connection = servePort(router, servedPort(port1));
    onTestFinished(() => connection.close());
    const waiting: unknown[] = [];
    let deliver: (data: unknown) => void = () => undefined;
    let isPaused = false;
    port2.on("message", (data: unknown) => (isPaused ? waiting.push(data) : deliver(data)));
    const port = {
      postMessage: (data: unknown) => port2.postMessage(data),
      on(event: string, listener: (message?: { data: unknown }) => void) {
        if (event === "message") deliver = (data) => listener({ data });
        else port2.on("close", () => listener());
      },
    };
    return {
      client: createORPCClient(new PortLink({ port })),
      pause() {
        isPaused = true;
      },
      resume() {
        isPaused = false;
        for (const data of waiting.splice(0)) deliver(data);
      },
      leave: () => port2.close(),
    };
  },
};

export const overSocket: Transport = {
  name: "a WebSocket",
  async connect(router) {
    const token = "a-token-of-the-test-0123";
    const shell = await startHeadless({ router, window: tempFolder(), host: "127.0.0.1", port: 0, token });
    onTestFinished(() => shell.close());
    const { host } = new URL(shell.url);
    const socket = new WebSocket(`ws://${host}/rpc?token=${token}`, { origin: `http://${host}` });
    await once(socket, "open");
    return {
      // The link is typed for a browser's WebSocket; ws has the four members that it uses.
      client: createORPCClient(new SocketLink({ websocket: socket as unknown as globalThis.WebSocket })),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      leave: () => socket.terminate(),
    };
  },
};
