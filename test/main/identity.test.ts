import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { publicIdOf } from "../../log/public-id.ts";
import { identityFrom, openIdentity } from "../../main/identity.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("public IDs are those of logtail", () => {
  // The pair of tailscale's own documentation of the format.
  const privateId = "389aa142fefa44aab83ab1c0909f6929fd53656b895ec2fc0e47d412ea62ba54";
  expect(publicIdOf(privateId)).toBe("ecf49ad6257e9a8844d03336138aea041f97471cc290f76ef8d738649758f66d");
});

test.each([
  [0x00, "00", "40"],
  [0xff, "f8", "7f"],
])("32 bytes %i get the bits that logtail sets", (byte, first, last) => {
  const { privateId, publicId } = identityFrom(Buffer.alloc(32, byte));
  expect([privateId.length, privateId.slice(0, 2), privateId.slice(-2)]).toEqual([64, first, last]);
  expect(publicId).toBe(publicIdOf(privateId));
});

test("an identity is made once, for its user only, and found again", async () => {
  const dataDir = tempFolder();
  const made = await openIdentity(nodeDisk, dataDir);
  expect(await openIdentity(nodeDisk, dataDir)).toEqual(made);
  expect(await openIdentity(nodeDisk, tempFolder())).not.toEqual(made);
  if (process.platform !== "win32") expect(statSync(path.join(dataDir, "identity.json")).mode & 0o777).toBe(0o600);
});

test.each([
  ["cut off", (text: string) => text.slice(0, 40)],
  ["empty", () => ""],
  ["of IDs that do not belong together", (text: string) => text.replace(/"publicId":"./, '"publicId":"x')],
])("an identity file that is %s is set aside with a warning, and a new identity is made", async (_, spoil) => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const dataDir = tempFolder();
  const { privateId } = await openIdentity(nodeDisk, dataDir);
  const file = path.join(dataDir, "identity.json");
  const spoilt = spoil(readFileSync(file, "utf8"));
  writeFileSync(file, spoilt);
  const fresh = await openIdentity(nodeDisk, dataDir);
  expect(fresh.privateId).not.toBe(privateId);
  expect(await openIdentity(nodeDisk, dataDir)).toEqual(fresh);
  const aside = readdirSync(dataDir).filter((name) => name.startsWith("identity-damaged-"));
  expect(aside.map((name) => readFileSync(path.join(dataDir, name), "utf8"))).toEqual([spoilt]);
  expect(warn.mock.calls).toEqual([[expect.stringContaining(`set aside as ${aside[0]}`)]]);
  expect(JSON.stringify([warn.mock.calls, aside])).not.toContain(privateId);
});

test("an identity that cannot be read is never replaced", async () => {
  const dataDir = tempFolder();
  mkdirSync(path.join(dataDir, "identity.json"));
  await expect(openIdentity(nodeDisk, dataDir)).rejects.toThrow(
    /identity\.json cannot be read; give this user permission/,
  );
  expect(readdirSync(dataDir)).toEqual(["identity.json"]);
});
