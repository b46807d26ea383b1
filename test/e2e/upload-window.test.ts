// What the window asks and tells of the uploads: against a scripted Gristmill, and once against a real one that listens to its answer.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, onTestFinished, test, vi } from "vitest";
import { consentText, consentVersion } from "../../shared/consent.ts";
import type { UploadStatus } from "../../shared/rpc/shapes.ts";
import { launchBrowser, openPage } from "../support/browser.ts";
import { builtWindow } from "../support/built-window.ts";
import { catcherFor, storedFrames } from "../support/catcher.ts";
import { startGristmill } from "../support/gristmill-process.ts";
import { busyScene } from "../support/scenes.ts";
import { quietUpload } from "../support/scripted-gristmill.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { tempFolder } from "../support/temp-folder.ts";

type Scheme = "light" | "dark";

const catcher = "https://catcher.example.com";
const logtail = "logtail+https://log.example.com/c/tailnode.log.tailscale.io";
const asking: UploadStatus = {
  ...quietUpload,
  destination: catcher,
  state: "asks",
  agreed: null,
  pendingEntries: 1234,
};
const time = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1_000).toISOString();
const several: readonly UploadStatus[] = [
  { ...quietUpload, destination: catcher, ackedEntries: 1234, ackedUntil: time(5) },
  {
    ...quietUpload,
    ...{ destination: logtail, protocol: "logtail", state: "waiting", trouble: "refused" },
    ...{ sentence: `${logtail} refuses the connection; is the catcher running there?`, retryAt: Date.now() + 60_000 },
    ...{ ackedEntries: 1000, ackedUntil: time(600), pendingEntries: 234, rejectedEntries: 17 },
  },
  { ...quietUpload, destination: "insecure+http://192.168.1.5:8474", state: "paused", pendingEntries: 1234 },
];

async function open(
  uploads: readonly UploadStatus[],
  { scheme = "light", width = 1440 }: { scheme?: Scheme; width?: number } = {},
) {
  const server = await startScriptedServer(await builtWindow());
  onTestFinished(() => server.close());
  server.write(busyScene({ peers: 3, samples: 5, until: Date.now() }).opening);
  server.say({ uploads: [...uploads] });
  const context = await (await launchBrowser()).newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    reducedMotion: "reduce",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(server.url);
  await page.locator('[data-testid="connection"][data-state="open"]').waitFor();
  return { page, server, complaints };
}

async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, impact, nodes }) =>
    impact === "serious" || impact === "critical" ? nodes.map((node) => `${id}: ${node.target.join(" ")}`) : [],
  );
}

const question = (page: Page) => page.getByRole("region", { name: "May the log leave this machine?" });
const stage = (page: Page) => page.locator('[data-testid="upload-state"]');
const dialog = (page: Page) => page.getByRole("dialog", { name: "What leaves this machine" });
const card = (page: Page, destination: string) => dialog(page).locator(`[data-destination="${destination}"]`).first();
const asked = (server: ScriptedServer, what: unknown) => vi.waitFor(() => expect(server.asked()).toEqual([what]));

test.each<Scheme>(["light", "dark"])(
  "before anything leaves, the window says what, where to and how to stop, and a yes goes to that destination (%s)",
  async (scheme) => {
    const { page, server, complaints } = await open([asking], { scheme });
    const { what, where, stop } = consentText(catcher);
    for (const text of [what, where, stop, "Nothing has been sent so far."])
      await question(page).getByText(text).waitFor();
    expect(await stage(page).getAttribute("data-state")).toBe("asks");
    expect(await barriers(page)).toEqual([]);
    expect(server.asked()).toEqual([]);
    await question(page).getByRole("button", { name: "Send the log there" }).click();
    await asked(server, { consent: { destination: catcher, agree: true, text: consentVersion } });
    server.say({ uploads: [{ ...asking, state: "sending" }] });
    await question(page).waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  },
);

