// A catcher's store with many instances, written as a catcher would have left it, without its fsyncs.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sourceOf, streamOf } from "../../catcher/collection.ts";
import { encodeFrame } from "../../log/frame-codec.ts";
import { noHash } from "../../shared/frame.ts";
import { tailnode } from "./operator.ts";

/** @returns the public IDs, in order. Each holds one entry in the collection of tailscaled's. */
export function writeLargeStore(dir: string, instances: number): readonly string[] {
  const stream = streamOf(tailnode);
  const ids = Array.from({ length: instances }, (_, n) => createHash("sha256").update(`instance ${n}`).digest("hex"));
  for (const [n, id] of ids.entries()) {
    const home = path.join(dir, "instances", id);
    const folder = path.join(home, stream);
    mkdirSync(folder, { recursive: true });
    const time = new Date(Date.UTC(2026, 0, 1) + n).toISOString();
    const entry = JSON.stringify({ logtail: { client_time: time }, text: `line ${n}` });
    const header = { stream, seq: 1, first: 1, count: 1, time, cursors: { [sourceOf(tailnode)]: "1" }, prev: noHash };
    writeFileSync(path.join(folder, "00000000000000000001.zst"), encodeFrame(header, Buffer.from(`${entry}\n`)).bytes);
    writeFileSync(path.join(folder, "00000000000000000001.times"), `\n[1,2,${Date.UTC(2026, 0, 1) + n},0,0]\n`);
    const collections = [{ name: tailnode, firstSeen: time, adopted: time }];
    const record = { version: 1, collections, retired: { segments: 0, bytes: 0 } };
    writeFileSync(path.join(home, "instance.json"), `${JSON.stringify(record)}\n`);
  }
  return ids;
}
