// `gristmill catcher`, as a process.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { expect, test } from "vitest";
import { catcherFor, postFrames, receiptFor, storedNumbers, testPrivateId } from "../support/catcher.ts";
import { type CatcherProcess, runCatcher } from "../support/catcher-process.ts";
import { testCertificate, testKey } from "../support/catcher-tls.ts";
import { chainOf } from "../support/frames.ts";
import { tempFolder } from "../support/temp-folder.ts";

async function started(...args: readonly string[]): Promise<CatcherProcess & { url: string; dir: string }> {
  const dir = tempFolder();
  const catcher = runCatcher(["--dir", dir, "--listen", "127.0.0.1:0", ...args]);
  const said = await catcher.listening;
  expect(said).toEqual({ listening: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  return { ...catcher, url: said?.listening ?? "", dir };
}

test.each(["SIGTERM", "SIGINT"] as const)("%s ends it with 0; what it acknowledged is stored", async (signal) => {
  const { url, dir, child, ended } = await started();
  const frames = chainOf([1, 2]);
  expect(await postFrames(url, frames)).toMatchObject({ status: 200, body: receiptFor(frames[1]) });
  child.kill(signal);
  expect(await ended).toEqual({ code: 0, stderr: "" });
  expect(await storedNumbers(dir)).toEqual([1, 2, 3]);
});

test("a request that is under way when it is stopped is finished and answered", async () => {
  const { url, dir, child, ended } = await started();
  const [frame] = chainOf([1]);
  const bytes = frame?.bytes ?? Buffer.alloc(0);
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(
    `POST /v1/frames HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${testPrivateId}\r\nExpect: 100-continue\r\nContent-Length: ${bytes.length}\r\n\r\n`,
  );
  let answer = "";
  socket.on("data", (text: Buffer) => {
    // "100 Continue" says that the catcher has the request; only then it is stopped, and only then the body is sent.
    if (answer === "") {
      child.kill("SIGTERM");
      socket.write(bytes);
    }
    answer += text.toString("utf8");
  });
  expect(await ended).toMatchObject({ code: 0 });
  expect(answer).toContain("HTTP/1.1 200 OK");
  expect(answer).toContain(JSON.stringify(receiptFor(frame)));
  expect(await storedNumbers(dir)).toEqual([1]);
});

test("a folder that another catcher has ends it with 1 and a sentence", async () => {
  const { dir } = await catcherFor();
  const { ended } = runCatcher(["--dir", dir, "--listen", "127.0.0.1:0"]);
  expect(await ended).toEqual({ code: 1, stderr: expect.stringContaining(`${dir} is in use by another Gristmill`) });
});

test("a port in use ends it with 1 and a sentence", async () => {
  const { url } = await catcherFor();
  const { ended } = runCatcher(["--dir", tempFolder(), "--listen", new URL(url).host]);
  expect(await ended).toEqual({ code: 1, stderr: expect.stringMatching(/is in use by another program; .*--listen/) });
});

test("with a certificate it speaks HTTPS, with --log json every message is a JSON object, and a key in a file is the admin's", async () => {
  const folder = tempFolder();
  const files = { cert: path.join(folder, "cert"), key: path.join(folder, "key"), admin: path.join(folder, "admin") };
  writeFileSync(files.cert, testCertificate);
  writeFileSync(files.key, testKey);
  writeFileSync(files.admin, "an-admin-key-of-the-test\n");
  const tls = ["--tls-cert", files.cert, "--tls-key", files.key, "--admin-key-file", files.admin];
  const dir = tempFolder();
  const { child, listening, ended } = runCatcher(["--dir", dir, "--listen", "127.0.0.1:0", "--log", "json", ...tls]);
  const url = (await listening)?.listening;
  const headers = { authorization: `Basic ${Buffer.from("an-admin-key-of-the-test:").toString("base64")}` };
  const request = https.get(`${url}/v1/instances`, { ca: testCertificate, headers });
  const [response] = await once(request, "response");
  expect(response.resume().statusCode).toBe(200);
  child.kill("SIGTERM");
  const { code, stderr } = await ended;
  const said = stderr.trimEnd().split("\n");
  expect([code, ...said.map((line) => JSON.parse(line))]).toEqual([
    0,
    expect.objectContaining({ level: "info", message: "The catcher listens.", url, dir }),
    expect.objectContaining({ level: "info", message: "The catcher has stopped." }),
  ]);
});

test.each([
  [["--tls-cert", "/nowhere", "--tls-key", "/nowhere"], /\/nowhere is not there; --tls-cert takes a file in PEM/],
  [["--admin-key-file", "/nowhere"], /The admin key in \/nowhere cannot be read/],
])("%j ends it with 1 and a sentence", async (args, sentence) => {
  const { ended } = runCatcher(["--dir", tempFolder(), "--listen", "127.0.0.1:0", ...args]);
  expect(await ended).toEqual({ code: 1, stderr: expect.stringMatching(sentence) });
});
