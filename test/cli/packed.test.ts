// Packed segments of a catcher's store, read by the commands that read segments.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { grindCommand } from "../../cli/commands/grind.ts";
import { spoolCommand } from "../../cli/commands/spool.ts";
import { nodeDisk } from "../../log/disk.ts";
import { encodeFrame, type Frame } from "../../log/frame-codec.ts";
import { packSegment } from "../../log/pack-segment.ts";
import { packedFile } from "../../log/packed.ts";
import { segmentFile } from "../../log/segment-index.ts";
import { noHash } from "../../shared/frame.ts";
import { testStream } from "../support/frames.ts";
import { asLogtail } from "../support/log-formats.ts";
import { releases, simulateLog } from "../support/simulated-log.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { runCommand } from "./run-command.ts";

const lines = simulateLog(releases["1.102"], { seed: 5, ticks: 80 }).calls.map(asLogtail);

/** A segment of frames with three entries each. */
function segment(): Buffer {
  const frames: Frame[] = [];
  for (let at = 0; at < lines.length; at += 3) {
    const some = lines.slice(at, at + 3);
    const header = {
      stream: testStream,
      seq: frames.length + 1,
      first: at + 1,
      count: some.length,
      time: "2026-01-01T00:00:00.000Z",
      cursors: {},
      prev: frames.at(-1)?.hash ?? noHash,
    };
    frames.push(encodeFrame(header, Buffer.from(`${some.join("\n")}\n`)));
  }
  return Buffer.concat(frames.map(({ bytes }) => bytes));
}

test("grind, spool cat and spool verify say of a packed segment what they say of the segment", async () => {
  const folder = tempFolder();
  const [plain, packed] = [path.join(folder, segmentFile(1)), path.join(folder, packedFile(1))];
  writeFileSync(plain, segment());
  const said = async () => [
    await runCommand(spoolCommand, ["cat", folder]),
    await runCommand(spoolCommand, ["cat", folder, "--from", "17", "--to", "20"]),
    await runCommand(spoolCommand, ["verify", folder]),
  ];
  const before = await said();
  const ground = await runCommand(grindCommand, ["--json"], [readFileSync(plain)]);
  expect(JSON.parse(ground.stdout)).toMatchObject({ lines: { total: lines.length } });
  expect(before[0]?.stdout.trimEnd().split("\n")).toEqual(lines);
  await packSegment({ disk: nodeDisk, segment: plain, target: packed, times: [] });
  rmSync(plain);
  expect(await said()).toEqual(before);
  expect(await runCommand(grindCommand, ["--json"], [readFileSync(packed)])).toEqual(ground);
});
