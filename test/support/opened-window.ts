// The built window in a real Chromium, against a scripted Gristmill.
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { onTestFinished } from "vitest";
import { launchBrowser } from "./browser.ts";
import { builtWindow } from "./built-window.ts";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.ts";

export type Scheme = "light" | "dark";

export interface Opened {
  readonly page: Page;
  readonly server: ScriptedServer;
  /** What the page complained about: errors, and what the content security policy forbade. */
  readonly complaints: string[];
}

export interface Opening {
  readonly scheme?: Scheme;
  readonly size?: { readonly width: number; readonly height: number };
  /** Runs before the window is opened. */
  readonly first?: (server: ScriptedServer) => void;
  readonly address?: (url: string) => string;
  readonly script?: () => void;
}

/** Opens the window; it and its server are gone after the test. */
export async function open({
  scheme = "light",
  size = { width: 1440, height: 900 },
  first,
  address = (url) => url,
  script,
}: Opening = {}): Promise<Opened> {
  const server = await startScriptedServer(await builtWindow());
  onTestFinished(() => server.close());
  first?.(server);
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: size, colorScheme: scheme, reducedMotion: "reduce" });
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(address(server.url));
  return { page, server, complaints };
}

/** The light that says how the window is connected. */
export function connection(page: Page, state: string): Locator {
  return page.locator(`[data-testid="connection"][data-state="${state}"]`);
}

/** What axe finds that would keep a person out: empty when nothing does. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}`));
}

/** In both schemes: what keeps somebody out may be a colour. */
export async function barriersInBothSchemes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    found.push(...(await barriers(page)).map((barrier) => `${colorScheme}: ${barrier}`));
  }
  return found;
}
