// A stand-in for macOS' program `log`, for machines that are no Macs: `node log-stand-in.ts FOLDER show|stream …`. It does what its usage text says
// and what others have observed of the real one, as far as source "unified-log" meets it:
// - `show` writes the records of FOLDER/kept from `--start @SECONDS` on that match the predicate, then {"count":N,"finished":1}, and ends.
// - `stream` writes the records that come to FOLDER/live from when it is ready, which is some time after its first line, "Filtering the log data …".
// - To what is no terminal `stream` writes blocks of 4 KiB; what does not fill one stays in its buffer until it is told to end.
// - While nobody reads, `stream` blocks. What came meanwhile beyond a queue's length is dropped, and a line says so.
// - `bootUUID` is empty in what `stream` writes. Slashes are escaped. Both refuse users who are no administrators, with exit code 64.
// - Predicates are understood as far as they are needed: process == "NAME" between ORs, and NOT (subsystem BEGINSWITH "PREFIX").
// For tests, FOLDER/hold keeps `stream` from getting ready, FOLDER/denied makes both refuse, and FOLDER/runs says what was run, and when it was ready.
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, writeSync } from "node:fs";
import path from "node:path";
import { isatty } from "node:tty";
import { parseArgs } from "node:util";

const blockBytes = 4_096;
const queueBytes = 8 * 1024 * 1024;
const lookEveryMs = 5;

const [folder = "", command = "", ...rest] = process.argv.slice(2);
const file = (name: string) => path.join(folder, name);
const refuse = (sentence: string): never => {
  writeSync(2, `log: ${sentence}\n`);
  process.exit(64);
};

const note = (what: string) => appendFileSync(file("runs"), `${JSON.stringify({ what, pid: process.pid })}\n`);
note(command);
if (command !== "show" && command !== "stream") refuse(`unrecognized command \`${command}'`);
if (existsSync(file("denied")))
  refuse(
    command === "show"
      ? "Could not open local log store: Operation not permitted"
      : "Must be admin to run 'stream' command",
  );
const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const { values } = parseArgs({
  args: rest,
  options: { predicate: text, style: text, start: text, info: flag, debug: flag, loss: flag, level: text, color: text },
});
const { predicate = "", style, start } = values;
const ofShow = values.start ?? values.info ?? values.debug ?? values.loss;
const ofStream = values.level ?? values.color;
if ((command === "show" ? ofStream : ofShow) !== undefined) refuse("unrecognized option");
if (style !== "ndjson") refuse("this stand-in writes ndjson only");
if (start !== undefined && !/^@\d+$/.test(start)) refuse(`unable to parse date: ${start}`);

const processes = new Set([...predicate.matchAll(/process == "([^"]+)"/g)].map(([, name]) => name));
const excluded = /NOT \(subsystem BEGINSWITH "([^"]+)"\)/.exec(predicate)?.[1];

/** A line of kept or live is "<µs since 1970> <process> <subsystem> <the record as show writes it>", in bytes; a subsystem may be empty. */
function matching(lines: readonly string[], fromUs: number): string[] {
  return lines.flatMap((line) => {
    const [us = "", name = "", subsystem = ""] = line.split(" ", 3);
    const isOut = Number(us) < fromUs || !processes.has(name) || (excluded && subsystem.startsWith(excluded));
    return isOut ? [] : [line.slice(us.length + name.length + subsystem.length + 3)];
  });
}

/** Blocks until it is written. */
function write(latin1: string): void {
  const bytes = Buffer.from(latin1, "latin1");
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

const header = `Filtering the log data using "${predicate}"\n`;

function show(): void {
  const fromUs = Number((start ?? "@0").slice(1)) * 1_000_000;
  const kept = existsSync(file("kept")) ? readFileSync(file("kept"), "latin1").split("\n").slice(0, -1) : [];
  const shown = matching(kept, fromUs);
  write(header);
  for (let at = 0; at < shown.length; at += 200) write(`${shown.slice(at, at + 200).join("\n")}\n`);
  write(`\n{"count":${shown.length},"finished":1}\n`);
}

let held = "";

/** As the C library writes to a terminal, and to anything else. */
function writeLine(line: string): void {
  held += `${line}\n`;
  const ready = isatty(1) ? held.length : held.length - (held.length % blockBytes);
  write(held.slice(0, ready));
  held = held.slice(ready);
}

function stream(): void {
  let count = 0;
  let at: number | undefined;
  let unfinished = "";
  const look = () => {
    const live = openSync(file("live"), "a+");
    const { size } = fstatSync(live);
    const isReady = at !== undefined;
    const from = at ?? size;
    if (isReady || !existsSync(file("hold"))) at = size;
    if (at !== undefined && !isReady) note("ready");
    const bytes = Buffer.alloc(size - from);
    readSync(live, bytes, 0, bytes.length, from);
    closeSync(live);
    const lines = (unfinished + bytes.toString("latin1")).split("\n");
    unfinished = lines.pop() ?? "";
    if (bytes.length > queueBytes) {
      appendFileSync(file("dropped"), `${lines.length}\n`);
      writeLine("=== Messages dropped during live streaming (use `log show` to see what they were)");
      return;
    }
    for (const line of matching(lines, 0)) {
      count += 1;
      writeLine(line.replace(/"bootUUID":"[^"]*"/, '"bootUUID":""'));
    }
  };
  writeLine(header.trimEnd());
  look();
  setInterval(look, lookEveryMs);
  const end = () => {
    look();
    write(`${held}\n{"count":${count},"finished":1}\n`);
    process.exit(0);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

if (command === "show") show();
else stream();
