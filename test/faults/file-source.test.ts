// Source "file" with everything real: a writer process, rotation by hand and by logrotate, and a Gristmill that is killed again and again.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { systemClock } from "../../main/platform/clock.ts";
import { fileSource } from "../../main/sources/file/file.ts";
import { follow } from "../main/sources/follow.ts";
import { startFileWriter } from "../support/file-writer.ts";
import { type GristmillProcess, gristmill, startGristmill } from "../support/gristmill-process.ts";
import { tempFolder } from "../support/temp-folder.ts";

const numbers = (texts: readonly (string | undefined)[]) =>
  texts.map((text) => Number(/^line (\d+) ✓/.exec(text ?? "")?.[1]));
/** Where the numbers `from` to `to` are not each there once and in order: nothing, when all is well. */
function wrongPlaces(found: readonly number[], from: number, to: number): readonly string[] {
  const wrong = found.flatMap((number, at) => (number === from + at ? [] : [`${number} instead of ${from + at}`]));
  return [
    ...wrong.slice(0, 5),
    ...(found.length === to - from + 1 ? [] : [`${found.length} instead of ${to - from + 1} lines`]),
  ];
}

const secondNow = () => Math.floor(Date.now() / 1000);

function startReader(log: string, dataDir: string): GristmillProcess {
  return startGristmill([
    "run",
    ...["--source", `file:${log}`, "--data-dir", dataDir, "--catcher", "off"],
    ...["--listen", "127.0.0.1:0", "--no-open"],
  ]);
}

/** The numbers in a spool that nobody has open. */
async function spooled(dataDir: string): Promise<readonly number[]> {
  const { stdout } = await gristmill("spool", "cat", dataDir, "--json");
  const texts = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { text?: string; loss?: unknown })
    .map(({ text, loss }) => (loss === undefined ? text : JSON.stringify(loss)));
  return numbers(texts);
}

test("rename rotation, copytruncate and kill -9 of Gristmill while a process writes: every number exactly once, in order", async () => {
  const folder = tempFolder();
  const [log, dataDir] = [path.join(folder, "tailscaled.log"), path.join(folder, "gristmill")];
  const writer = startFileWriter(log);
  await writer.run();
  for (let round = 1; round <= 6; round++) {
    const reader = startReader(log, dataDir);
    await reader.printed(/http:\/\//);
    for (let turn = 9; turn >= 1; turn--) {
      if (existsSync(`${log}.${turn}`)) renameSync(`${log}.${turn}`, `${log}.${turn + 1}`);
    }
    if (round % 2 === 0) {
      await writer.pause(); // What is written between the copy and the truncation is lost by the nature of copytruncate.
      copyFileSync(log, `${log}.1`);
      truncateSync(log, 0);
      await writer.run();
    } else {
      renameSync(log, `${log}.1`);
      if (round === 3) await reader.kill("SIGKILL");
      await writer.reopen();
    }
    await reader.kill("SIGKILL");
  }
  const last = await writer.pause();
  const reader = startReader(log, dataDir);
  await vi.waitFor(async () => expect((await spooled(dataDir)).length).toBeGreaterThanOrEqual(last), {
    timeout: 60_000,
    interval: 500,
  });
  await reader.kill("SIGTERM");
  expect(wrongPlaces(await spooled(dataDir), 1, last)).toEqual([]);
});

/** scripts/system-packages.mjs sees to it. */
const hasLogrotate = process.platform === "linux";

test.runIf(hasLogrotate).each([
  ["create", "create"],
  ["copytruncate", "copytruncate"],
  ["create and compress", "create\n  compress"],
  ["a date, compressed a turn later", "create\n  dateext\n  dateformat -%Y%m%d-%s\n  compress\n  delaycompress"],
])("logrotate with %s: every number exactly once, for who follows and for who comes later", async (_, how) => {
  const folder = tempFolder();
  const log = path.join(folder, "tailscaled.log");
  const config = path.join(folder, "logrotate.conf");
  writeFileSync(config, `${log} {\n  rotate 20\n  su root root\n  ${how}\n}\n`);
  const writer = startFileWriter(log);
  // What is written between a copy and its truncation, or to a file that has been compressed already, is in no file afterwards.
  const isPaused = how === "copytruncate" || how.endsWith(" compress");
  const source = fileSource({ pattern: log, clock: systemClock });
  const followed = follow(source);
  for (let turn = 0; turn < 4; turn++) {
    await writer.run();
    await followed.count(turn * 100 + 50);
    if (isPaused) await writer.pause();
    execFileSync("/usr/sbin/logrotate", ["--force", "--state", path.join(folder, "state"), config]);
    await writer.reopen();
    // Two turns need two names, which tell seconds apart.
    const second = secondNow();
    if (how.includes("dateext"))
      await vi.waitFor(() => expect(secondNow()).toBeGreaterThan(second), { timeout: 10_000 });
  }
  const last = await writer.pause();
  await followed.count(last);
  const later = follow(source, followed.entries[120]?.position);
  await later.count(last - 121);
  await followed.stop();
  await later.stop();
  expect(wrongPlaces(numbers(followed.texts), 1, last)).toEqual([]);
  expect(wrongPlaces(numbers(later.texts), 122, last)).toEqual([]);
});
