import { type Browser, chromium, type Page } from "@playwright/test";
import { onTestFinished } from "vitest";
import { chromiumPath } from "../../scripts/system-packages.mjs";

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

/** A real Chromium, closed after the test. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined)
    throw new Error("there is no Chromium here; `npm test` installs one, or says what to install");
  const browser = await chromium.launch({ executablePath, args: flags });
  onTestFinished(() => browser.close());
  return browser;
}

/** A page of it that may talk to loopback only, opened at `url`. */
export async function openPage(url: string): Promise<Page> {
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  return page;
}
