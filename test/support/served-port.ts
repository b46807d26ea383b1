import type { MessagePort } from "node:worker_threads";
import type { ServedPort } from "../../main/shells/electron/electron-parts.ts";

/** A real MessagePort, worker_threads', with the events of Electron's MessagePortMain. */
export function servedPort(port: MessagePort): ServedPort {
  return {
    on(event: "message" | "close", listener: (message: { readonly data: unknown }) => void) {
      if (event === "message") port.on("message", (data: unknown) => listener({ data }));
      else port.on("close", () => listener({ data: undefined }));
    },
    postMessage: (message) => port.postMessage(message),
    start: () => port.start(),
    close: () => port.close(),
  };
}
