// The doctor in the built window, in a real Chromium: on machines that are made up, and on the one that this runs on.
import type { Locator, Page } from "@playwright/test";
import { expect, test, vi } from "vitest";
import { diagnose } from "../../main/doctor/diagnose.ts";
import type { Facts } from "../../main/doctor/facts.ts";
import type { Diagnosis, Examination } from "../../shared/rpc/shapes.ts";
import { machines, stock } from "../main/doctor/machines.ts";
import { openPage } from "../support/browser.ts";
import { builtWindow } from "../support/built-window.ts";
import { gristmill, startGristmill } from "../support/gristmill-process.ts";
import { barriers, barriersInBothSchemes, connection, open } from "../support/opened-window.ts";
import { tempFolder } from "../support/temp-folder.ts";

const found = (facts: Facts): Examination => ({ kind: "diagnosis", time: Date.now(), diagnosis: diagnose(facts) });
const looking = (...at: readonly string[]): Examination => ({ kind: "looking", at });

const doctor = (page: Page) => page.getByRole("dialog", { name: "Doctor" });
const finding = (page: Page, check: string) => doctor(page).locator(`[data-testid="finding"][data-check="${check}"]`);
const button = (page: Page, name: string) => doctor(page).getByRole("button", { name, exact: true });
const bar = (page: Page) => doctor(page).getByTestId("examination");

async function openDoctor(page: Page): Promise<void> {
  await connection(page, "open").waitFor();
  await page.getByRole("button", { name: "Doctor", exact: true }).click();
  await doctor(page).waitFor();
}

/** What the window shows of a diagnosis, read back from the page at one moment. */
function shown(page: Page) {
  return doctor(page).evaluate((dialog) => {
    const text = (element: Element | null | undefined) => (element instanceof HTMLElement ? element.innerText : "");
    const texts = (within: Element, what: string) => [...within.querySelectorAll(what)].map(text);
    return {
      checks: [...dialog.querySelectorAll('[data-testid="finding"]')].map((row) => ({
        name: row.getAttribute("data-check"),
        says: text(row.querySelector("p")).replace(/^(Works|Needs attention|Not in use)\. /, ""),
        facts: texts(row, "dl > div").map((fact) => fact.replace(/\s+/g, " ")),
      })),
      remedies: [...dialog.querySelectorAll('[data-testid="remedy"]')].map((remedy) => ({
        does: text(remedy.querySelector("h4")),
        commands: texts(remedy, "code"),
        costs: texts(remedy, "p").at(-1)?.replace("What it costs: ", ""),
      })),
    };
  });
}

/** The same of the diagnosis itself. */
function told({ tailscaled, checks, remedies }: Diagnosis) {
  const yes = (answer: boolean) => (answer ? "yes" : "no");
  const { running, version, verbosity } = tailscaled;
  const ofDaemon = [
    `Running ${yes(running)}`,
    `Version ${version ?? "unknown"}`,
    `Verbosity ${verbosity ?? "unknown"}`,
  ];
  return {
    checks: checks.map(({ name, sentence, source }) => ({
      name,
      says: sentence,
      facts:
        source === null
          ? name === "tailscaled"
            ? ofDaemon
            : []
          : [
              `Exists ${yes(source.exists)}`,
              `Readable ${yes(source.readable)}`,
              `Flowing ${yes(source.flowing)}`,
              `Byte counters ${source.counters ? "possible" : "none"}`,
            ],
    })),
    remedies: remedies.map(({ does, commands, costs }) => ({ does, commands, costs })),
  };
}

/** What a person gets who pastes. */
async function pasted(page: Page): Promise<string> {
  const field = page.getByLabel("Show only entries that contain");
  await field.fill("");
  await field.press("ControlOrMeta+v");
  return field.inputValue();
}

const disco = "magicsock: disco: node [YkXSE] d:bf11a462289c780d now using 192.168.1.5:41641";

