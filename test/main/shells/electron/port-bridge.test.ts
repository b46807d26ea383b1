import { expect, test } from "vitest";
import { type BridgeParts, bridgePorts, type Page } from "../../../../main/shells/electron/port-bridge.ts";

type Heard = (event: { readonly source: unknown; readonly data: unknown }) => void;

/** Doubles of a page's window and of Electron's ipcRenderer and contextBridge, which exist in a renderer process only. */
function page(origin: string) {
  const did: unknown[] = [];
  let heard: Heard = () => undefined;
  let given: (event: { readonly ports: readonly object[] }) => void = () => undefined;
  const window: Page = {
    location: { origin },
    addEventListener: (_type, listener) => {
      heard = listener;
    },
    postMessage: (message, targetOrigin, transfer) => did.push(["page gets", message, targetOrigin, transfer]),
  };
  const parts: BridgeParts = {
    ipc: {
      on: (_channel, listener) => {
        given = listener;
      },
      send: (channel) => did.push(["main gets", channel]),
    },
    expose: (name, value) => did.push(["page sees", name, value]),
  };
  bridgePorts(window, parts);
  return {
    did,
    posts: (data: unknown, source: unknown = window) => heard({ source, data }),
    mainGives: (...ports: object[]) => given({ ports }),
  };
}

test("our page learns its shell, asks for a port as often as it is ready, and is handed what main gives", () => {
  const { did, posts, mainGives } = page("app://gristmill");
  const port = { name: "port" };
  posts("gristmill-ready");
  mainGives(port);
  posts("gristmill-ready");
  expect(did).toEqual([
    ["page sees", "gristmillShell", "electron"],
    ["main gets", "gristmill-port-wanted"],
    ["page gets", "gristmill-port", "app://gristmill", [port]],
    ["main gets", "gristmill-port-wanted"],
  ]);
});

test("other messages, and messages of other windows, ask for nothing", () => {
  const { did, posts } = page("app://gristmill");
  posts("something else");
  posts({ kind: "gristmill-ready" });
  posts("gristmill-ready", { location: {} });
  expect(did).toEqual([["page sees", "gristmillShell", "electron"]]);
});

test.each(["https://evil.example", "app://elsewhere", "null", "file://"])(
  "a page of %s gets nothing at all",
  (origin) => {
    const { did, posts, mainGives } = page(origin);
    posts("gristmill-ready");
    mainGives({});
    expect(did).toEqual([]);
  },
);
