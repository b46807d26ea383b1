// The intake when Gristmill is killed while tailscaled uploads: real processes, a client that sends a batch until it is answered 200.
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { entryLines } from "../../log/frame-codec.ts";
import { systemClock } from "../../main/platform/clock.ts";
import { Spool } from "../../main/spool/spool.ts";
import { builtWindow } from "../support/built-window.ts";
import { freePort } from "../support/free-port.ts";
import { startGristmill } from "../support/gristmill-process.ts";
import { logtailBatch, logtailEntry, sendUntilStored, testCollection } from "../support/logtail-client.ts";
import { tempFolder } from "../support/temp-folder.ts";

const kills = 12;
/** With this padding a batch is spread over three frames, so that a kill may fall between them. */
const perBatch = 64;
const padding = "x".repeat(3_000);

function batchFrom(first: number): string {
  const entries = Array.from({ length: perBatch }, (_, at) => logtailEntry(first + at).replace("line", padding));
  return logtailBatch(...entries);
}

async function storedNumbers(dataDir: string): Promise<number[]> {
  const spool = await Spool.open({ disk: nodeDisk, clock: systemClock, dataDir, readers: [] });
  const frames = await spool.framesFrom(spool.begin, Number.MAX_SAFE_INTEGER);
  await spool.close();
  return frames.flatMap(entryLines).map((line) => JSON.parse(line).logtail.proc_seq);
}

test("killed again and again between what it stored and what it answered, it ends up with every entry once and in order", async () => {
  await builtWindow();
  const [dataDir, port] = [tempFolder(), await freePort()];
  const url = `http://127.0.0.1:${port}/c/${testCollection}/${"4".repeat(64)}`;
  let acked = 0;
  let isSending = true;
  let sentTwice = 0;
  const sending = (async () => {
    while (isSending) {
      if ((await sendUntilStored(url, batchFrom(acked + 1))) > 1) sentTwice += 1;
      acked += perBatch;
    }
  })();
  const start = () =>
    startGristmill(["run", "--source", `intake:${port}`, "--data-dir", dataDir, "--catcher", "off", "--no-open"]);
  for (let kill = 0; kill < kills; kill++) {
    const process = start();
    const before = acked;
    while (acked === before) await delay(5);
    await delay(kill); // Anywhere in the storing of the next batch.
    await process.kill("SIGKILL");
    const promised = acked;
    expect((await storedNumbers(dataDir)).length, "what was answered 200").toBeGreaterThanOrEqual(promised);
  }
  isSending = false;
  const last = start();
  await sending;
  await last.kill("SIGKILL");
  expect(sentTwice).toBeGreaterThan(0);
  expect(await storedNumbers(dataDir)).toEqual(Array.from({ length: acked }, (_, at) => at + 1));
});
