// Collections, adoption, revocation and deletion (reference/tailscaled-logs 3.8), over real sockets.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { nodeFiles } from "../../catcher/files.ts";
import { Store } from "../../catcher/store.ts";
import { nodeDisk } from "../../log/disk.ts";
import type { Frame } from "../../log/frame-codec.ts";
import { takeLock } from "../../log/lock.ts";
import { catcherFor, postFrames, receiptFor, storedNumbers, testPrivateId, testPublicId } from "../support/catcher.ts";
import { patience } from "../support/catcher-patience.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { chainOf, testStream } from "../support/frames.ts";
import {
  follow,
  logtailUpload,
  type Machine,
  newMachine,
  operator,
  retrieve,
  tailnode,
  testAdminKey,
} from "../support/operator.ts";
import { tempFolder } from "../support/temp-folder.ts";

const adminKey = testAdminKey;
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
const ok = (...instances: readonly string[]) => ({ status: 200, body: { instances } });
const failed = (status: number, error: unknown) => ({ status, body: { error } });

/** `orphan` or `adopted`, by public ID. */
async function stateOf(url: string, collection: string): Promise<Record<string, "orphan" | "adopted">> {
  const { body } = await operator(url, `/collections?collection-name=${collection}`);
  const { collections } = body as { collections: Record<string, { instances: Record<string, { orphan?: true }> }> };
  const instances = Object.entries(collections[collection]?.instances ?? {});
  return Object.fromEntries(instances.map(([id, { orphan }]) => [id, orphan === true ? "orphan" : "adopted"]));
}

test("collections list their instances: since when, how much, and whether nobody adopted them", async () => {
  const { url } = await catcherFor({ adminKey });
  const machine = newMachine();
  await logtailUpload(url, machine, ["one"]);
  await postFrames(url, chainOf([2]));
  await operator(url, "/collections", { collection: "made.by-hand_1", action: "create" });
  const orphan = { "first-seen": time, size: expect.any(Number), orphan: true };
  expect(await operator(url, "/collections")).toEqual({
    status: 200,
    body: {
      collections: {
        "made.by-hand_1": { instances: {} },
        [tailnode]: { instances: { [machine.publicId]: orphan } },
        gristmill: { instances: { [testPublicId]: orphan } },
      },
    },
  });
  await operator(url, "/instances", { collection: tailnode, instances: machine.publicId, adopt: "true" });
  expect(await operator(url, `/collections?collection-name=${tailnode}`)).toEqual({
    status: 200,
    body: {
      collections: {
        [tailnode]: { instances: { [machine.publicId]: { "first-seen": time, size: expect.any(Number) } } },
      },
    },
  });
  expect(await operator(url, "/collections?collection-name=unheard-of")).toEqual({
    status: 200,
    body: { collections: {} },
  });
});

test("collections are made and deleted, durably, and none that holds logs is deleted", async () => {
  const first = await catcherFor({ adminKey });
  const change = (collection: string, action: string, url = first.url) =>
    operator(url, "/collections", { collection, action });
  expect(await change("mine", "create")).toEqual({ status: 200, body: { collection: "mine" } });
  expect(await change("mine", "create")).toEqual({ status: 200, body: { collection: "mine" } });
  expect(await change("gone", "create")).toMatchObject({ status: 200 });
  expect(await change("gone", "delete")).toMatchObject({ status: 200 });
  expect(await change("gone", "delete")).toEqual(failed(404, "There is no collection of this name."));
  expect(await change("bad/name", "create")).toEqual(failed(403, "invalid collection name"));
  expect(await change("mine", "burn")).toEqual(failed(400, "The action is create or delete."));
  await logtailUpload(first.url, newMachine(), ["one"]);
  expect(await change(tailnode, "delete")).toEqual(failed(409, expect.stringContaining("1 instance(s)")));
  await first.close();
  const { url } = await catcherFor({ adminKey, dir: first.dir });
  expect(await operator(url, "/collections")).toMatchObject({ body: { collections: { mine: { instances: {} } } } });
});

test.each(["form", "json"])("an instance is adopted, %s encoded, and still is after a restart", async (encoding) => {
  const first = await catcherFor({ adminKey });
  const [a, b] = [newMachine(), newMachine()];
  for (const machine of [a, b]) await logtailUpload(first.url, machine, ["one"]);
  const fields = { collection: tailnode, instances: a.publicId };
  if (encoding === "form") expect(await operator(first.url, "/instances", fields)).toEqual(ok(a.publicId));
  else {
    const authorization = `Basic ${Buffer.from(`${adminKey}:`).toString("base64")}`;
    const init = { method: "POST", headers: { authorization }, body: JSON.stringify(fields) };
    expect((await fetch(`${first.url}/instances`, init)).status).toBe(200);
  }
  const expected = { [a.publicId]: "adopted", [b.publicId]: "orphan" };
  expect(await stateOf(first.url, tailnode)).toEqual(expected);
  await first.close();
  const { url } = await catcherFor({ adminKey, dir: first.dir });
  expect(await stateOf(url, tailnode)).toEqual(expected);
});

