// TLS: HTTP/2 for whoever asks for it, HTTP/1.1 beside it, and certificates that are renewed.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, utimesSync, writeFileSync } from "node:fs";
import http2 from "node:http2";
import https from "node:https";
import path from "node:path";
import tls from "node:tls";
import { expect, onTestFinished, test, vi } from "vitest";
import type { OperatorLog } from "../../catcher/operator-log.ts";
import { followTls, readTls } from "../../catcher/tls.ts";
import { type Disk, nodeDisk } from "../../log/disk.ts";
import { entryLines } from "../../log/frame-codec.ts";
import { catcherFor, receiptFor, storedFrames, storedNumbers, testPrivateId } from "../support/catcher.ts";
import { patience } from "../support/catcher-patience.ts";
import { testCertificate, testKey } from "../support/catcher-tls.ts";
import { chainOf } from "../support/frames.ts";
import { logtailBatch, logtailEntry, testCollection } from "../support/logtail-client.ts";
import { tempFolder } from "../support/temp-folder.ts";

const trust = { ca: testCertificate };

function tlsFiles(): { cert: string; key: string } {
  const folder = tempFolder();
  const files = { cert: path.join(folder, "cert.pem"), key: path.join(folder, "key.pem") };
  writeFileSync(files.cert, testCertificate);
  writeFileSync(files.key, testKey);
  return files;
}

async function session(url: string): Promise<http2.ClientHttp2Session> {
  const client = http2.connect(url, trust);
  client.on("error", () => undefined);
  onTestFinished(() => client.destroy());
  await once(client, "connect");
  return client;
}

interface Http2Answer {
  readonly status: number | undefined;
  readonly body: string;
}

async function ask(
  client: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string | Buffer,
): Promise<Http2Answer> {
  const stream = client.request({ ":method": "POST", ...headers });
  if (body !== undefined) stream.end(body);
  let text = "";
  stream.on("data", (chunk) => {
    text += chunk;
  });
  const [answer] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
  await once(stream, "close");
  return { status: answer[":status"], body: text };
}

const logtailPath = `/c/${testCollection}/${testPrivateId}`;

test("an upload of a tailscaled over HTTP/2, without a length, is stored and answered 200 with nothing; frames beside it in one connection", async () => {
  const { url, dir } = await catcherFor({ tls: tlsFiles() });
  expect(url).toMatch(/^https:/);
  const client = await session(url);
  const batch = logtailBatch(logtailEntry(1), logtailEntry(2));
  expect(await ask(client, { ":path": logtailPath }, batch)).toEqual({ status: 200, body: "" });
  const frames = chainOf([1, 1]);
  const native = { ":path": "/v1/frames", authorization: `Bearer ${testPrivateId}`, "content-encoding": "zstd" };
  const answer = await ask(client, native, Buffer.concat(frames.map(({ bytes }) => bytes)));
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, receiptFor(frames[1])]);
  expect((await storedFrames(dir)).flatMap(entryLines).filter((line) => line.includes("proc_seq"))).toEqual([
    logtailEntry(1),
    logtailEntry(2),
  ]);
});

