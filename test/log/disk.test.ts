import { chmodSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { nodeDisk } from "../../log/disk.ts";
import { FrameLog } from "../../log/frame-log.ts";
import { Quarantine } from "../../log/quarantine.ts";
import { chainOf } from "../support/frames.ts";
import { tempFolder } from "../support/temp-folder.ts";

test("whatever a log makes is for its user alone, also in a folder that everybody may read", async () => {
  const root = tempFolder();
  chmodSync(root, 0o755);
  const folder = path.join(root, "stores", "spool");
  const quarantine = await Quarantine.open(nodeDisk, path.join(root, "quarantine"));
  const log = await FrameLog.open({ disk: nodeDisk, folder, quarantine, segmentBytes: 1 });
  await log.append(chainOf([1, 1]));
  await quarantine.setAside("damaged", { segment: "piece", offset: 0, range: undefined }, Buffer.from("x"));
  await log.close();
  const made = readdirSync(root, { recursive: true, withFileTypes: true });
  const open = made.filter((each) => (statSync(path.join(each.parentPath, each.name)).mode & 0o077) !== 0);
  expect(made.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["spool", "00000000000000000001.zst", "00000000000000000001.idx", "quarantine"]),
  );
  expect(open.map(({ name }) => name)).toEqual([]);
});
