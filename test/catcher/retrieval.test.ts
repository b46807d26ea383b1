// GET /c/<collection> (reference/tailscaled-logs 3.8), over real sockets.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";
import { expect, test, vi } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { catcherFor, postFrames, storedBytes, testPrivateId, testPublicId } from "../support/catcher.ts";
import { patience } from "../support/catcher-patience.ts";
import { chainOf, testStream } from "../support/frames.ts";
import {
  follow,
  logtailUpload,
  newMachine,
  operator,
  type RetrievedEntry,
  retrieve,
  tailnode,
  testAdminKey,
} from "../support/operator.ts";
import { tempFolder } from "../support/temp-folder.ts";

const adminKey = testAdminKey;
const textsOf = (entries: readonly RetrievedEntry[]) => entries.map(({ text }) => text);
const upTo = (n: number) => Array.from({ length: n }, (_, at) => at + 1);

/** A clock that stands still until it is moved. */
function standingClock(ms = Date.UTC(2026, 7, 22, 15, 19, 51)) {
  const clock = { ms, now: () => clock.ms };
  return clock;
}

test("entries come as one JSON object, in the order in which they were stored, with instance and server_time", async () => {
  const clock = standingClock();
  const { url } = await catcherFor({ adminKey, now: clock.now });
  const [a, b] = [newMachine(), newMachine()];
  await logtailUpload(url, a, ["one", "two"]);
  clock.ms += 1_000;
  await logtailUpload(url, b, ["three"]);
  await logtailUpload(url, a, ["four"]);
  const at = (time: string, instance: string) => ({ client_time: "2026-08-22T15:19:51Z", server_time: time, instance });
  expect(await operator(url, `/c/${tailnode}`)).toEqual({
    status: 200,
    body: {
      collection: tailnode,
      logs: [
        { logtail: at("2026-08-22T15:19:51.000000000Z", a.publicId), text: "one" },
        { logtail: at("2026-08-22T15:19:51.000000001Z", a.publicId), text: "two" },
        { logtail: at("2026-08-22T15:19:52.000000000Z", b.publicId), text: "three" },
        { logtail: at("2026-08-22T15:19:52.000000001Z", a.publicId), text: "four" },
      ],
    },
  });
});

test("what came in frames is in the collection gristmill", async () => {
  const { url } = await catcherFor({ adminKey });
  await postFrames(url, chainOf([2, 1]));
  const entries = await retrieve(url, "gristmill");
  expect(textsOf(entries)).toEqual(["line 1", "line 2", "line 3"]);
  expect(new Set(entries.map(({ logtail }) => logtail.instance))).toEqual(new Set([testPublicId]));
});

test("time-start and time-end include what they name; max-count ends a page, and paging by time gives every entry once", async () => {
  const clock = standingClock();
  const { url } = await catcherFor({ adminKey, now: clock.now });
  const machines = [newMachine(), newMachine(), newMachine()];
  for (const n of upTo(12)) {
    await logtailUpload(url, machines[n % 3] ?? newMachine(), [`${n}a`, `${n}b`]);
    if (n % 2 === 0) clock.ms += 1;
  }
  const all = await retrieve(url, tailnode);
  expect(textsOf(all)).toEqual(upTo(12).flatMap((n) => [`${n}a`, `${n}b`]));
  const [from, to] = [all[5]?.logtail.server_time ?? "", all[9]?.logtail.server_time ?? ""];
  expect(await retrieve(url, tailnode, `time-start=${from}&time-end=${to}`)).toEqual(all.slice(5, 10));
  const paged: RetrievedEntry[] = [];
  for (let start = ""; ; ) {
    const page = await retrieve(url, tailnode, `max-count=5${start}`);
    const fresh = page.filter(
      (entry) => !paged.some((known) => known.logtail.server_time === entry.logtail.server_time),
    );
    if (fresh.length === 0) break;
    paged.push(...fresh);
    start = `&time-start=${paged.at(-1)?.logtail.server_time}`;
  }
  expect(paged).toEqual(all);
});

test("instances limits it, however they are listed", async () => {
  const { url } = await catcherFor({ adminKey });
  const [a, b, c] = [newMachine(), newMachine(), newMachine()];
  for (const [machine, text] of [
    [a, "of a"],
    [b, "of b"],
    [c, "of c"],
  ] as const)
    await logtailUpload(url, machine, [text]);
  expect(textsOf(await retrieve(url, tailnode, `instances=${b.publicId}`))).toEqual(["of b"]);
  expect(textsOf(await retrieve(url, tailnode, `instances=${a.publicId}&instances=${c.publicId}`))).toEqual([
    "of a",
    "of c",
  ]);
  expect(textsOf(await retrieve(url, tailnode, `instances=${a.publicId},${b.publicId}`))).toEqual(["of a", "of b"]);
  expect(await retrieve(url, tailnode, `instances=${newMachine().publicId}`)).toEqual([]);
});

