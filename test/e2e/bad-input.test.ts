// What a person gets when something is wrong: a sentence that names the thing and the remedy, and an app that keeps running.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { builtWindow } from "../support/built-window.ts";
import { type GristmillProcess, gristmill, startGristmill } from "../support/gristmill-process.ts";
import { createJournal, hasJournals } from "../support/journal.ts";
import { tempFolder } from "../support/temp-folder.ts";

if (!hasJournals)
  console.warn(
    "NOT RUN: the tests of journals that are missing, corrupt or too much for the disk: this system has no journald.",
  );

const address = /http:\/\/\S+/;

async function run(dataDir: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<GristmillProcess> {
  await builtWindow();
  const started = startGristmill(["run", "--data-dir", dataDir, "--catcher", "off", "--no-open", ...args], env);
  await started.printed(address);
  return started;
}

const said = (process: GristmillProcess, sentence: RegExp) =>
  vi.waitFor(() => expect(process.stderr()).toMatch(sentence), { timeout: 20_000, interval: 50 });

async function endsCleanly(process: GristmillProcess): Promise<void> {
  expect(process.child.exitCode, "it keeps running").toBeNull();
  await process.kill("SIGTERM");
  expect(await process.exited).toBe(0);
}

test("a port in use is named, with another way", async () => {
  await builtWindow();
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const { code, stderr } = await gristmill(
    "run",
    "--source",
    "demo",
    "--data-dir",
    tempFolder(),
    "--listen",
    `127.0.0.1:${port}`,
    "--no-open",
  );
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use.*--listen`)),
  });
});

test("a data dir in use names its holder", async () => {
  const dataDir = tempFolder();
  const first = await run(dataDir, ["--source", "demo"]);
  const { code, stderr } = await gristmill("run", "--source", "demo", "--data-dir", dataDir, "--no-open");
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining(`in use by another Gristmill (process ${first.child.pid})`),
  });
  await endsCleanly(first);
});

test.each([
  [["run", "--listen", "0.0.0.0:80"], /loopback only.*SSH tunnel/],
  [["run", "--listen", "nonsense"], /HOST:PORT/],
  [["run", "--token", "short"], /at least 16/],
  [["run", "--nonsense"], /--nonsense/],
  [["run", "--source", "nonsense", "--no-open"], /nonsense/],
  [["run", "--catcher", "nonsense", "--no-open"], /nonsense/],
  [["spool", "stat"], /one folder/],
  [["spool", "eat", "/tmp"], /stat, verify, cat and migrate, not "eat"/],
  [["grind", "--format", "nonsense"], /nonsense/],
  [["nonsense"], /no command "nonsense"/],
  [[], /usage: gristmill/],
])("gristmill %j is wrong usage, and says how it goes", async (args, sentence) => {
  const { code, stderr, stdout } = await gristmill(...args);
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(sentence) });
});

test("a missing journalctl is named, and the app waits for it", async () => {
  const started = await run(tempFolder(), ["--source", "journald"], { PATH: "/nonexistent" });
  await said(started, /journalctl/);
  await endsCleanly(started);
});

test.runIf(hasJournals)("a journal folder that is not there is named, and followed once it comes", async () => {
  const root = tempFolder();
  const folder = path.join(root, "journal");
  const dataDir = path.join(root, "data");
  await mkdir(dataDir);
  const started = await run(dataDir, ["--source", `journald:${folder}`]);
  await said(started, new RegExp(folder));
  const journal = createJournal(folder);
  await journal.append([{ message: "it came later" }]);
  await vi.waitFor(async () => expect((await gristmill("spool", "cat", dataDir)).stdout).toContain("it came later"), {
    timeout: 30_000,
    interval: 300,
  });
  await journal.close();
  await endsCleanly(started);
});

test.runIf(hasJournals)(
  "a spool with a corrupt segment starts, keeps the rest, and shows the loss in the log itself",
  async () => {
    const root = tempFolder();
    const dataDir = path.join(root, "data");
    const journal = createJournal(path.join(root, "journal"));
    const source = ["--source", `journald:${path.join(root, "journal")}`];
    const cat = async () => (await gristmill("spool", "cat", dataDir, "--text")).stdout;
    const first = await run(dataDir, source);
    for (const message of ["one", "two", "three"]) {
      await journal.append([{ message }]);
      await vi.waitFor(async () => expect(await cat()).toContain(message), { timeout: 20_000, interval: 100 });
    }
    await endsCleanly(first);
    const segment = path.join(
      dataDir,
      "spool",
      readdirSync(path.join(dataDir, "spool")).find((name) => name.endsWith(".zst")) ?? "",
    );
    const bytes = readFileSync(segment);
    bytes[40] = (bytes[40] ?? 0) ^ 0xff;
    writeFileSync(segment, bytes);
    expect((await gristmill("spool", "verify", dataDir)).code).toBe(1);
    const again = await run(dataDir, source);
    await vi.waitFor(async () => expect(await cat()).toMatch(/two\nthree\n.*"kind":"quarantine"/s), {
      timeout: 20_000,
      interval: 100,
    });
    expect(readdirSync(path.join(dataDir, "quarantine"))).toHaveLength(1);
    await journal.close();
    await endsCleanly(again);
  },
);

test.runIf(hasJournals)(
  "a full disk is named; nothing that the journal holds is lost once there is space",
  async (context) => {
    if (process.getuid?.() !== 0) {
      console.warn("NOT RUN: the test with a real full disk: only root can mount a small one");
      return context.skip("only root can mount a small disk");
    }
    const root = tempFolder();
    const dataDir = path.join(root, "small");
    await mkdir(dataDir);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", dataDir]);
    onTestFinished(() => void execFileSync("umount", ["-l", dataDir]));
    const journal = createJournal(path.join(root, "journal"));
    const count = 12_000;
    // Text that does not compress: the small disk is full long before the end.
    const lines = Array.from(
      { length: count },
      (_, n) => `${n} ${Array.from({ length: 4 }, () => Math.random().toString(36)).join("")}`,
    );
    await journal.append(lines.map((message) => ({ message })));
    const started = await run(dataDir, ["--source", `journald:${path.join(root, "journal")}`]);
    await said(started, /is full\. New log lines wait and nothing is lost/);
    execFileSync("mount", ["-o", "remount,size=16m", dataDir]);
    await said(started, /takes log lines again; nothing was lost/);
    const numbers = async () => (await gristmill("spool", "cat", dataDir, "--text")).stdout.trimEnd().split("\n");
    await vi.waitFor(async () => expect((await numbers()).length).toBe(count), { timeout: 60_000, interval: 300 });
    expect(await numbers()).toEqual(lines);
    await journal.close();
    await endsCleanly(started);
  },
);
