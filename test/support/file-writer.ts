// A process that writes numbered lines to a log as a daemon does: it appends to the file that it has open, and opens it again when it is told to.
// Lines are cut into writes at any byte, and several share one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

export interface FileWriter {
  /** Writes on until it is paused. */
  run(): Promise<void>;
  /** Resolves with the number of the last line, which is whole in the file. */
  pause(): Promise<number>;
  /** As after a rotation program's signal: what follows goes to the file of that name. */
  reopen(): Promise<void>;
}

/** Line N is "line N ✓"; every 7th is long. The process is gone after the test. */
export function startFileWriter(log: string): FileWriter {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program, log], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  onTestFinished(async () => {
    const gone = once(child, "close");
    if (child.kill("SIGKILL")) await gone;
  });
  const ask = async (command: string): Promise<number> => {
    child.stdin.write(`${command}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`the writer of ${log} ended when it was told to ${command}`);
    return Number(value);
  };
  return {
    run: async () => void (await ask("run")),
    pause: () => ask("pause"),
    reopen: async () => void (await ask("reopen")),
  };
}

const program = `
import { openSync, writeSync, closeSync } from "node:fs";
import { createInterface } from "node:readline";
const log = process.argv[1];
let file = openSync(log, "a");
let number = 0;
let pending = Buffer.alloc(0);
let timer;
const write = (length) => {
  writeSync(file, pending.subarray(0, length));
  pending = pending.subarray(length);
};
const step = () => {
  for (let lines = 0; lines < 5; lines++) {
    number += 1;
    pending = Buffer.concat([pending, Buffer.from("line " + number + " ✓" + (number % 7 ? "" : " " + "x".repeat(500)) + "\\n")]);
  }
  write(pending.length - (number % 11));
};
const commands = {
  run: () => { clearInterval(timer); timer = setInterval(step, 2); },
  pause: () => { clearInterval(timer); write(pending.length); },
  reopen: () => { write(pending.length); closeSync(file); file = openSync(log, "a"); },
};
for await (const command of createInterface(process.stdin)) {
  commands[command]();
  console.log(number);
}
`;