test("an instance is adopted in one collection and not in another", async () => {
  const { url } = await catcherFor({ adminKey });
  const machine = newMachine();
  for (const collection of [tailnode, "other"]) await logtailUpload(url, machine, ["one"], collection);
  await operator(url, "/instances", { collection: "other", instances: machine.publicId });
  expect([await stateOf(url, tailnode), await stateOf(url, "other")]).toEqual([
    { [machine.publicId]: "orphan" },
    { [machine.publicId]: "adopted" },
  ]);
});

test("an instance may be adopted before it sends anything, across a restart", async () => {
  const first = await catcherFor({ adminKey });
  const machine = newMachine();
  await operator(first.url, "/collections", { collection: tailnode, action: "create" });
  const fields = { collection: tailnode, instances: machine.publicId };
  expect(await operator(first.url, "/instances", fields)).toEqual(ok(machine.publicId));
  await first.close();
  const { url, dir } = await catcherFor({ adminKey, dir: first.dir });
  await logtailUpload(url, machine, ["one"]);
  expect(await stateOf(url, tailnode)).toEqual({ [machine.publicId]: "adopted" });
  expect(JSON.parse(readFileSync(path.join(dir, "adoptions.json"), "utf8"))).toEqual({ version: 1, adoptions: [] });
});

test.each<[string, Record<string, string>, number, unknown]>([
  ["no instance", { collection: tailnode }, 400, expect.stringContaining("There is no instance")],
  ["what is no ID", { collection: tailnode, instances: "nonsense" }, 400, expect.stringContaining("64 hex digits")],
  ["no collection", { instances: testPublicId }, 403, "invalid collection name"],
  [
    "a collection that is not there",
    { collection: "tailnode.log", instances: testPublicId },
    404,
    expect.stringContaining("check its spelling"),
  ],
  [
    "another action",
    { collection: tailnode, instances: testPublicId, action: "eat" },
    400,
    "The action is adopt, revoke or delete.",
  ],
  [
    "adopt=false",
    { collection: tailnode, instances: testPublicId, adopt: "false" },
    400,
    expect.stringContaining("cannot be given back"),
  ],
  [
    "revoking who is not there",
    { instances: "f".repeat(64), action: "revoke" },
    404,
    expect.stringContaining("no instance with this public ID"),
  ],
  [
    "deleting who is not there",
    { instances: "f".repeat(64), action: "delete" },
    404,
    expect.stringContaining("no instance with this public ID"),
  ],
])("POST /instances with %s is refused with a sentence", async (_, fields, status, error) => {
  const { url } = await catcherFor({ adminKey });
  await logtailUpload(url, newMachine(), ["one"]);
  expect(await operator(url, "/instances", fields)).toEqual(failed(status, error));
});

test("a private ID that is mistaken for a public one is refused, and written nowhere", async () => {
  const { url, dir } = await catcherFor({ adminKey });
  const [known, unknown] = [newMachine(), newMachine()];
  await logtailUpload(url, known, ["one"]);
  const answers = [
    await operator(url, "/instances", { collection: tailnode, instances: known.privateId }),
    await operator(url, "/instances", { collection: tailnode, instances: known.privateId, action: "revoke" }),
    await operator(url, "/instances", { instances: known.privateId, action: "delete" }),
    await operator(url, "/collections", { collection: known.privateId, action: "create" }),
    await operator(url, `/collections?collection-name=${known.privateId}`),
    await operator(url, `/c/${tailnode}?instances=${known.privateId}`),
    await operator(url, `/c/${known.privateId}`),
    { status: await logtailUpload(url, known, ["one"], known.privateId), body: undefined },
  ];
  expect(answers.map(({ status }) => status)).toEqual([400, 404, 404, 403, 200, 200, 403, 403]);
  // One that nobody has sent with cannot be told from a public ID; it is kept as a hash.
  await operator(url, "/instances", { collection: tailnode, instances: unknown.privateId });
  const everything = JSON.stringify(answers) + readdirSync(dir, { recursive: true }).join("\n");
  const texts = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "latin1"));
  for (const { privateId } of [known, unknown])
    expect([everything, ...texts].some((text) => text.includes(privateId))).toBe(false);
});