test.each([
  ["/c/bad!name", 403, "invalid collection name"],
  [`/c/${testPrivateId}`, 403, "invalid collection name"],
  ["/c/unheard-of", 404, "There is no collection of this name."],
  [`/c/${tailnode}?time-start=yesterday`, 400, expect.stringContaining("time-start is a time such as")],
  [`/c/${tailnode}?time-end=2026-99-99T00:00:00Z`, 400, expect.stringContaining("time-end is a time")],
  [`/c/${tailnode}?max-count=0`, 400, expect.stringContaining("max-count is a number")],
  [`/c/${tailnode}?stream=maybe`, 400, "stream is true or false."],
  [`/c/${tailnode}?stream=true&time-end=2026-01-01T00:00:00Z`, 400, expect.stringContaining("A stream has no end")],
  [`/c/${tailnode}?stream=true&max-count=1`, 400, expect.stringContaining("A stream has no end")],
  [`/c/${tailnode}?instances=nonsense`, 400, expect.stringContaining("public ID, 64 hex digits")],
  [`/c/${tailnode}?stream=true&stream=true`, 400, "There is more than one stream."],
])("%s is answered %i with a sentence", async (address, status, error) => {
  const { url } = await catcherFor({ adminKey });
  await logtailUpload(url, newMachine(), ["x"]);
  expect(await operator(url, address)).toEqual({ status, body: { error } });
});

test("nobody reads without the key, and without a key nobody reads", async () => {
  const [kept, open] = [await catcherFor({ adminKey }), await catcherFor()];
  for (const route of [`/c/${tailnode}`, "/collections", "/v1/instances"]) {
    expect((await fetch(`${kept.url}${route}`)).status).toBe(401);
    expect((await operator(open.url, route)).status).toBe(403);
  }
  for (const route of ["/collections", "/instances"])
    expect((await fetch(`${kept.url}${route}`, { method: "POST" })).status).toBe(401);
});

test("a client cannot pretend to be another or to have come at another time", async () => {
  const clock = standingClock();
  const { url } = await catcherFor({ adminKey, now: clock.now });
  const machine = newMachine();
  const forged = [
    '{"logtail":{"instance":"x","server_time":"y","n":12345678901234567890.0},"text":"1"}',
    '{"text":"2","logtail":{"client_time":"a"}}',
    '{"logtail":{"client_time":"a"},"text":"3","logtail":{"instance":"x"}}',
    '{"logtail":{"client_time":"a"},"text":"4","\\u006cogtail":{"instance":"x"}}',
    '{"logtail":"text","text":"5"}',
    '{"text":"6"}',
    '{"logtail":{},"text":"7"}',
  ];
  await fetch(`${url}/c/${tailnode}/${machine.privateId}`, { method: "POST", body: `[${forged.join("\n,")}]` });
  const entries = await retrieve(url, tailnode);
  expect(textsOf(entries)).toEqual(upTo(7).map(String));
  for (const { logtail } of entries) {
    expect(logtail.instance).toBe(machine.publicId);
    expect(logtail.server_time).toMatch(/^2026-08-22T15:19:51\.00000000\dZ$/);
  }
  const response = await fetch(`${url}/c/${tailnode}`, {
    headers: { authorization: `Basic ${Buffer.from(`${adminKey}:`).toString("base64")}` },
  });
  expect(await response.text()).toContain('"n":12345678901234567890.0');
});

test("stream=true gives a header, what is stored, and then what is stored from now on, of new instances too", async () => {
  const { url, close } = await catcherFor({ adminKey });
  const [a, b] = [newMachine(), newMachine()];
  await logtailUpload(url, a, ["stored"]);
  const following = await follow(url, tailnode);
  expect(following.header).toEqual({ logtail: { server_time: expect.any(String) }, collection: tailnode });
  expect((await following.next())?.text).toBe("stored");
  await logtailUpload(url, a, ["second"], "another.collection");
  await logtailUpload(url, a, ["live 1", "live 2"]);
  expect([(await following.next())?.text, (await following.next())?.text]).toEqual(["live 1", "live 2"]);
  await logtailUpload(url, b, ["of another"]);
  expect(await following.next()).toMatchObject({ text: "of another", logtail: { instance: b.publicId } });
  const ended = following.next();
  await close();
  expect(await ended).toBeUndefined();
});

test("there are sixteen retrievals at a time; the next one is told, and comes in when one has ended", async () => {
  const { url } = await catcherFor({ adminKey });
  const followers = await Promise.all(upTo(16).map(() => follow(url, "gristmill")));
  expect(await operator(url, "/c/gristmill")).toEqual({
    status: 429,
    body: { error: expect.stringContaining("16 retrievals") },
  });
  followers[0]?.stop();
  await vi.waitFor(async () => expect((await operator(url, "/c/gristmill")).status).toBe(200), patience);
});

test("a stream from a time on leaves out what is older", async () => {
  const clock = standingClock();
  const { url } = await catcherFor({ adminKey, now: clock.now });
  const machine = newMachine();
  await logtailUpload(url, machine, ["old 1", "old 2"]);
  const following = await follow(url, tailnode, "time-start=2026-08-22T15:19:51.000000001Z");
  clock.ms += 5;
  await logtailUpload(url, machine, ["new"]);
  expect([(await following.next())?.text, (await following.next())?.text]).toEqual(["old 2", "new"]);
});

