// Whom a catcher has to be vouched for by, over real TLS.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import type { Frame } from "../../../log/frame-codec.ts";
import { identityFrom } from "../../../main/identity.ts";
import { parseAddress } from "../../../main/sinks/address.ts";
import { openSink } from "../../../main/sinks/index.ts";
import { keyHash, readTrust } from "../../../main/sinks/trust.ts";
import { receiptFor } from "../../support/catcher.ts";
import {
  privateAuthority,
  testCertificate,
  testKey,
  vouchedCertificate,
  vouchedKey,
} from "../../support/catcher-tls.ts";
import { chainOf } from "../../support/frames.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const identity = identityFrom(Buffer.alloc(32, 9));
const frames = chainOf([1]) as unknown as readonly [Frame, ...Frame[]];
const goodPin = keyHash(vouchedCertificate);
const otherPin = keyHash(testCertificate);

/** Answers everything with a receipt for `frames`, and counts what it was told. */
async function secureCatcher(options: https.ServerOptions, host = "127.0.0.1") {
  let told = 0;
  const server = https.createServer(options, (request, response) => {
    told += 1;
    request.resume();
    response.end(JSON.stringify(receiptFor(frames[0])));
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const name = host === "127.0.0.1" ? "localhost" : host;
  return { url: `https://${name}:${(server.address() as AddressInfo).port}`, told: () => told };
}

async function sendTo(text: string) {
  const address = parseAddress(text);
  const trust = await readTrust(nodeDisk, address);
  const sink = openSink({ address, trust, identity, clock: new ManualClock() });
  onTestFinished(() => sink.close());
  return sink.send(frames, { signal: new AbortController().signal, leaving: async () => undefined });
}

function caFile(pem: string): string {
  const file = path.join(tempFolder(), "ca.pem");
  writeFileSync(file, pem);
  return file;
}

const acked = { kind: "acked", receipt: receiptFor(frames[0]) };
const untrusted = {
  kind: "retry",
  trouble: "tls",
  reason: expect.stringMatching(/does not trust, so nothing was sent/),
};
const otherKey = {
  kind: "retry",
  trouble: "tls",
  reason: expect.stringMatching(/another key than the one that is pinned/),
};

test("a catcher of a private authority is trusted by whoever names that authority, and by nobody else", async () => {
  const { url, told } = await secureCatcher({ key: vouchedKey, cert: vouchedCertificate });
  expect(await sendTo(url)).toEqual(untrusted);
  expect(told()).toBe(0);
  expect(await sendTo(`${url}#ca=${caFile(privateAuthority)}`)).toEqual(acked);
});

test("a pinned key is taken, one of several too, and every other key is refused before anything was sent", async () => {
  const { url, told } = await secureCatcher({ key: vouchedKey, cert: vouchedCertificate });
  const ca = caFile(privateAuthority);
  expect(await sendTo(`${url}#ca=${ca}&pin=${otherPin}`)).toEqual(otherKey);
  expect(told()).toBe(0);
  expect(await sendTo(`${url}#ca=${ca}&pin=${goodPin}`)).toEqual(acked);
  expect(await sendTo(`${url}#ca=${ca}&pin=${otherPin}&pin=${goodPin}`)).toEqual(acked);
});

test("a pin trusts nobody whom no authority vouches for, and no certificate for another name", async () => {
  const own = await secureCatcher({ key: testKey, cert: testCertificate });
  expect(await sendTo(`${own.url}#pin=${otherPin}`)).toEqual(untrusted);
  expect(await sendTo(`${own.url}#ca=${caFile(testCertificate)}&pin=${otherPin}`)).toEqual(acked);
  const elsewhere = await secureCatcher({ key: vouchedKey, cert: vouchedCertificate }, "127.0.0.2");
  expect(await sendTo(`${elsewhere.url}#ca=${caFile(privateAuthority)}&pin=${goodPin}`)).toEqual({
    ...{ kind: "retry", trouble: "tls", reason: expect.stringMatching(/certificate for another name/) },
  });
  expect(elsewhere.told()).toBe(0);
});

test("the pin that counts is the certificate's own key, not one that the server sends along", async () => {
  // The other certificate stands behind its own in what it sends, as an authority's would.
  const { url, told } = await secureCatcher({ key: vouchedKey, cert: `${vouchedCertificate}${testCertificate}` });
  expect(await sendTo(`${url}#ca=${caFile(privateAuthority)}&pin=${otherPin}`)).toEqual(otherKey);
  expect(told()).toBe(0);
});

test.each(["this is no certificate", ""])(
  "an authority's file that holds none (%j) is said, with its name",
  async (pem) => {
    const file = caFile(pem);
    await expect(readTrust(nodeDisk, parseAddress(`https://c.example.com#ca=${file}`))).rejects.toThrow(
      `${file} is no file of PEM certificates`,
    );
  },
);

test("an authority's file that is not there is said, with its name", async () => {
  await expect(readTrust(nodeDisk, parseAddress("https://c.example.com#ca=/nowhere/ca.pem"))).rejects.toThrow(
    /\/nowhere\/ca\.pem is no file .*ENOENT/,
  );
});

test("the hash of a key is the one that openssl computes", () => {
  expect(goodPin).toBe("a1c0477f12221bffcc6f328cabea1371bdf29f7145b2d8de12cd95b38c00efcb");
});
