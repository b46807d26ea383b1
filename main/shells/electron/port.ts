// The RPC router over one MessagePort.
import { RPCHandler } from "@orpc/server/message-port";
import type { AppRouter } from "../../rpc/handlers.ts";
import type { ServedPort } from "./electron-parts.ts";

export interface Connection {
  /** Ends every stream of this connection, and the other end is told. */
  close(): void;
}

/** Answers on `port` until the other end goes away or `close` is called. */
export function servePort(router: AppRouter, port: ServedPort): Connection {
  let isOpen = true;
  let endStreams = () => {};
  const end = () => {
    isOpen = false;
    endStreams();
  };
  port.on("close", end);
  new RPCHandler(router).upgrade({
    on(event, callback) {
      // A port that is closed from this side emits no event here, so the handler is told by us.
      if (event === "close") endStreams = () => callback();
      else port.on("message", (message) => callback(message));
    },
    postMessage(message: unknown) {
      if (isOpen) port.postMessage(message);
    },
  });
  port.start();
  return {
    close() {
      end();
      port.close();
    },
  };
}