test("a no goes there too, and can be taken back in the details", async () => {
  const { page, server } = await open([asking]);
  await question(page).getByRole("button", { name: "Do not send" }).click();
  await asked(server, { consent: { destination: catcher, agree: false, text: consentVersion } });
  server.say({ uploads: [{ ...asking, state: "declined" }] });
  await question(page).waitFor({ state: "detached" });
  await stage(page).getByText("not allowed").waitFor();
  await page.getByRole("button", { name: "Details" }).click();
  await card(page, catcher).getByText("You said no. Nothing is sent.").waitFor();
  await card(page, catcher).getByRole("button", { name: "Send the log there" }).click();
  await vi.waitFor(() => expect(server.asked().at(-1)).toMatchObject({ consent: { agree: true } }));
});

test("an answer that cannot be noted is said, and the question stays", async () => {
  const { page, server } = await open([asking]);
  server.refuse("Your answer cannot be noted, so nothing is sent (ENOSPC).");
  await question(page).getByRole("button", { name: "Send the log there" }).click();
  await question(page).getByRole("alert").getByText("Your answer cannot be noted").waitFor();
  expect(await question(page).getByRole("button").count()).toBe(2);
});

test.each<Scheme>(["light", "dark"])(
  "several destinations: the stage shows each, and the details what each has and what has left (%s)",
  async (scheme) => {
    const { page, server, complaints } = await open(several, { scheme });
    await stage(page).getByText("refuses the connection").waitFor();
    const others = await stage(page).locator('[data-testid="upload-other"]').allInnerTexts();
    expect(others.map((text) => text.replace(/\s+/g, " ").replace(/until \S+, at/, "…"))).toEqual([
      "up to date … catcher.example.com",
      "paused nothing stored yet at 192.168.1.5:8474 (not encrypted)",
    ]);
    const receipt = { stream: "0".repeat(32), acked: 41, hash: "8c1f".repeat(16) };
    server.tell({
      ledger: [
        {
          ...{ day: "2026-08-22", destination: catcher, requests: 12, entries: 3456, bytes: 78_900 },
          ...{ first: "2026-08-22T08:00:00.000Z", last: "2026-08-22T14:03:22.000Z" },
        },
      ],
      receipts: [
        { destination: catcher, protocol: "frames", receipt, until: "2026-08-22T14:03:22.000Z", entries: 1234 },
        { destination: logtail, protocol: "logtail", receipt, until: "2026-08-22T14:03:22.000Z", entries: 1000 },
      ],
    });
    await page.getByRole("button", { name: "Details" }).click();
    const local = new Date("2026-08-22T14:03:22Z").toTimeString().slice(0, 8);
    const stored = card(page, catcher).locator('[data-testid="stored-until"]');
    expect(await stored.innerText()).toBe(`everything up to 2026-08-22 ${local} frame 41, 8c1f8c1f8c1f…`);
    expect(await stored.getAttribute("title")).toContain(`SHA-256 ${receipt.hash}`);
    await card(page, logtail).getByText("without a receipt").waitFor();
    await card(page, logtail).getByText("17 entries, kept in the quarantine").waitFor();
    const [day] = await dialog(page).locator('[data-testid="ledger-day"]').allInnerTexts();
    expect(day?.split("\t")).toEqual([
      ...["2026-08-22", "catcher.example.com", "3,456", "78.9 kB", "12", "08:00:00 – 14:03:22"],
    ]);
    expect(await barriers(page)).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

test("pausing and resuming go to the destination that they stand beside", async () => {
  const { page, server } = await open(several);
  await page.getByRole("button", { name: "Details" }).click();
  await card(page, logtail).getByRole("button", { name: "Pause" }).click();
  await asked(server, { pause: { destination: logtail } });
  await card(page, "insecure+http://192.168.1.5:8474").getByRole("button", { name: "Resume" }).click();
  await vi.waitFor(() =>
    expect(server.asked().at(-1)).toEqual({ resume: { destination: "insecure+http://192.168.1.5:8474" } }),
  );
  server.refuse("It is paused now, but that cannot be noted (ENOSPC).");
  await card(page, catcher).getByRole("button", { name: "Pause" }).click();
  await card(page, catcher).getByText("that cannot be noted").waitFor();
});

test.each(["csv", "json"])("the ledger is saved as a %s file", async (format) => {
  const { page, complaints } = await open(several);
  await page.getByRole("button", { name: "Details" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    dialog(page).getByRole("button", { name: format.toUpperCase() }).click(),
  ]);
  const file = path.join(tempFolder(), "saved");
  await download.saveAs(file);
  expect([download.suggestedFilename(), readFileSync(file, "utf8")]).toEqual([
    `ledger.${format}`,
    `the ledger as ${format}`,
  ]);
  expect(complaints).toEqual([]);
});

test("the details open and close by keyboard, and the focus is where it was", async () => {
  const { page } = await open([]);
  const details = page.getByRole("button", { name: "Details" });
  await details.focus();
  await page.keyboard.press("Enter");
  await dialog(page).getByText("Nothing leaves this machine: no destination is set").waitFor();
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  expect(await details.evaluate((button) => button === document.activeElement)).toBe(true);
});

test.each([600, 1000])("at %i pixels nothing of it is wider than the window", async (width) => {
  const { page } = await open([...several, asking], { width });
  await question(page).waitFor();
  await page.getByRole("button", { name: "Details" }).click();
  await dialog(page).waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
  const box = await dialog(page).boundingBox();
  expect(box !== null && box.x >= 0 && box.x + box.width <= width).toBe(true);
});

test("a real Gristmill sends nothing to the catcher in its settings until somebody clicks, and then everything", async () => {
  await builtWindow();
  const { url, dir } = await catcherFor();
  const dataDir = tempFolder();
  writeFileSync(path.join(dataDir, "settings.json"), JSON.stringify({ catchers: [url], uploadEverySeconds: 0.1 }));
  const log = path.join(tempFolder(), "tailscaled.log");
  writeFileSync(log, "2026/08/22 15:19:51 magicsock: home is now derp-4 (fra)\n");
  const args = ["run", "--source", `file:${log}`, "--data-dir", dataDir, "--no-open"];
  const first = startGristmill(args);
  const page = await openPage(await first.printed(/http:\/\/\S+/));
  await page.locator('[data-testid="upload-state"][data-state="asks"][data-pending="1"]').waitFor();
  expect(await storedFrames(dir)).toEqual([]);
  await question(page).getByRole("button", { name: "Send the log there" }).click();
  await page.locator('[data-testid="upload-state"][data-state="idle"][data-acked="1"]').waitFor();
  expect((await storedFrames(dir)).map(({ entries }) => entries.toString())).toEqual([
    expect.stringContaining("home is now derp-4"),
  ]);
  await page.getByRole("button", { name: "Details" }).click();
  await dialog(page).locator('[data-testid="stored-until"]').waitFor();
  await dialog(page).locator('[data-testid="ledger-day"]').waitFor();
  await card(page, url).getByRole("button", { name: "Pause" }).click();
  await page.locator('[data-testid="upload-state"][data-state="paused"]').waitFor();
  const noted = () => JSON.parse(readFileSync(path.join(dataDir, "consent.json"), "utf8"));
  await vi.waitFor(() => expect(noted().paused).toHaveLength(1)); // It stopped at once; that it did outlives a crash from here on.
  await first.kill("SIGKILL");

  const again = startGristmill(args);
  const later = await openPage(await again.printed(/http:\/\/\S+/));
  await later.locator('[data-testid="upload-state"][data-state="paused"]').waitFor();
  expect(await question(later).count()).toBe(0);
  const opened = "Open that address in a browser on this machine. Ctrl-C ends it.\n";
  expect([first.stderr(), again.stderr()]).toEqual([
    `Nothing is sent to ${url} before somebody says yes to it in the window.\n${opened}`,
    `Sending to ${url} is paused; it is resumed in the window.\n${opened}`,
  ]);
});
