// Draws the PNGs in assets/ from assets/icon.svg, with Chromium: `node scripts/with-node24.mjs scripts/icons.ts` after the drawing has changed.
import { readFileSync } from "node:fs";
import path from "node:path";
import { chromium, type Page } from "@playwright/test";
import { projectRoot } from "./node24.mjs";
import { chromiumPath } from "./system-packages.mjs";

interface Picture {
  readonly file: string;
  readonly pixels: number;
  /** macOS takes the shape of a template image and colours it itself: black on nothing, without the tile behind it. */
  readonly isTemplate?: true;
}

const pictures: readonly Picture[] = [
  { file: "icon.png", pixels: 512 },
  // Windows: one for each scale of the screen. Linux: one, which the desktop scales down.
  { file: "tray.png", pixels: 16 },
  { file: "tray@1.5x.png", pixels: 24 },
  { file: "tray@2x.png", pixels: 32 },
  { file: "tray-large.png", pixels: 64 },
  { file: "trayTemplate.png", pixels: 16, isTemplate: true },
  { file: "trayTemplate@2x.png", pixels: 32, isTemplate: true },
];

const assets = path.join(projectRoot, "assets");
const drawing = readFileSync(path.join(assets, "icon.svg"), "utf8");
const templateStyle = "svg > rect:first-of-type { display: none } g { stroke: #000 } rect { fill: #000 }";

async function draw(page: Page, { file, pixels, isTemplate }: Picture): Promise<void> {
  await page.setViewportSize({ width: pixels, height: pixels });
  const svg = isTemplate ? drawing.replace('viewBox="0 0 64 64"', 'viewBox="8 8 48 48"') : drawing;
  await page.setContent(
    `<style>html, body { margin: 0 } svg { display: block; width: ${pixels}px; height: ${pixels}px } ${isTemplate ? templateStyle : ""}</style>${svg}`,
  );
  await page.screenshot({ path: path.join(assets, file), omitBackground: true });
  console.log(`assets/${file} ${pixels} × ${pixels}`);
}

const executablePath = chromiumPath();
if (executablePath === undefined)
  throw new Error("There is no Chromium here to draw with; `npm test` installs one, or says what to install.");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await browser.newPage();
  for (const picture of pictures) await draw(page, picture);
} finally {
  await browser.close();
}