test("a revoked machine is refused: Gristmill is told, tailscaled is answered 200 so that it lets go, and neither is stored", async () => {
  const first = await catcherFor({ adminKey });
  const machine: Machine = { privateId: testPrivateId, publicId: testPublicId };
  const frames = chainOf([1, 1]);
  await postFrames(first.url, frames.slice(0, 1));
  await logtailUpload(first.url, machine, ["stored"]);
  expect(await operator(first.url, "/instances", { instances: testPublicId, action: "revoke" })).toEqual(
    ok(testPublicId),
  );
  const refused = async (url: string) => {
    expect(await postFrames(url, frames.slice(1))).toMatchObject(
      failed(403, expect.stringContaining("takes nothing from this machine")),
    );
    expect(await logtailUpload(url, machine, ["not stored"])).toBe(200);
    expect(await logtailUpload(url, machine, ["not stored"], "a.new.one")).toBe(200);
    expect(await operator(url, "/v1/instances")).toMatchObject({
      body: { instances: [{ revoked: time, refused: 3 }] },
    });
    expect((await retrieve(url, tailnode)).map(({ text }) => text)).toEqual(["stored"]);
  };
  await refused(first.url);
  await first.close();
  const { url, dir } = await catcherFor({ adminKey, dir: first.dir });
  await refused(url);
  expect(readdirSync(path.join(dir, "instances", testPublicId))).toHaveLength(4); // The record, two streams, the quarantine.
  await operator(url, "/instances", { instances: testPublicId, collection: "gristmill" });
  expect(await postFrames(url, frames.slice(1))).toMatchObject({ status: 200, body: receiptFor(frames[1]) });
});

test("a deleted instance is gone for good, and a follower goes on with what it sends anew", async () => {
  const first = await catcherFor({ adminKey });
  const frames = chainOf([2, 1]);
  const following = await follow(first.url, "gristmill");
  await postFrames(first.url, frames);
  expect([await following.next(), await following.next(), await following.next()]).toHaveLength(3);
  expect(await operator(first.url, "/instances", { instances: testPublicId, action: "delete" })).toEqual(
    ok(testPublicId),
  );
  const left = () => readdirSync(first.dir, { recursive: true }).filter((name) => String(name).includes(testPublicId));
  expect([left(), readdirSync(path.join(first.dir, "deleted"))]).toEqual([[], []]);
  expect(await operator(first.url, "/v1/instances")).toMatchObject({ body: { instances: [] } });
  const anew = chainOf([1]);
  expect(await postFrames(first.url, anew)).toMatchObject({ status: 200, body: receiptFor(anew[0]) });
  expect(await following.next()).toMatchObject({ text: "line 1" });
  await first.close();
  await catcherFor({ adminKey, dir: first.dir });
  expect(await storedNumbers(first.dir)).toEqual([1]);
});

test("what a crash left of a deletion is not in the store again, and is emptied by the next start", async () => {
  const said = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const dir = tempFolder();
  const fails = async () => {
    throw Object.assign(new Error("made by the test"), { code: "EBUSY" });
  };
  const store = new Store({ disk: nodeDisk, dir, files: { ...nodeFiles, removeFolder: fails } });
  const [frame] = chainOf([1]) as [Frame];
  await nodeDisk.makeFolder(path.join(dir, "instances"));
  await store.take(
    { instance: testPublicId, stream: testStream },
    { kind: "frames", frames: [frame], lost: undefined },
  );
  expect(await store.remove(testPublicId)).toBe(true);
  await store.close();
  expect(said.mock.calls).toEqual([[expect.stringMatching(/still takes space in .*made by the test/)]]);
  expect([readdirSync(path.join(dir, "instances")), readdirSync(path.join(dir, "deleted"))]).toEqual([[], ["1"]]);
  const { url } = await catcherFor({ adminKey, dir });
  expect(await retrieve(url, "gristmill")).toEqual([]);
  await vi.waitFor(() => expect(readdirSync(path.join(dir, "deleted"))).toEqual([]), patience);
});

test("what was packed of an instance goes with it, finished or not", async () => {
  const { url, dir } = await catcherFor({ adminKey });
  await postFrames(url, chainOf([1]));
  const packed = path.join(dir, "packed");
  mkdirSync(packed);
  const names = [`${testPublicId}.${testStream}.1.99.ready.new`, `${"e".repeat(64)}.${testStream}.1.99.ready.new`];
  for (const name of names) writeFileSync(path.join(packed, name), "packed");
  await operator(url, "/instances", { instances: testPublicId, action: "delete" });
  expect(readdirSync(packed)).toEqual(names.slice(1));
});

