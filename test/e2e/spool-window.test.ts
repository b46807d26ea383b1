// What the window says of the spool, in a real Chromium: that the disk refuses, that an outage fills the budget, that something is damaged or lost.
import path from "node:path";
import type { Page } from "@playwright/test";
import { expect, onTestFinished, test, vi } from "vitest";
import { type AppOptions, startApp } from "../../main/app.ts";
import { startHeadless } from "../../main/shells/headless/shell.ts";
import { diskTrouble } from "../../main/spool/disk-trouble.ts";
import type { SpoolStatus } from "../../shared/rpc/shapes.ts";
import { openPage } from "../support/browser.ts";
import { builtWindow } from "../support/built-window.ts";
import { faultyDisk } from "../support/faulty-disk.ts";
import { freePort } from "../support/free-port.ts";
import { barriersInBothSchemes, connection, open } from "../support/opened-window.ts";
import { quietStatus } from "../support/scripted-gristmill.ts";
import { tempFolder } from "../support/temp-folder.ts";

const banner = (page: Page) => page.getByTestId("spool-trouble");
const stage = (page: Page) => page.getByTestId("spool-state");
const mebibyte = 1024 * 1024;

/** The spool as it is, but for what changes. */
const spool = (change: Partial<SpoolStatus>) => ({ spool: { ...quietStatus.spool, ...change } });
const filling = "213 MiB of the spool's 256 MiB wait for the catcher. When they are full, the middle is dropped.";

test("in whatever way the disk refuses, it stands above all panels, whole, until it is over", async () => {
  const { page, server, complaints } = await open();
  await connection(page, "open").waitFor();
  expect(await banner(page).count()).toBe(0);
  for (const code of ["ENOSPC", "EROFS", "EACCES", "ENOENT", "EIO", "ELOOP"]) {
    const sentence = diskTrouble(Object.assign(new Error(`${code}: made by the test`), { code }), "/var/lib/gristmill");
    server.say(spool({ state: "waiting", sentence }));
    await banner(page).getByText(sentence).waitFor();
    expect(await banner(page).innerText()).toBe(`The log is not being stored. ${sentence}`);
    await stage(page).getByText("waiting", { exact: true }).waitFor();
  }
  expect(await banner(page).getAttribute("role")).toBe("alert");
  expect(await barriersInBothSchemes(page)).toEqual([]);
  server.say(spool({}));
  await banner(page).waitFor({ state: "detached" });
  await stage(page).getByText("open", { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

test("how much of its budget the spool takes is shown; that it is full is trouble only while a catcher has not got it", async () => {
  const { page, server } = await open({
    first: ({ say }) => say(spool({ bytes: 35_120, budgetBytes: 256 * mebibyte })),
  });
  await stage(page).getByText("34.3 KiB of 256 MiB").waitFor();
  server.say(spool({ bytes: 256 * mebibyte }));
  await stage(page).getByText("256 of 256 MiB").waitFor();
  await stage(page).getByText("open", { exact: true }).waitFor();
  await stage(page).getByRole("img", { name: "100 % of what the spool may take" }).waitFor();
  expect(await banner(page).count()).toBe(0);
  server.say(spool({ bytes: 256 * mebibyte, sentence: filling }));
  await banner(page).getByText(filling).waitFor();
  expect(await banner(page).innerText()).toBe(`The spool is filling up. ${filling}`);
  await stage(page).getByText("filling up", { exact: true }).waitFor();
  expect(await barriersInBothSchemes(page)).toEqual([]);
});

test("damage that was set aside is shown with its bytes, and what was lost leads to the line that says why", async () => {
  const { page, server } = await open({ size: { width: 900, height: 600 } });
  await connection(page, "open").waitFor();
  const why = "damaged bytes of the spool were set aside in 7.damaged";
  const time = Date.now();
  server.write([
    { time, text: "", loss: { kind: "quarantine", count: 7, why } },
    { time, text: "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641" },
  ]);
  server.say(spool({ quarantinedBytes: 12_345, isDamaged: true }));
  await stage(page).getByText("damaged", { exact: true }).waitFor();
  await stage(page).getByText("12.3 kB set aside").waitFor();
  expect(await barriersInBothSchemes(page)).toEqual([]);
  await page.getByRole("button", { name: "7 entries lost" }).click();
  await page.getByTestId("log-entry").getByText(why).waitFor();
  server.say(spool({ quarantinedBytes: 12_345 }));
  await stage(page).getByText("open", { exact: true }).waitFor();
  await stage(page).getByText("12.3 kB set aside").waitFor();
});

/** The real app with the demo as its source, in the real window. */
async function openReal(options: Pick<AppOptions, "disk" | "spool" | "catchers">): Promise<Page> {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const app = await startApp({
    version: "0.0.0",
    shell: "headless",
    program: "gristmill",
    dataDir: path.join(tempFolder(), "data"),
    sources: ["demo:7"],
    notice: null,
    demo: true,
    ...options,
  });
  const token = "a-token-of-the-test-0123";
  const shell = await startHeadless({
    router: app.router,
    window: await builtWindow(),
    host: "127.0.0.1",
    port: 0,
    token,
  });
  onTestFinished(async () => {
    await shell.close();
    await app.close();
    warn.mockRestore();
  });
  const page = await openPage(shell.url);
  await connection(page, "open").waitFor();
  return page;
}

test("a spool that cannot delete what its catchers have, and so outgrows its budget, says it there", async () => {
  const disk = faultyDisk();
  disk.fault = { on: "remove", code: "EACCES" };
  const page = await openReal({ disk, catchers: [], spool: { segmentBytes: 2_000, budgetBytes: 16_000 } });
  await banner(page)
    .getByText("cannot be deleted (EACCES: made by the test), so it grows beyond its budget.")
    .waitFor();
  expect(await banner(page).innerText()).toMatch(/^The spool is filling up\. Old segments/);
  disk.fault = undefined;
  await banner(page).waitFor({ state: "detached" });
});

test("a disk that fills up while the window is open is said there, and so is that it takes lines again", async () => {
  const disk = faultyDisk();
  const page = await openReal({ disk, catchers: [] });
  await page.getByTestId("peer-row").first().waitFor();
  disk.fault = { on: "append", code: "ENOSPC" };
  await banner(page).getByText("is full. New log lines wait and nothing is lost").waitFor();
  disk.fault = undefined;
  await banner(page).waitFor({ state: "detached" });
  await stage(page).getByText("open", { exact: true }).waitFor();
});

test("an outage of the catcher that fills the budget is said there, and what had to go is counted", async () => {
  const address = `http://127.0.0.1:${await freePort()}`;
  const page = await openReal({
    catchers: [{ address, consent: "command line" }],
    spool: { segmentBytes: 2_000, budgetBytes: 16_000 },
  });
  await banner(page).getByText("wait for the catcher.").waitFor();
  await page.getByRole("button", { name: /^[\d,]+ entries lost/ }).click();
  await page.getByTestId("log-entry").getByText("the spool reached its budget").waitFor();
});
