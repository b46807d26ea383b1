// A follower over HTTP/2: nothing may come to it for as long as it likes.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import http2 from "node:http2";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { catcherFor, testPrivateId } from "../support/catcher.ts";
import { testCertificate, testKey } from "../support/catcher-tls.ts";
import { tailnode, testAdminKey } from "../support/operator.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("a follower over HTTP/2 keeps its connection through a pause that ends others, and ends when the catcher does", async () => {
  const folder = tempFolder();
  const tls = { cert: path.join(folder, "cert.pem"), key: path.join(folder, "key.pem") };
  writeFileSync(tls.cert, testCertificate);
  writeFileSync(tls.key, testKey);
  const { url, close } = await catcherFor({ tls, adminKey: testAdminKey, limits: { idleMs: 1_000 } });
  const connect = async () => {
    const client = http2.connect(url, { ca: testCertificate });
    client.on("error", () => undefined);
    onTestFinished(() => client.destroy());
    await once(client, "connect");
    return client;
  };
  const upload = async (client: http2.ClientHttp2Session, text: string) => {
    const stream = client.request({ ":method": "POST", ":path": `/c/${tailnode}/${testPrivateId}` });
    stream.end(JSON.stringify({ logtail: {}, text }));
    stream.resume();
    await once(stream, "close");
  };
  const client = await connect();
  await upload(client, "before");
  const authorization = `Basic ${Buffer.from(`${testAdminKey}:`).toString("base64")}`;
  const following = client.request({ ":path": `/c/${tailnode}?stream=true`, authorization });
  following.on("error", () => undefined);
  const lines = createInterface({ input: following })[Symbol.asyncIterator]();
  const next = async () => ((await lines.next()).value ?? "") as string;
  expect([await next(), await next()]).toEqual([
    expect.stringContaining("collection"),
    expect.stringContaining("before"),
  ]);
  await once(await connect(), "close"); // One that does nothing is closed; as much time has passed.
  await upload(client, "after");
  expect(await next()).toContain("after");
  await close();
  expect((await lines.next()).done).toBe(true);
});
