import path from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../main/platform/clock.ts";
import { openSource, sourceKinds } from "../../../main/sources/index.ts";

const open = (spec: string) => openSource(spec, { clock: systemClock, noteLeaving: () => Promise.resolve() });

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
