// `npm start` on a machine without a display and without a tailscaled log, as its script runs it.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { openPage } from "../support/browser.ts";
import { builtWindow } from "../support/built-window.ts";
import { gristmill } from "../support/gristmill-process.ts";
import { loopbackOnlyNodeOptions } from "../support/loopback-only.ts";
import { tempFolder } from "../support/temp-folder.ts";

const script = path.resolve(import.meta.dirname, "../../scripts/start.mjs");
const program = path.resolve(import.meta.dirname, "../../bin/gristmill.mjs");

/** The processes whose parent is `pid`, and theirs. */
async function descendants(pid: number): Promise<number[]> {
  const { readdir, readFile } = await import("node:fs/promises");
  const parents = new Map<number, number>();
  for (const name of await readdir("/proc").catch(() => [])) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, "utf8").catch(() => "") : "";
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const below = (of: number): number[] =>
    [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

/** Where data dirs lie differs from system to system; the name of the folder in them does not. */
function folderNamed(name: string, below: string): string {
  const found = readdirSync(below, { recursive: true, encoding: "utf8" }).find(
    (entry) => path.basename(entry) === name,
  );
  return path.join(below, found ?? name);
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test("it says why there is no window and no log, runs the demo into a catcher, and Ctrl-C ends it with all its children", async () => {
  await builtWindow();
  const home = tempFolder();
  const { DISPLAY: _, WAYLAND_DISPLAY: __, ...env } = process.env;
  const child = spawn(process.execPath, [script], {
    stdio: ["ignore", "pipe", "pipe"],
    // Without a PATH there is no journalctl, so no log either, whatever machine the test runs on.
    env: {
      ...env,
      HOME: home,
      XDG_DATA_HOME: home,
      LOCALAPPDATA: home,
      PATH: "/nonexistent",
      NODE_OPTIONS: loopbackOnlyNodeOptions,
    },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text.toString()));
  await vi.waitFor(() => expect(said).toMatch(/http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/), {
    timeout: 60_000,
    interval: 50,
  });
  expect(said).toContain("There is no display here");
  expect(said).toContain("No tailscaled log was found on this machine");

  const page = await openPage(/http:\/\/127\S+/.exec(said)?.[0] ?? "");
  await page.getByTestId("notice").getByText("No tailscaled log was found").waitFor();
  await page.getByTestId("peer-row").nth(5).waitFor();
  await page.locator('[data-testid="upload-state"][data-state="idle"]').waitFor();

  const children = await descendants(child.pid ?? 0);
  child.kill("SIGINT");
  expect((await once(child, "exit"))[0]).toBe(0);
  await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 10_000 });

  const verified = await gristmill("spool", "verify", folderNamed("catcher", home));
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/instances\/[0-9a-f]{64}\/.*: sound/) });
});

/** The system's own Node, where it is one that bin/gristmill.mjs moves away from. */
function olderNode(): string | undefined {
  try {
    const node = execFileSync("/usr/bin/env", ["-i", "which", "node"], { encoding: "utf8" }).trim();
    const version = execFileSync(node, ["--version"], { encoding: "utf8" });
    return Number(/^v(\d+)/.exec(version)?.[1]) < 24 ? node : undefined;
  } catch {
    return undefined;
  }
}

const dataUrl = (module: string) => `data:text/javascript,${encodeURIComponent(module)}`;
/** For the first process only: it takes itself for Node 20, and moves to the packaged one. */
const posesAsNode20 = dataUrl(
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.0.0" } });',
);
/** The guard is TypeScript, which an older Node does not read; the wrapper itself dials nothing. */
const guardIfReadable = dataUrl(
  `if (Number(process.versions.node.split(".")[0]) >= 24) await import(${JSON.stringify(loopbackOnlyNodeOptions.slice("--import=".length))});`,
);

const older = olderNode();
if (older === undefined)
  console.warn("NOT RUN: bin/gristmill.mjs on a real Node below 24: /usr/bin/env -i finds none.");

test.each([
  ["a Node that takes itself for 20", process.execPath, ["--import", posesAsNode20, program, "run"]],
  ...(older === undefined ? [] : [[`the system's ${older}`, older, [program, "run"]] as const]),
  ["npm start", process.execPath, [script]],
] as const)("with %s: a wrapper that is killed takes the Gristmill below it along", async (_, node, args) => {
  await builtWindow();
  const dataDir = tempFolder();
  const options = ["--source", "demo", "--catcher", "off", "--no-open", "--data-dir", dataDir];
  const wrapper = spawn(node, [...args, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: `--import=${guardIfReadable}` },
  });
  onTestFinished(() => void wrapper.kill("SIGKILL"));
  let said = "";
  for (const stream of [wrapper.stdout, wrapper.stderr]) stream.on("data", (text: Buffer) => (said += text.toString()));
  await vi.waitFor(() => expect(said).toMatch(/http:\/\/127\.0\.0\.1:\d+/), { timeout: 60_000, interval: 50 });
  const children = await descendants(wrapper.pid ?? 0);
  onTestFinished(() => {
    for (const child of children.filter(isAlive)) process.kill(child, "SIGKILL");
  });
  expect(children).toHaveLength(1);

  wrapper.kill("SIGKILL");
  await vi.waitFor(() => expect(children.filter(isAlive)).toEqual([]), { timeout: 20_000, interval: 50 });
  expect(await gristmill("spool", "verify", dataDir)).toMatchObject({ code: 0 });
});