test("from the notice that counters are missing it is one step to why, and to commands that can be copied", async () => {
  const { page, complaints } = await open({
    first: (server) => {
      server.write([{ time: Date.now(), text: disco }]);
      server.examined(found(stock));
    },
  });
  await page.getByTestId("no-counters").getByRole("button", { name: "See what to do" }).click();
  await finding(page, "counters").getByText("tailscaled prints no byte counters at verbosity 0").waitFor();
  expect(await finding(page, "counters").getByText("Needs attention.").isVisible()).toBe(true);
  await bar(page).getByText("1 thing needs attention").waitFor();
  const command = "echo TS_LOG_VERBOSITY=1 | sudo tee -a /etc/default/tailscaled";
  await button(page, `Copy: ${command}`).click();
  await button(page, `Copied: ${command}`).waitFor();
  expect(await barriersInBothSchemes(page)).toEqual([]);
  await button(page, "Close the doctor").click();
  expect(await pasted(page)).toBe(command);
  expect(complaints).toEqual([]);
});

test("whatever machine it is, the window shows what the doctor found, each command as it stands, and what it costs", async () => {
  const { page, server } = await open({ first: ({ examined }) => examined(found(stock)) });
  await openDoctor(page);
  for (const [name, facts] of Object.entries(machines)) {
    server.examined(found(facts));
    await button(page, "Examine again").click();
    const expected = told(diagnose(facts));
    await vi.waitFor(async () => expect({ name, ...(await shown(page)) }).toEqual({ name, ...expected }), 10_000);
  }
});

test("an examination shows what it still looks at, can be stopped, and ends with the dialog", async () => {
  const { page, server, complaints } = await open();
  await openDoctor(page);
  await doctor(page).getByText("Examining this machine").waitFor();
  server.examined(looking("the journal", "tailscaled's local API", "the intake's port"), looking("the journal"));
  await bar(page).getByText("Looking at the journal…").waitFor();
  expect(await doctor(page).getByRole("progressbar").evaluate(share)).toBe(2 / 3);
  expect(await barriersInBothSchemes(page)).toEqual([]);
  await button(page, "Stop").click();
  await doctor(page).getByText("Not examined yet").waitFor();
  await vi.waitFor(() => expect(server.examining()).toBe(0));

  await button(page, "Examine").click();
  await vi.waitFor(() => expect(server.examining()).toBe(1));
  await page.keyboard.press("Escape");
  await doctor(page).waitFor({ state: "detached" });
  await vi.waitFor(() => expect(server.examining()).toBe(0));
  expect(complaints).toEqual([]);
});

function share(progress: Element): number {
  const { value, max } = progress as HTMLProgressElement;
  return value / max;
}

test("an examination that fails says so beside what was found before, and the next one may succeed", async () => {
  const { page, server } = await open({ first: ({ examined }) => examined(found(stock)) });
  await openDoctor(page);
  await finding(page, "journald").waitFor();
  const sentence = "This machine could not be examined (spawn EMFILE). Examine it again.";
  server.examined({ kind: "failed", sentence });
  await button(page, "Examine again").click();
  await doctor(page).getByRole("alert").getByText(sentence).waitFor();
  expect(await finding(page, "journald").isVisible()).toBe(true);
  expect(await barriersInBothSchemes(page)).toEqual([]);
  server.examined(found(machines["no-group"] ?? stock));
  await button(page, "Examine again").click();
  await finding(page, "journald").getByText("This user may not read the journal.").waitFor();
  expect(await doctor(page).getByRole("alert").count()).toBe(0);
});

test("cut off, the doctor says from when its findings are, and examines by itself when the connection is back", async () => {
  const { page, server } = await open({ first: ({ examined }) => examined(found(stock)) });
  await openDoctor(page);
  await finding(page, "counters").waitFor();
  server.cut();
  await bar(page).getByText("Not connected to Gristmill; this is from").waitFor();
  expect(await finding(page, "counters").isVisible()).toBe(true);
  server.examined(found(machines["verbosity-1"] ?? stock));
  server.back();
  await finding(page, "counters").getByText("Byte counters are in the journal.").waitFor();
  await bar(page).getByText("Everything is in order").waitFor();
});

