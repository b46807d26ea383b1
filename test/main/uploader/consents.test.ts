import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Disk, nodeDisk } from "../../../log/disk.ts";
import { Consents } from "../../../main/uploader/consents.ts";
import { consentVersion } from "../../../shared/consent.ts";
import { faultyDisk } from "../../support/faulty-disk.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const [here, there] = ["https://here.example.com", "https://there.example.com"];
const at = "2026-01-01T00:00:00.000Z";

function open(dataDir: string, disk: Disk = nodeDisk): Promise<Consents> {
  return Consents.open({ disk, clock: new ManualClock(), dataDir, destinations: [here, there] });
}

const saidOf = (consents: Consents, destination: string) => ({
  agreed: consents.agreed(destination),
  declined: consents.isDeclined(destination),
  paused: consents.isPaused(destination),
});

test("at first nobody has said anything", async () => {
  expect(saidOf(await open(tempFolder()), here)).toEqual({ agreed: undefined, declined: false, paused: false });
});

test("what was said is there after a restart, for that destination and no other, and in a file that a person can read", async () => {
  const dataDir = tempFolder();
  const consents = await open(dataDir);
  await consents.answer(here, true);
  await consents.pause(here);
  const again = await open(dataDir);
  expect([saidOf(again, here), saidOf(again, there)]).toEqual([
    { agreed: { at, by: "window" }, declined: false, paused: true },
    { agreed: undefined, declined: false, paused: false },
  ]);
  expect(JSON.parse(readFileSync(path.join(dataDir, "consent.json"), "utf8"))).toEqual({
    answers: [{ destination: here, answer: "yes", at, by: "window", text: consentVersion }],
    paused: [{ destination: here, at }],
  });
  await again.resume(here);
  await again.answer(here, false);
  expect(saidOf(await open(dataDir), here)).toEqual({ agreed: undefined, declined: true, paused: false });
});

test("changes that come at once are all kept", async () => {
  const dataDir = tempFolder();
  const consents = await open(dataDir);
  await Promise.all([
    consents.answer(here, true),
    consents.pause(there),
    consents.agreeByRunning(there),
    consents.pause(here),
    consents.resume(there),
  ]);
  const again = await open(dataDir);
  expect([saidOf(again, here), saidOf(again, there)]).toEqual([
    { agreed: { at, by: "window" }, declined: false, paused: true },
    { agreed: { at, by: "command line" }, declined: false, paused: false },
  ]);
});

test("a yes to an earlier version of the text counts no more", async () => {
  const dataDir = tempFolder();
  const old = { destination: here, answer: "yes", at, by: "window", text: consentVersion - 1 };
  writeFileSync(path.join(dataDir, "consent.json"), JSON.stringify({ answers: [old], paused: [] }));
  expect(saidOf(await open(dataDir), here)).toEqual({ agreed: undefined, declined: false, paused: false });
});

test("a yes on the command line, and a pause, hold even where the disk does not take them, until the restart; a yes in the window does not", async () => {
  const dataDir = tempFolder();
  const disk = faultyDisk();
  const consents = await open(dataDir, disk);
  disk.fault = { on: "replace", code: "ENOSPC" };
  await expect(consents.answer(here, true)).rejects.toThrow("ENOSPC");
  await expect(consents.pause(here)).rejects.toThrow("ENOSPC");
  await expect(consents.agreeByRunning(there)).rejects.toThrow("ENOSPC");
  expect([saidOf(consents, here), saidOf(consents, there)]).toEqual([
    { agreed: undefined, declined: false, paused: true },
    { agreed: { at, by: "command line" }, declined: false, paused: false },
  ]);
});

test.each(["{", '{"answers":[]}', '{"answers":[{"destination":1}],"paused":[]}'])(
  "a file that cannot be understood (%s) pauses everything, is kept, and is said",
  async (text) => {
    const said: string[] = [];
    const warn = vi.spyOn(console, "warn").mockImplementation((sentence: string) => void said.push(sentence));
    onTestFinished(() => warn.mockRestore());
    const dataDir = tempFolder();
    writeFileSync(path.join(dataDir, "consent.json"), text);
    const consents = await open(dataDir);
    expect([saidOf(consents, here).paused, saidOf(consents, there).paused]).toEqual([true, true]);
    const [copy = ""] = readdirSync(dataDir).filter((name) => name.startsWith("consent-damaged-"));
    expect(said).toEqual([
      `${path.join(dataDir, "consent.json")} cannot be understood, so it is not known whether sending was paused. It is paused now; resume it in the window. What it held is kept in ${copy}.`,
    ]);
    expect(readFileSync(path.join(dataDir, copy), "utf8")).toBe(text);
    await consents.agreeByRunning(here);
    expect(saidOf(await open(dataDir), here)).toEqual({
      ...{ agreed: { at, by: "command line" }, declined: false, paused: true },
    });
  },
);

test("a file that cannot be read pauses everything too, and a start goes on", async () => {
  const said: string[] = [];
  const warn = vi.spyOn(console, "warn").mockImplementation((sentence: string) => void said.push(sentence));
  onTestFinished(() => warn.mockRestore());
  const read = async () => {
    throw Object.assign(new Error("EACCES: made by the test"), { code: "EACCES" });
  };
  const consents = await open(tempFolder(), { ...nodeDisk, read });
  expect([saidOf(consents, here).paused, said]).toEqual([
    true,
    [expect.stringMatching(/cannot be read \(EACCES\).*It is paused now; resume it in the window\.$/)],
  ]);
});
