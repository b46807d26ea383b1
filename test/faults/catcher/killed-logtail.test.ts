// A real catcher process that dies by SIGKILL at every moment around the one write that counts, while a tailscaled uploads to it: a client that sends
// a batch until it is answered 200.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { entryLines } from "../../../log/frame-codec.ts";
import { storedFrames, testPrivateId } from "../../support/catcher.ts";
import { dyingCatcher, type FatalMoment } from "../../support/catcher-process.ts";
import { logtailBatch, logtailEntry, sendUntilStored, testCollection } from "../../support/logtail-client.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const moments: readonly FatalMoment[] = ["before-append", "in-append", "before-sync", "after-sync"];
const lives = [3, 1, 2].flatMap((times) => moments.map((moment) => ({ moment, times })));
/** With this padding a batch is spread over three frames, so that half of what is written may be some of them. */
const perBatch = 64;
const padding = "x".repeat(3_000);
const processes = [3141592653, 27182818] as const;

/** Every other entry is of another process, each of which counts by itself. */
function batchFrom(first: number): string {
  const entries = Array.from({ length: perBatch }, (_, at) =>
    logtailEntry(Math.floor((first + at + 1) / 2), processes[(first + at) % 2]).replace("line", padding),
  );
  return logtailBatch(...entries);
}

async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `127.0.0.1:${port}`;
}

async function storedNumbers(dir: string): Promise<number[]> {
  return (await storedFrames(dir)).flatMap(entryLines).map((line) => JSON.parse(line).logtail.proc_seq);
}

test("killed again and again, the catcher ends up with every entry of a tailscaled once and in order", async () => {
  const [dir, listen] = [tempFolder(), await freeAddress()];
  const url = `http://${listen}/c/${testCollection}/${testPrivateId}`;
  let [acked, sentAgain, isSending] = [0, 0, true];
  const sending = (async () => {
    while (isSending) {
      if ((await sendUntilStored(url, batchFrom(acked + 1))) > 1) sentAgain += 1;
      acked += perBatch;
    }
  })();
  for (const { moment, times } of lives) {
    const catcher = await dyingCatcher({ dir, listen }, moment, times);
    expect(await catcher.ended).toMatchObject({ code: null, stderr: "" });
    const promised = acked;
    expect((await storedNumbers(dir)).length, "what was answered 200").toBeGreaterThanOrEqual(promised);
  }
  isSending = false;
  await dyingCatcher({ dir, listen }, "before-append", Number.MAX_SAFE_INTEGER);
  await sending;
  expect(sentAgain).toBeGreaterThan(0);
  expect(await storedNumbers(dir)).toEqual(Array.from({ length: acked }, (_, at) => Math.floor(at / 2) + 1));
});