test("what a compaction that was killed left unfinished is cleared up by the next start, unless one is at work", async () => {
  const dir = tempFolder();
  const packed = path.join(dir, "packed");
  mkdirSync(packed);
  const name = `${testPublicId}.${testStream}.1.99.ready.new`;
  writeFileSync(path.join(packed, name), "half");
  const lock = takeLock(packed);
  const first = await catcherFor({ dir, sweepMs: 10 });
  expect(await operator(first.url, "/collections")).toMatchObject({ status: 403 });
  expect(readdirSync(packed)).toContain(name);
  lock.release();
  await vi.waitFor(() => expect(readdirSync(packed)).not.toContain(name), patience);
});

test("of an instance one collection may be deleted; one that is revoked stays revoked when all of it is deleted", async () => {
  const first = await catcherFor({ adminKey });
  const machine = newMachine();
  for (const collection of [tailnode, "other"])
    await logtailUpload(first.url, machine, [`in ${collection}`], collection);
  const change = (fields: Record<string, string>, url = first.url) =>
    operator(url, "/instances", { instances: machine.publicId, ...fields });
  expect(await change({ action: "delete", collection: "unheard-of" })).toMatchObject({ status: 404 });
  expect(await change({ action: "delete", collection: "other" })).toMatchObject({ status: 200 });
  expect([await stateOf(first.url, "other"), (await retrieve(first.url, tailnode)).length]).toEqual([{}, 1]);
  await change({ action: "revoke" });
  await change({ action: "delete" });
  await first.close();
  const { url, dir } = await catcherFor({ adminKey, dir: first.dir });
  expect(await logtailUpload(url, machine, ["again"])).toBe(200);
  expect(readdirSync(path.join(dir, "instances", machine.publicId))).toEqual(["instance.json", "quarantine"]);
});

test("a store from before there were records keeps what it has, under the names that it came under", async () => {
  const old = await catcherFor();
  const machine = newMachine();
  await logtailUpload(old.url, machine, ["one"], "some.collection");
  await postFrames(old.url, chainOf([1]));
  await old.close();
  for (const id of [machine.publicId, testPublicId])
    expect(existsSync(path.join(old.dir, "instances", id, "instance.json"))).toBe(false);
  const { url } = await catcherFor({ adminKey, dir: old.dir });
  expect([await stateOf(url, "some.collection"), await stateOf(url, "gristmill")]).toEqual([
    { [machine.publicId]: "adopted" },
    { [testPublicId]: "adopted" },
  ]);
});

test("a stream that only claims to be a collection's is filed under frames", async () => {
  const { url, dir, close } = await catcherFor();
  const [frame] = chainOf([1]);
  await postFrames(url, frame === undefined ? [] : [frame]);
  await close();
  const again = await catcherFor({ adminKey, dir });
  expect(Object.keys(await stateOf(again.url, "gristmill"))).toEqual([testPublicId]);
});

test("a record that cannot be understood deletes nothing: its instance is kept, and the operator told", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const dir = tempFolder();
  const folder = path.join(dir, "instances", testPublicId, testStream);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "00000000000000000001.zst"), chainOf([1])[0]?.bytes ?? "");
  writeFileSync(path.join(folder, "..", "instance.json"), "{");
  const { url } = await catcherFor({ adminKey, dir });
  expect(await stateOf(url, "gristmill")).toEqual({ [testPublicId]: "adopted" });
  expect(said.mock.calls).toEqual([
    [expect.stringMatching(/instance\.json cannot be understood; everything of this instance is kept/)],
  ]);
});

test("a disk that refuses is no bug, and what it refused did not happen", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const disk = faultyDisk();
  const { url } = await catcherFor({ adminKey, disk });
  const machine = newMachine();
  await logtailUpload(url, machine, ["one"]);
  disk.fault = { on: "replace", code: "ENOSPC" };
  const fields = { collection: tailnode, instances: machine.publicId };
  expect(await operator(url, "/instances", fields)).toMatchObject({ status: 507 });
  expect(await operator(url, "/collections", { collection: "x", action: "create" })).toMatchObject({ status: 507 });
  expect(await stateOf(url, tailnode)).toEqual({ [machine.publicId]: "orphan" });
  // Nobody who is not recorded is stored: they would pass for one that is to be kept.
  expect(await logtailUpload(url, newMachine(), ["one"])).toBe(507);
  disk.fault = undefined;
  expect(await operator(url, "/instances", fields)).toMatchObject({ status: 200 });
  expect(await stateOf(url, tailnode)).toEqual({ [machine.publicId]: "adopted" });
});
