// The history of a real agent that is killed again and again while it grinds, and of one whose disk is full.
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { daemonLines, Rig, twinOf } from "../main/history/rig.ts";
import { live } from "../soak/victim.ts";
import { seeded } from "../support/simulated-log.ts";
import { tempFolder } from "../support/temp-folder.ts";

const agentProgram = fileURLToPath(new URL("../support/agent-child.ts", import.meta.url));
const kills = 8;

test("an agent that is killed again and again while it grinds has, in the end, the history of one that never was", async () => {
  const folder = tempFolder();
  const [log, dataDir, random] = [path.join(folder, "tailscaled.log"), path.join(folder, "data"), seeded(31)];
  const lines = daemonLines(31, 3_000);
  writeFileSync(log, "");
  const options = { dataDir, sources: [`file:${log}`], catchers: [], history: { flushMs: 1 } };
  const spool = { segmentBytes: 8_000, commitIntervalMs: 2 };
  const agent = { file: agentProgram, args: [JSON.stringify({ ...options, spool })] };
  let at = 0;
  for (let life = 0; life < kills; life++) {
    const { child, ready, ended } = live(agent, undefined);
    expect(await ready).toBe("ready");
    const end = Math.floor(((life + 1) * lines.length) / kills);
    while (at < end) {
      const next = Math.min(end, at + 1 + Math.floor(random() * 60));
      appendFileSync(
        log,
        lines
          .slice(at, next)
          .map((line) => `${line}\n`)
          .join(""),
      );
      at = next;
      await after(1);
    }
    await after(random() * 300); // Any moment will do: nothing is waited for.
    child.kill("SIGKILL");
    expect(await ended).toMatchObject({ signal: "SIGKILL" });
  }
  const rig = await Rig.start({ dataDir });
  expect(rig.history.status.setAside).toBeNull();
  await rig.grind();
  expect(rig.live.next).toBe(rig.spool.end);
  expect(rig.spool.end).toBeGreaterThan(1_000);
  expect(rig.told()).toEqual(await twinOf(rig.spool));
});

/** A disk of one MiB; undefined where this user may not have one. */
function smallDisk(): string | undefined {
  const folder = path.join(tempFolder(), "small");
  mkdirSync(folder);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]).status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", ["-l", folder]));
  return folder;
}

test("a full disk stops the history and nothing else; once there is room it catches up, and nothing is missing", async ({
  skip,
}) => {
  const folder = smallDisk();
  if (folder === undefined) return skip("needs a user who may mount a file system");
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const rig = await Rig.start({ historyDir: folder });
  const lines = daemonLines(32, 400);
  await rig.log(lines.slice(0, 100));
  await rig.grind();
  rig.told();
  const ballast = path.join(folder, "ballast");
  for (let bytes = 2 ** 20; bytes >= 1; bytes = Math.floor(bytes / 2)) {
    try {
      appendFileSync(ballast, Buffer.alloc(bytes));
    } catch {
      // Half as much may still fit.
    }
  }
  for (let next = 100; next < lines.length; next += 50) {
    await rig.log(lines.slice(next, next + 50));
    await rig.grind();
    rig.told();
  }
  expect(rig.history.status).toMatchObject({ state: "waiting", sentence: expect.stringContaining("the disk is full") });
  expect(rig.live.next).toBe(rig.spool.end);
  rmSync(ballast);
  expect(rig.told()).toEqual(await twinOf(rig.spool));
  expect(rig.history.status).toMatchObject({ state: "ready", setAside: null });
});