test("a follower that does not read holds up nobody and is read ahead for no further than the buffers on the way; then it finds everything", async () => {
  let readBytes = 0;
  const readRange = (file: string, offset: number, length: number) => {
    readBytes += file.endsWith(".zst") ? Math.min(length, 64 * 1024) : 0;
    return nodeDisk.readRange(file, offset, length);
  };
  const { url, dir } = await catcherFor({ adminKey, disk: { ...nodeDisk, readRange } });
  const machine = newMachine();
  expect(await logtailUpload(url, machine, ["0"])).toBe(200);
  await operator(url, "/instances", { collection: tailnode, instances: machine.publicId });
  const headers = { authorization: `Basic ${Buffer.from(`${adminKey}:`).toString("base64")}` };
  const request = http.get(`${url}/c/${tailnode}?stream=true`, { headers });
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const uploads = 250; // Some 25 MB of text, 12 MB on disk.
  for (const n of upTo(uploads)) {
    const filler = randomBytes(50_000).toString("hex");
    expect(await logtailUpload(url, machine, [`${n} ${filler}`])).toBe(200);
  }
  expect(readBytes).toBeLessThan((await storedBytes(dir)).length / 2);
  const numbers: number[] = [];
  for await (const line of createInterface({ input: response })) {
    const { text } = JSON.parse(line) as { text?: string };
    if (text !== undefined) numbers.push(Number(text.split(" ")[0]));
    if (numbers.length > uploads) break;
  }
  response.once("error", () => undefined).destroy();
  expect(numbers).toEqual([0, ...upTo(uploads)]);
});

test("what is not durable yet is not shown", async () => {
  const [reached, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isHeld = false;
  const disk = {
    ...nodeDisk,
    openAppend: async (file: string, length: number) => {
      const real = await nodeDisk.openAppend(file, length);
      const datasync = async () => {
        if (isHeld) {
          reached.resolve();
          await gate.promise;
        }
        await real.datasync();
      };
      return { append: real.append.bind(real), datasync, close: real.close.bind(real) };
    },
  };
  const { url } = await catcherFor({ adminKey, disk });
  const machine = newMachine();
  await logtailUpload(url, machine, ["durable"]);
  const following = await follow(url, tailnode);
  expect((await following.next())?.text).toBe("durable");
  isHeld = true;
  const uploading = logtailUpload(url, machine, ["written"]);
  await reached.promise;
  expect(textsOf(await retrieve(url, tailnode))).toEqual(["durable"]);
  gate.resolve();
  expect(await uploading).toBe(200);
  expect((await following.next())?.text).toBe("written");
  expect(textsOf(await retrieve(url, tailnode))).toEqual(["durable", "written"]);
});

test("server_time survives a restart; where it was lost the frame's own label stands for it", async () => {
  const clock = standingClock();
  const first = await catcherFor({ adminKey, now: clock.now });
  await postFrames(first.url, chainOf([2, 1]));
  const before = await retrieve(first.url, "gristmill");
  await first.close();
  const again = await catcherFor({ adminKey, dir: first.dir, now: clock.now });
  expect(await retrieve(again.url, "gristmill")).toEqual(before);
  await again.close();
  const folder = path.join(first.dir, "instances", testPublicId, testStream);
  rmSync(path.join(folder, "00000000000000000001.times"));
  const { url } = await catcherFor({ adminKey, dir: first.dir, now: clock.now });
  expect((await retrieve(url, "gristmill")).map(({ logtail }) => logtail.server_time)).toEqual([
    "2026-01-01T00:00:00.000000000Z",
    "2026-01-01T00:00:00.000000001Z",
    "2026-01-01T00:00:00.000000000Z",
  ]);
});

test("a disk that takes no times is said once, and the entries are stored and shown", async () => {
  const said = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const { url, dir } = await catcherFor({ adminKey });
  // Where the times are to be written there is a folder.
  mkdirSync(path.join(dir, "instances", testPublicId, testStream, "00000000000000000001.times"), { recursive: true });
  const frames = chainOf([1, 1]);
  expect((await postFrames(url, frames.slice(0, 1))).status).toBe(200);
  expect((await postFrames(url, frames.slice(1))).status).toBe(200);
  expect(said.mock.calls).toEqual([[expect.stringMatching(/Times could not be noted/)]]);
});

test("damage costs the frames that it hit; what lies around it is given", async () => {
  const dir = tempFolder();
  const frames = chainOf([1, 1, 1]);
  const folder = path.join(dir, "instances", testPublicId, testStream);
  mkdirSync(folder, { recursive: true });
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes));
  bytes[(frames[0]?.bytes.length ?? 0) + 40] = 0;
  writeFileSync(path.join(folder, "00000000000000000001.zst"), bytes);
  const { url } = await catcherFor({ adminKey, dir });
  expect(textsOf(await retrieve(url, "gristmill"))).toEqual(["line 1", "line 3"]);
  expect(readFileSync(path.join(folder, "00000000000000000001.zst"))).toEqual(bytes);
  expect(readdirSync(folder)).toEqual(["00000000000000000001.zst"]);
});
