// Makes the pictures in assets/ from the real thing: the demo tailnet through the whole pipeline, in a real Chromium.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "@playwright/test";
import { projectRoot } from "./node24.mjs";
import { chromiumPath } from "./system-packages.mjs";

const pictures = [
  { name: "window-dark", scheme: "dark", width: 1440, height: 900 },
  { name: "window-light", scheme: "light", width: 1440, height: 900 },
] as const;

const executablePath = chromiumPath();
if (executablePath === undefined) throw new Error("no Chromium was found; set GRISTMILL_CHROMIUM to one");
const dataDir = mkdtempSync(path.join(tmpdir(), "gristmill-pictures-"));
const program = path.join(projectRoot, "bin", "gristmill.mjs");
const agent = spawn(process.execPath, [program, "run", "--source", "demo:7", "--data-dir", dataDir, "--no-open"], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const [printed] = (await once(agent.stdout, "data")) as [Buffer];
  const url = /http:\/\/\S+/.exec(printed.toString())?.[0];
  if (url === undefined) throw new Error(`no address in: ${printed.toString()}`);
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  for (const { name, scheme, width, height } of pictures) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, deviceScaleFactor: 2 });
    await page.goto(url);
    await page.locator('[data-testid="upload-state"][data-state="idle"]').waitFor();
    await page.getByTestId("peer-row").nth(4).click();
    await page.evaluate(() => document.fonts.ready);
    // Two more stats lines, so that rates and sparklines are those of a live log.
    for (let stats = 0; stats < 2; stats++)
      await page.getByTestId("log-line").filter({ hasText: " peers: " }).last().waitFor();
    await page.screenshot({ path: path.join(projectRoot, "assets", `${name}.png`) });
    await page.close();
    console.log(`assets/${name}.png`);
  }
  await browser.close();
} finally {
  agent.kill("SIGTERM");
  await once(agent, "exit");
  rmSync(dataDir, { recursive: true, force: true });
}
