import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import path from "node:path";
import { os } from "@orpc/server";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import type { AppRouter } from "../../../../main/rpc/handlers.ts";
import { type HeadlessShell, startHeadless } from "../../../../main/shells/headless/shell.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

const token = "a-token-of-the-test-0123";

async function shell(): Promise<HeadlessShell & { readonly port: number }> {
  const window = path.join(tempFolder(), "window");
  mkdirSync(window);
  writeFileSync(path.join(window, "index.html"), "<!doctype html>the window");
  writeFileSync(path.join(window, "..", "secret.html"), "not yours");
  // The transport is under test here, not the contract: one method is enough.
  const router = { ping: os.handler(() => "pong") } as unknown as AppRouter;
  const started = await startHeadless({ router, window, host: "127.0.0.1", port: 0, token });
  onTestFinished(() => started.close());
  return { ...started, port: Number(new URL(started.url).port) };
}

interface Asked {
  readonly status: number;
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
}

async function ask(port: number, pathname: string, { headers = {}, method = "GET" } = {}): Promise<Asked> {
  const request = http.request({ host: "127.0.0.1", port, path: pathname, headers, method, agent: false });
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body, headers: response.headers };
}

test("the printed address serves the window, with a policy that lets nothing else run", async () => {
  const { port, url } = await shell();
  const { pathname, search } = new URL(url);
  const { status, body, headers } = await ask(port, pathname + search);
  expect({ status, body }).toEqual({ status: 200, body: "<!doctype html>the window" });
  expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
  expect(headers["x-content-type-options"]).toBe("nosniff");
});

test("a wrong token is told what to do", async () => {
  const { port } = await shell();
  const { status, body } = await ask(port, "/?token=wrong");
  expect({ status, body }).toEqual({ status: 403, body: expect.stringContaining("Open the address that it printed") });
});

test("a request under another host name, as DNS rebinding makes one, is refused", async () => {
  const { port } = await shell();
  expect((await ask(port, "/", { headers: { host: `evil.example:${port}` } })).status).toBe(403);
});

test.each([
  "/../secret.html",
  "/%2e%2e/secret.html",
  "/..%2fsecret.html",
  "/%2e%2e%2fsecret.html",
  "//secret.html",
  "/\\..\\secret.html",
  "/%00.html",
  "/%E0%A4%A.html",
])("%s leads nowhere outside the window's folder", async (pathname) => {
  const { port } = await shell();
  const { status, body } = await ask(port, pathname);
  expect([body.includes("not yours"), status === 200 && !body.includes("the window")]).toEqual([false, false]);
});

test("other methods are refused", async () => {
  const { port } = await shell();
  expect((await ask(port, "/", { method: "POST" })).status).toBe(405);
});

/** What a WebSocket to the shell ends in: "open", the HTTP status of the refusal, or the close code. */
async function dial(
  port: number,
  { search = `?token=${token}`, origin = `http://127.0.0.1:${port}`, host = `127.0.0.1:${port}` } = {},
): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc${search}`, { origin, headers: { host } });
  try {
    return await new Promise((resolve) => {
      socket.on("unexpected-response", (_, response) => resolve(`status ${response.statusCode}`));
      socket.on("error", () => undefined);
      socket.on("close", (code) => resolve(`closed ${code}`));
      socket.on("open", () => socket.ping());
      socket.on("pong", () => resolve("open"));
    });
  } finally {
    socket.terminate();
  }
}

test("the WebSocket opens for the own page with the token, and for nobody else", async () => {
  const { port } = await shell();
  expect(await dial(port)).toBe("open");
  expect(await dial(port, { search: "" })).toBe("closed 4401");
  expect(await dial(port, { search: "?token=wrong" })).toBe("closed 4401");
  expect(await dial(port, { origin: "http://evil.example" })).toBe("status 403");
  expect(await dial(port, { origin: `http://127.0.0.1:${port + 1}` })).toBe("status 403");
  expect(await dial(port, { host: `evil.example:${port}`, origin: `http://evil.example:${port}` })).toBe("status 403");
});

/** What a client sends that asks for a WebSocket; without a Host and Origin of ours, as a foreign web page does it. */
const upgrade = (target: string, own = "evil.example") =>
  [
    `GET ${target} HTTP/1.1`,
    `Host: ${own}`,
    `Origin: http://${own}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "\r\n",
  ].join("\r\n");

async function sent(port: number, text: string): Promise<net.Socket> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

async function firstLine(socket: net.Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString().split("\r\n")[0] ?? "";
}

test("a path that is no address is refused, over GET and as an upgrade", async () => {
  const { port } = await shell();
  expect((await ask(port, "//")).status).toBe(400);
  expect(await firstLine(await sent(port, upgrade("//")))).toBe("HTTP/1.1 403 Forbidden");
  expect(await firstLine(await sent(port, upgrade("//", `127.0.0.1:${port}`)))).toBe("HTTP/1.1 400 Bad Request");
});

test("clients that are refused and reset, at once or after the answer, do no harm", async () => {
  const { port } = await shell();
  for (let n = 0; n < 50; n++) {
    (await sent(port, upgrade("/rpc"))).resetAndDestroy();
    const answered = await sent(port, upgrade("/rpc"));
    await firstLine(answered);
    answered.resetAndDestroy();
  }
  expect(await dial(port)).toBe("open");
});

test("a client with a wrong token that breaks the protocol does no harm", async () => {
  const { port } = await shell();
  const socket = await sent(port, upgrade("/rpc?token=wrong", `127.0.0.1:${port}`));
  const closed = once(socket, "close");
  await firstLine(socket);
  socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  socket.resume();
  await once(socket, "end");
  socket.end();
  await closed;
  expect(await dial(port)).toBe("open");
});

test("closing the shell waits for no refused client that keeps its end open", async () => {
  const { port, close } = await shell();
  const socket = await sent(port, upgrade("/rpc"));
  await firstLine(socket);
  await close();
});

test("closing the shell ends its connections", async () => {
  const { port, close } = await shell();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc?token=${token}`, { origin: `http://127.0.0.1:${port}` });
  await once(socket, "open");
  const closed = once(socket, "close");
  await close();
  await closed;
});

test("a port that is taken is the system's own error", async () => {
  const { port } = await shell();
  const options = { router: {} as AppRouter, window: tempFolder(), host: "127.0.0.1", port, token };
  await expect(startHeadless(options)).rejects.toMatchObject({ code: "EADDRINUSE" });
});