test("the keyboard opens the doctor, reaches every command, and comes back to where it was", async () => {
  const { page } = await open({ first: ({ examined }) => examined(found(stock)) });
  await connection(page, "open").waitFor();
  const opener = page.getByRole("button", { name: "Doctor", exact: true });
  await opener.focus();
  await page.keyboard.press("Enter");
  await finding(page, "intake").waitFor();
  const commands = await doctor(page).locator("code").allInnerTexts();
  const reached: string[] = [];
  for (const _ of commands) {
    await page.keyboard.press("Tab");
    reached.push((await focused(page).getAttribute("aria-label")) ?? "");
  }
  expect(reached).toEqual(commands.map((command) => `Copy: ${command}`));
  await page.keyboard.press("Enter");
  await button(page, `Copied: ${commands.at(-1)}`).waitFor();
  const isBack = async () => {
    await doctor(page).waitFor({ state: "detached" });
    return opener.evaluate((element) => element === document.activeElement);
  };
  await page.keyboard.press("Escape");
  expect(await isBack()).toBe(true);
  await page.keyboard.press("Enter");
  await button(page, "Close the doctor").press("Enter");
  expect(await isBack()).toBe(true);
});

function focused(page: Page): Locator {
  return page.locator(":focus");
}

test("where the browser keeps its clipboard to itself, the command is selected, to be copied by key", async () => {
  const { page } = await open({
    first: ({ examined }) => examined(found(stock)),
    script: () => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException("not allowed", "NotAllowedError"));
    },
  });
  await openDoctor(page);
  await button(page, "Copy: gristmill run --source logtap").click();
  await doctor(page).getByText("the command is selected").waitFor({ state: "attached" });
  expect(await page.evaluate(() => getSelection()?.toString())).toBe("gristmill run --source logtap");
});

test("in a small window and in a large one the doctor fits, nothing in it is cut off, and it closes", async () => {
  const { page } = await open({
    first: ({ examined }) => examined(found(machines["verbosity-0-1.102"] ?? stock)),
  });
  await openDoctor(page);
  await finding(page, "intake").waitFor();
  for (const size of [
    { width: 600, height: 700 },
    { width: 900, height: 600 },
    { width: 2560, height: 1440 },
  ]) {
    await page.setViewportSize(size);
    const fit = await doctor(page).evaluate((dialog) => {
      const { left, top, right, bottom } = dialog.getBoundingClientRect();
      const isCut = (element: Element) => element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1;
      return {
        isInside: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight,
        cutOff: [...dialog.querySelectorAll("*")].filter(isCut).map((element) => element.textContent),
      };
    });
    expect({ size, ...fit }).toEqual({ size, isInside: true, cutOff: [] });
    expect(await barriers(page)).toEqual([]);
  }
  await page.mouse.click(2, 2); // Beside it.
  await doctor(page).waitFor({ state: "detached" });
});

test("the demo's notice and a log without entries lead to the doctor", async () => {
  const { page, server } = await open({ first: ({ examined }) => examined(found(machines["no-tailscaled"] ?? stock)) });
  await page.locator('[data-panel="tunnels"]').getByRole("button", { name: "What can be read here?" }).click();
  await bar(page).getByText("tailscaled does not run on this machine").waitFor();
  await page.keyboard.press("Escape");
  await doctor(page).waitFor({ state: "detached" });
  server.say({ demo: true, notice: "This is the demo tailnet." });
  await page.getByTestId("notice").getByRole("button", { name: "What can be read here?" }).click();
  await finding(page, "tailscaled").getByText("There is no tailscaled on this machine.").waitFor();
});

test("the real doctor in the real window finds on this machine what `gristmill doctor` finds", async () => {
  await builtWindow();
  const run = startGristmill([
    "run",
    "--source",
    "demo:7",
    "--data-dir",
    tempFolder(),
    "--catcher",
    "off",
    "--no-open",
  ]);
  const page = await openPage(await run.printed(/http:\/\/127\S+/));
  await openDoctor(page);
  await finding(page, "intake").waitFor();
  const { stdout } = await gristmill("doctor", "--json");
  expect(await shown(page)).toEqual(told(JSON.parse(stdout) as Diagnosis));
});
