import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../main/platform/clock.ts";
import { intakePortOf, openSource, openSources, sourceKinds } from "../../../main/sources/index.ts";
import type { Source } from "../../../main/sources/source.ts";
import { freePort } from "../../support/free-port.ts";
import { startLocalApi } from "../../support/local-api.ts";
import { logtailBatch, logtailEntry, sendUntilStored, testCollection } from "../../support/logtail-client.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { follow } from "./follow.ts";

const deps = { clock: systemClock, noteLeaving: () => Promise.resolve() };
const open = (spec: string) => openSource(spec, deps);

test("each source is named as on the command line, and its name keeps its position apart from others", () => {
  const names = [
    "journald",
    "journald:/var/log/journal/remote",
    "stdin",
    "logtap",
    "logtap:/run/x.sock",
    "intake",
    "intake:9000",
    "intake:9000,forward",
    "intake:9000,forward=https://log.example.com",
    "demo",
    "demo:7",
  ].map((spec) => open(spec).name);
  expect(names).toEqual([
    "journald",
    "journald:/var/log/journal/remote",
    "stdin",
    "logtap",
    "logtap:/run/x.sock",
    "intake",
    "intake:9000",
    "intake:9000",
    "intake:9000",
    "demo",
    "demo:7",
  ]);
});

test("a relative directory is the one below the working directory, wherever Gristmill is started next time", () => {
  expect(open("journald:logs").name).toBe(`journald:${path.join(process.cwd(), "logs")}`);
  expect(open("file:logs/a*.log").name).toBe(`file:${path.join(process.cwd(), "logs", "a*.log")}`);
});

test("an unknown source is answered with those that exist", () => {
  expect(() => open("journal:x")).toThrow(
    'There is no source "journal:x"; the sources are journald[:DIR], file:PATH, stdin, logtap[:SOCKET], unified-log, intake[:PORT[,forward[=URL]]], demo[:SEED]',
  );
  expect(() => open("")).toThrow('There is no source ""');
});

test.each([
  "journald:",
  "file",
  "file:",
  "file:/var/log/*/tailscaled.log",
  "stdin:x",
  "demo:",
  "demo:seven",
  "demo:-1",
  "intake:",
  "logtap:",
  "unified-log:x",
  "intake:x",
  "intake:65536",
  "intake:,forward",
  "intake:8475,forwards",
  "intake:8475,forward,",
  "intake:8475,forward=",
  "intake:8475,forward=http://log.example.com",
  "intake:8475,forward=ftp://127.0.0.1",
])("%s is refused with a sentence", (spec) => {
  expect(() => open(spec)).toThrow(/\w+ \w+ \w+/);
});

test("the log of macOS is read on macOS, and refused elsewhere with what it is", () => {
  if (process.platform === "darwin") expect(open("unified-log").name).toBe("unified-log");
  else expect(() => open("unified-log")).toThrow(/^unified-log is the log of macOS, and this system is \w+; choose/);
});

test("every kind is listed once, and its usage begins with its name", () => {
  expect(new Set(sourceKinds.map(({ kind }) => kind)).size).toBe(sourceKinds.length);
  for (const { kind, usage } of sourceKinds) expect(usage.startsWith(kind)).toBe(true);
});

/** The `src` of the first entry, or entries, that `write` makes come. */
async function srcOf(source: Source | undefined, write: () => unknown): Promise<unknown> {
  const followed = follow(source as Source);
  await write();
  await followed.count(1);
  await followed.stop();
  return followed.parsed[0]?.src;
}

test("of two sources of one kind each says its own name in its entries, and one that is alone says its kind", async () => {
  const [file, other] = [path.join(tempFolder(), "a.log"), path.join(tempFolder(), "b.log")];
  const [daemon, port] = [await startLocalApi(), await freePort()];
  const specs = [
    `file:${file}`,
    `file:${other}`,
    `logtap:${daemon.socket}`,
    "logtap:/x.sock",
    `intake:${port}`,
    "intake",
  ];
  const write = [
    () => writeFileSync(file, "a line\n"),
    async () => {
      await daemon.tapped(1);
      daemon.write(logtailEntry(1));
    },
    () =>
      sendUntilStored(`http://127.0.0.1:${port}/c/${testCollection}/${"4".repeat(64)}`, logtailBatch(logtailEntry(1))),
  ] as const;
  const [severalFiles, , severalTaps, , severalIntakes] = openSources(specs, deps);
  expect([
    await srcOf(severalFiles, write[0]),
    await srcOf(severalTaps, write[1]),
    await srcOf(severalIntakes, write[2]),
    await srcOf(openSources([`file:${file}`, "journald"], deps)[0], () => undefined),
  ]).toEqual([`file:${file}`, `logtap:${daemon.socket}`, `intake:${port}`, "file"]);
});

test("the port of the intake among the sources is known", () => {
  const portIn = (...specs: string[]) => intakePortOf(openSources(specs, deps));
  expect([portIn("journald", "intake:9000"), portIn("intake"), portIn("journald")]).toEqual([9000, 8475, undefined]);
});

test("a source that is named twice is refused, however it is spelled", () => {
  expect(() => openSources(["intake", "intake:8475"], deps)).toThrow("intake is named twice");
});
