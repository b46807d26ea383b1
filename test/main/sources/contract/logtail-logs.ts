// The sources that are told of entries over a socket, each with the means to tell them.
import { systemClock } from "../../../../main/platform/clock.ts";
import { intakeSource } from "../../../../main/sources/intake/intake.ts";
import { logtapSource } from "../../../../main/sources/logtap/logtap.ts";
import { freePort } from "../../../support/free-port.ts";
import { startLocalApi } from "../../../support/local-api.ts";
import { logtailEntryHead, startLogtailClient, testCollection } from "../../../support/logtail-client.ts";
import type { WrittenLog } from "./log-bytes.ts";

/** A tailscaled that uploads to a port, whether or not somebody listens there. */
export async function intakeLog(): Promise<WrittenLog> {
  const port = await freePort();
  const client = startLogtailClient(`http://127.0.0.1:${port}/c/${testCollection}/${"4".repeat(64)}`);
  let unfinished = "";
  return {
    open: () => intakeSource({ port, clock: systemClock }),
    write: async (texts) => client.write(texts),
    // What is split is the upload: the client sends small ones byte by byte.
    writeBytes(bytes) {
      const lines = `${unfinished}${bytes.toString("latin1")}`.split("\n");
      unfinished = lines.pop() ?? "";
      client.write(lines.map((line) => Buffer.from(line, "latin1")));
    },
    rotate: async () => client.restart(),
  };
}

/**
 * A tailscaled that begins to write when its tap is first opened, so that what a case writes before it reads is not lost; from then on it
 * writes whether or not somebody reads, no faster than the queue of the tap takes it.
 */
export async function tapLog(): Promise<WrittenLog> {
  const daemon = await startLocalApi();
  const begun = daemon.tapped();
  let hasBegun = false;
  const encode = entryEncoder();
  const write = async (texts: readonly (string | Buffer)[]) => {
    await begun;
    hasBegun = true;
    for (const text of texts) {
      await daemon.hasRoom();
      daemon.writeBytes(Buffer.concat([encode(Buffer.from(text as string)), encode(Buffer.from("\n"))]));
    }
  };
  let opened = 0;
  return {
    open() {
      opened += 1;
      return logtapSource({ socket: daemon.socket, clock: systemClock });
    },
    keepsNothing: true,
    isRead: () => daemon.tapped(opened),
    async write(texts) {
      const written = write(texts);
      if (hasBegun) await written;
    },
    writeBytes: (bytes) => void begun.then(() => daemon.writeBytes(encode(bytes))),
  };
}

/** Bytes of texts, each ended by a newline, as bytes of entries: whatever is cut in the texts is cut in the entries. */
function entryEncoder(): (bytes: Buffer) => Buffer {
  let seq = 0;
  let isOpen = false;
  return (bytes) => {
    const parts = bytes.toString("latin1").split("\n");
    const encoded = parts.map((part, at) => {
      const begins = !isOpen && (part !== "" || at < parts.length - 1);
      const head = begins ? logtailEntryHead(++seq) : "";
      isOpen = (isOpen || begins) && at === parts.length - 1;
      return `${head}${JSON.stringify(part).slice(1, -1)}${at < parts.length - 1 ? '\\n"}\n' : ""}`;
    });
    return Buffer.from(encoded.join(""), "latin1");
  };
}