test("an HTTP/1.1 client is served on the same port, again and again on one connection", async () => {
  const { url } = await catcherFor({ tls: tlsFiles() });
  const agent = new https.Agent({ ...trust, keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const sockets = new Set<unknown>();
  for (const seq of [1, 2, 3]) {
    const request = https.request(`${url}${logtailPath}`, { method: "POST", agent });
    request.end(logtailBatch(logtailEntry(seq)));
    const [response] = await once(request, "response");
    sockets.add(response.socket);
    expect([response.statusCode, response.httpVersion]).toEqual([200, "1.1"]);
    await once(response.resume(), "end");
  }
  expect(sockets.size).toBe(1);
});

test("an upload that is taken back in the middle is not stored, although HTTP/2 ends it like one that is whole", async () => {
  const { url, dir } = await catcherFor({ tls: tlsFiles() });
  const client = await session(url);
  const stream = client.request({ ":method": "POST", ":path": logtailPath });
  stream.on("error", () => undefined);
  await new Promise((sent) => stream.write(logtailBatch(logtailEntry(1)).slice(0, 40), sent));
  await new Promise((arrived) => client.ping(arrived)); // Streams are in order: the server has it now.
  stream.destroy();
  const dying = await session(url);
  const half = dying.request({ ":method": "POST", ":path": logtailPath });
  half.on("error", () => undefined);
  await new Promise((sent) => half.write(logtailBatch(logtailEntry(1)).slice(0, 40), sent));
  await new Promise((arrived) => dying.ping(arrived));
  dying.destroy();
  expect((await ask(client, { ":path": logtailPath }, logtailBatch(logtailEntry(9)))).status).toBe(200);
  expect((await storedFrames(dir)).flatMap(entryLines)).toEqual([logtailEntry(9)]);
});

test("a request over HTTP/2 that is refused before its body is read is answered, and the connection serves the next one", async () => {
  const { url } = await catcherFor({ tls: tlsFiles() });
  const client = await session(url);
  const endless = client.request({ ":method": "POST", ":path": "/v1/frames" });
  endless.on("error", () => undefined);
  endless.write(Buffer.alloc(200_000));
  const [headers] = await once(endless, "response");
  expect(headers[":status"]).toBe(401);
  await once(endless, "aborted"); // It is told to stop sending.
  expect((await ask(client, { ":path": logtailPath }, logtailBatch(logtailEntry(1)))).status).toBe(200);
});

test("a request over HTTP/2 that does not come whole in time is answered 408, and the connection serves the next one", async () => {
  const { url } = await catcherFor({ tls: tlsFiles(), limits: { requestMs: 200 } });
  const client = await session(url);
  const slow = client.request({ ":method": "POST", ":path": logtailPath });
  slow.write("[");
  const [headers] = await once(slow, "response");
  expect(headers[":status"]).toBe(408);
  slow.resume();
  await once(slow, "close");
  expect((await ask(client, { ":path": logtailPath }, logtailBatch(logtailEntry(1)))).status).toBe(200);
});

test("whose client goes away before the answer gives back its memory, and is stored all the same", async () => {
  const syncing = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const disk: Disk = {
    ...nodeDisk,
    async openAppend(file, length) {
      const real = await nodeDisk.openAppend(file, length);
      const datasync = async () => {
        syncing.resolve();
        await gate.promise;
        await real.datasync();
      };
      return { append: (parts) => real.append(parts), datasync, close: () => real.close() };
    },
  };
  const { url, dir } = await catcherFor({ tls: tlsFiles(), disk });
  const client = await session(url);
  const upload = client.request({ ":method": "POST", ":path": logtailPath });
  upload.on("error", () => undefined);
  upload.end(logtailBatch(logtailEntry(1)));
  await syncing.promise;
  client.destroy();
  const other = await session(url);
  await vi.waitFor(async () => expect(await gauge(other, "connections")).toBe(1), patience);
  expect(await gauge(other, "request_memory_bytes")).toBeGreaterThan(0);
  gate.resolve();
  await vi.waitFor(async () => expect(await gauge(other, "request_memory_bytes")).toBe(0), patience);
  expect((await storedFrames(dir)).flatMap(entryLines)).toEqual([logtailEntry(1)]);
});

async function gauge(client: http2.ClientHttp2Session, name: string): Promise<number> {
  const { body } = await ask(client, { ":method": "GET", ":path": "/metrics" });
  return Number(new RegExp(`^gristmill_catcher_${name} (\\S+)$`, "m").exec(body)?.[1]);
}

test("a connection over HTTP/2 on which nothing happens is said good-bye to", async () => {
  const { url } = await catcherFor({ tls: tlsFiles(), limits: { idleMs: 200 } });
  const client = await session(url);
  await once(client, "goaway");
  await once(client, "close");
});

test("a stop answers what is under way over HTTP/2, and lets nobody keep it up", async () => {
  const { url, dir, close } = await catcherFor({ tls: tlsFiles() });
  const client = await session(url);
  const [frame] = chainOf([1]);
  const stream = client.request({ ":method": "POST", ":path": "/v1/frames", authorization: `Bearer ${testPrivateId}` });
  stream.write(frame?.bytes.subarray(0, 50));
  await new Promise((arrived) => client.ping(arrived));
  const closed = close();
  stream.end(frame?.bytes.subarray(50));
  const [headers] = await once(stream, "response");
  expect(headers[":status"]).toBe(200);
  stream.resume();
  await closed;
  expect(await storedNumbers(dir)).toEqual([1]);
});

test.each([
  [
    "a certificate that is not there",
    { cert: "/nowhere/cert.pem" },
    /cert\.pem is not there; --tls-cert takes a file in PEM/,
  ],
  ["a key that is not there", { key: "/nowhere/key.pem" }, /key\.pem is not there; --tls-key takes/],
  ["a key that is none", { key: import.meta.filename }, /are not a certificate and its key in PEM/],
])("%s ends the start with a sentence", async (_, files, sentence) => {
  await expect(catcherFor({ tls: { ...tlsFiles(), ...files } })).rejects.toThrow(sentence);
});

/** A key and a certificate for localhost that openssl makes now; undefined where there is no openssl. */
function anotherPair(): { cert: string; key: string } | undefined {
  const folder = tempFolder();
  const files = { cert: path.join(folder, "cert.pem"), key: path.join(folder, "key.pem") };
  try {
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    const made = ["-nodes", "-subj", "/CN=renewed", "-keyout", files.key, "-out", files.cert];
    execFileSync("openssl", ["req", "-x509", ...curve, ...made], { stdio: "ignore" });
    return files;
  } catch {
    console.log("skipped: there is no openssl here that makes a certificate");
    return undefined;
  }
}

test("a renewed certificate is taken up without a restart; until both files are renewed the one from before stays", async () => {
  const renewed = anotherPair();
  if (renewed === undefined) return;
  const files = tlsFiles();
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const log: OperatorLog = { info: say, warn: say, error: say };
  const server = tls.createServer(readTls(files), (socket) => socket.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const unfollow = followTls(files, server, log, 10);
  onTestFinished(() => {
    unfollow();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const name = async () => {
    const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN;
  };
  copyFileSync(renewed.cert, files.cert);
  utimesSync(files.cert, 1, 1); // Whatever the file system's clock can tell apart.
  await vi.waitFor(() => expect(said).toEqual([expect.stringContaining("stays the one from before")]), patience);
  expect(await name()).toBe("localhost");
  copyFileSync(renewed.key, files.key);
  utimesSync(files.key, 1, 1);
  await vi.waitFor(() => expect(said.slice(1)).toEqual(["The renewed certificate is in use."]), patience);
  expect(await name()).toBe("renewed");
});
