// The built window in a real Chromium, against a scripted Gristmill: what a person sees, empty, busy and cut off, and what a click leads to.
import type { Locator, Page } from "@playwright/test";
import { expect, test, vi } from "vitest";
import { barriers, connection, open, type Scheme } from "../support/opened-window.ts";
import { busyScene } from "../support/scenes.ts";
import { quietUpload } from "../support/scripted-gristmill.ts";
import type { ScriptedServer } from "../support/scripted-server.ts";

const time = Date.UTC(2026, 7, 22, 15, 19, 51);
const scene = (peers: number, samples = 30, until = Date.now()) => busyScene({ peers, samples, until });
const busy = (peers: number) => (server: ScriptedServer) => server.write(scene(peers).opening);

const peerRow = (page: Page, peer: string) => page.locator(`[data-testid="peer-row"][data-peer="${peer}"]`);
const value = (page: Page, peer: string, cell: string) =>
  peerRow(page, peer).locator(`[data-cell="${cell}"]`).getAttribute("data-value");
const logLine = (page: Page, ordinal: number) => page.locator(`[data-testid="log-line"][data-ordinal="${ordinal}"]`);
const panel = (page: Page, name: string) => page.locator(`[data-panel="${name}"]`);
const peer = "[YkXSE]";

async function eachTab(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  for (const name of ["Peer", "Events", "Network"]) {
    await page.getByRole("tab", { name }).click();
    await look(name);
  }
}

test.each<Scheme>(["light", "dark"])(
  "an empty log: every panel says what it waits for, and nobody is kept out (%s)",
  async (scheme) => {
    const { page, complaints } = await open({ scheme });
    await connection(page, "open").waitFor();
    await panel(page, "tunnels").getByText("No entries yet").waitFor();
    await panel(page, "peers").getByText("No peers yet").waitFor();
    await panel(page, "log").getByText("The log is empty").waitFor();
    await panel(page, "pipeline").getByText("nothing leaves this machine").waitFor();
    const titles: Record<string, string> = {
      Peer: "No peer selected",
      Events: "Nothing has happened yet",
      Network: "Nothing about the network yet",
    };
    await eachTab(page, async (name) => {
      await page.getByText(titles[name] ?? "").waitFor();
      expect(await barriers(page)).toEqual([]);
    });
    expect(complaints).toEqual([]);
  },
);

test.each<Scheme>(["light", "dark"])(
  "250 peers: only the rows in view exist, and nobody is kept out (%s)",
  async (scheme) => {
    const { page, complaints, server } = await open({ scheme, first: busy(250) });
    await page.locator('[data-testid="peer-row"]').first().waitFor();
    expect(await page.getByRole("grid").getAttribute("aria-rowcount")).toBe("251");
    expect(await page.locator('[data-testid="peer-row"]').count()).toBeLessThan(40);
    await page.locator('[data-testid="peer-row"]').first().click();
    server.say({ notice: "This is the demo tailnet." });
    await page.locator('[data-testid="notice"]').waitFor();
    await page.getByRole("tab", { name: "Events" }).click();
    expect(await barriers(page)).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

test.each<Scheme>(["light", "dark"])(
  "cut off: the window says so, keeps its picture, and comes back by itself or at once (%s)",
  async (scheme) => {
    const { page, server } = await open({ scheme, first: busy(12) });
    await peerRow(page, peer).click();
    server.cut();
    await connection(page, "lost").waitFor();
    await page.locator('[data-testid="connection-lost"]').getByText("Connection lost.").waitFor();
    expect(await page.locator('[data-testid="peer-row"]').count()).toBe(12);
    expect(await barriers(page)).toEqual([]);
    server.back();
    server.write([
      { time: time + 60_000, text: `magicsock: disco: node ${peer} d:bf11a462289c780d now using 10.0.0.7:41641` },
    ]);
    // By the button, unless the window's own next attempt was faster: then there is no button any more.
    await page
      .getByRole("button", { name: "Try now" })
      .click({ noWaitAfter: true, timeout: 2_000 })
      .catch(() => undefined);
    await connection(page, "open").waitFor();
    await vi.waitFor(async () => expect(await value(page, peer, "path")).toBe("direct 10.0.0.7:41641"));
    expect(await page.locator('[data-testid="peer-details"]').getAttribute("data-peer")).toBe(peer);
  },
);

test("cut off from the start: the window says so, and draws as soon as somebody answers", async () => {
  const { page, server } = await open({ first: (scripted) => scripted.cut() });
  await connection(page, "lost").waitFor();
  await panel(page, "tunnels").getByText("Not connected to Gristmill").waitFor();
  server.write(scene(3).opening);
  server.back();
  await peerRow(page, peer).waitFor();
});

test("a wrong token is not tried again, and the window says where the right one is", async () => {
  const { page } = await open({ address: (url) => url.replace(/token=.*/, "token=wrong") });
  await page
    .locator('[data-testid="connection-refused"]')
    .getByText("Open the address that Gristmill printed")
    .waitFor();
  // Whether there are peers or entries is not known, so nothing says that there are none.
  expect(await page.locator("[data-panel]").count()).toBe(0);
  expect(await barriers(page)).toEqual([]);
});

test("the token leaves the address bar, and a reload still works", async () => {
  const { page } = await open();
  await connection(page, "open").waitFor();
  expect(new URL(page.url()).search).toBe("");
  await page.reload();
  await connection(page, "open").waitFor();
});

test("cells carry exact values, no sample is not zero, and a new entry changes what it changes", async () => {
  const time = Date.now();
  const path = `magicsock: disco: node ${peer} d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360 tx=a1b2c3d4e5f6`;
  const { page, server } = await open({ first: (scripted) => scripted.write([{ time, text: path }]) });
  await page.locator('[data-testid="no-counters"]').waitFor();
  const shown = async () => Promise.all(["path", "rx", "tx", "rx-rate"].map((cell) => value(page, peer, cell)));
  expect(await shown()).toEqual(["direct 192.168.1.5:41641", "", "", ""]);
  const figures = (rx: number, ms: number) => [
    { time: time + ms, text: `peer keys: ${peer}`, level: 1 },
    { time: time + ms, text: `v1.102.3-t0123abcde-g456789abc peers: ${rx}/0`, level: 1 },
  ];
  server.write(figures(3532, 1_000));
  await vi.waitFor(async () => expect(await shown()).toEqual(["direct 192.168.1.5:41641", "3532", "0", ""]));
  expect(await page.locator('[data-testid="no-counters"]').count()).toBe(0);
  server.write(figures(5532, 3_000));
  await vi.waitFor(async () => expect(await shown()).toEqual(["direct 192.168.1.5:41641", "5532", "0", "1000"]));
  expect(await peerRow(page, peer).innerText()).toContain("5.53 kB");
  server.write([
    {
      time: time + 4_000,
      text: `magicsock: disco: node ${peer} d:bf11a462289c780d now using 203.0.113.9:40000:vni:17 mtu=1280`,
    },
  ]);
  await vi.waitFor(async () => expect(await value(page, peer, "path")).toBe("peer-relay 203.0.113.9:40000 vni 17"));
});

test("a log that ended days ago shows when that was, and no rate as of now", async () => {
  const { page } = await open({ first: (server) => server.write(scene(3, 30, time).opening) });
  const rate = peerRow(page, peer).locator('[data-cell="rx-rate"]');
  await rate.getByText("–").waitFor();
  expect(await rate.getAttribute("data-value")).toBe("");
  expect(await rate.getAttribute("title")).toMatch(/^last known .+\/s, 2026-08-2\d \d\d:\d\d:\d\d$/);
  const range = /from 2026-08-2\d .+ to 2026-08-2\d /;
  expect(await peerRow(page, peer).locator("svg[role=img]").getAttribute("aria-label")).toMatch(range);
  expect(await page.locator('[data-testid="log-line"]').first().innerText()).toMatch(/^2026-08-2\d /);
  await peerRow(page, peer).click();
  await page.locator('[data-testid="peer-details"]').getByText("none now; last known").waitFor();
});

test.each<Scheme>(["light", "dark"])(
  "a relayed peer: how sure its path is and why it is relayed, each reason with its line, and nobody is kept out (%s)",
  async (scheme) => {
    const log = [
      "netcheck: report: udp=true v6=false v6os=true mapvarydest=true portmap= v4a=198.51.100.7:41641 derp=4 derpdist=4v4:13ms",
      `magicsock: adding connection to derp-10 for ${peer}`,
      `wg: ${peer} - Received handshake response`,
      "control: mapRoutine: paused",
    ].map((text, index) => ({ time: time + index * 60_000, text }));
    const { page, server, complaints } = await open({ scheme, first: (scripted) => scripted.write(log) });
    await peerRow(page, peer).click();
    expect(await page.getByTestId("path-trust").innerText()).toBe(
      "Confirmed Last confirmed 2 minutes before the latest line.",
    );
    const reasons = page.getByTestId("reason");
    const told = async () =>
      reasons.evaluateAll((rows) =>
        rows.map((row) => `${row.getAttribute("data-code")} ${row.getAttribute("data-doubt")}`),
      );
    expect(await told()).toEqual(["hard-nat-here likely", "no-port-mapping possible"]);
    expect(await barriers(page)).toEqual([]);
    await reasons.first().getByTestId("reason-line").click();
    await page.locator('[data-testid="log-line"][data-ordinal="1"][aria-selected="true"]').waitFor();
    await page.getByText("Last handshake").first().waitFor();
    const using = `magicsock: disco: node ${peer} d:bf11a462289c780d now using 192.168.1.5:41641 mtu=1360`;
    server.write([{ time: time + 300_000, text: using }]);
    await page.getByTestId("why-relayed").waitFor({ state: "detached" });
    await page.locator('[data-testid="path-trust"][data-level="confirmed"]').waitFor();
    expect(complaints).toEqual([]);
  },
);

test("a click in the picture selects the peer everywhere, and a click beside it selects nobody", async () => {
  const { page } = await open({ first: busy(4) });
  await peerRow(page, peer).waitFor();
  const box = async () => {
    const found = await page.locator('[data-testid="tunnel-picture"]').boundingBox();
    if (found === null) throw new Error("the picture is not on the screen");
    return found;
  };
  // The first peer stands to the right of the middle; its line leads there. What is said above the picture may still move it.
  await vi.waitFor(
    async () => {
      const { x, y, width, height } = await box();
      await page.mouse.click(x + width / 2 + 90, y + height / 2);
      await page.locator(`[data-testid="peer-details"][data-peer="${peer}"]`).waitFor({ timeout: 2_000 });
    },
    { timeout: 60_000 },
  );
  expect(await peerRow(page, peer).getAttribute("aria-selected")).toBe("true");
  const { x, y, height } = await box();
  await page.mouse.click(x + 8, y + height - 8);
  await page.getByText("No peer selected").waitFor();
  expect(await peerRow(page, peer).getAttribute("aria-selected")).toBe("false");
});

test("every figure leads to its line: word for word, marked in the log however far back, and back to the end again", async () => {
  const noise = Array.from({ length: 3_000 }, (_, index) => ({ time: time - 50_000, text: `control: noise ${index}` }));
  const { page, server } = await open({
    first: (scripted) => scripted.write([...scene(3, 1).opening.slice(0, 14), ...noise, ...scene(3).opening.slice(14)]),
  });
  await peerRow(page, peer).click();
  const evidence = page.locator('[data-testid="evidence"]');
  const path = evidence.filter({ hasText: "Path" });
  await path.getByText(`magicsock: disco: node ${peer}`).waitFor();
  const ordinal = Number(await path.getAttribute("data-ordinal"));
  expect(ordinal).toBeLessThan(20);
  expect(await evidence.filter({ hasText: "Received and sent" }).locator("mark").innerText()).toMatch(/^\d+\/\d+$/);
  await path.click();
  const line = logLine(page, ordinal);
  await line.getByText(`magicsock: disco: node ${peer}`).waitFor();
  expect(await line.getAttribute("aria-selected")).toBe("true");
  expect(await page.locator('[data-testid="log-entry"]').innerText()).toContain(`now using`);

  // Somebody reads here: new entries must not take the log away.
  server.write([{ time: time + 9_000, text: "control: the latest" }]);
  await page.getByRole("button", { name: /Jump to latest · 1 new/ }).waitFor();
  expect(await line.isVisible()).toBe(true);
  await page.getByRole("button", { name: /Jump to latest/ }).click();
  await page.locator('[data-testid="log-line"]').getByText("control: the latest").waitFor();
});

test("the log follows its end, stops when scrolled up, and a filter shows what contains it", async () => {
  const { page, server } = await open({ first: busy(12) });
  const list = page.getByRole("listbox", { name: "Log entries" });
  server.write([{ time: time + 5_000, text: "first of the new" }]);
  await list.getByText("first of the new").waitFor();
  await list.hover();
  await page.mouse.wheel(0, -400);
  await page.getByRole("button", { name: "Jump to latest" }).waitFor();
  server.write([{ time: time + 6_000, text: "second of the new" }]);
  await page.getByRole("button", { name: "Jump to latest · 1 new" }).waitFor();
  expect(await list.getByText("second of the new").count()).toBe(0);

  await page.getByLabel("Show only entries that contain").fill("OF THE new");
  await vi.waitFor(async () => expect(await page.locator('[data-testid="log-line"]').allInnerTexts()).toHaveLength(2));
  expect(await list.locator("mark").allInnerTexts()).toEqual(["of the new", "of the new"]);
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await vi.waitFor(async () => expect(await page.locator('[data-testid="log-line"]').count()).toBeGreaterThan(5));
});

test("a filter says how much it searched, and searches older entries when asked", async () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => ({ time, text: index === 9 ? "needle" : `hay ${index}` }));
  const { page } = await open({ first: (server) => server.write(lines) });
  await logLine(page, 5_000).waitFor();
  await page.getByLabel("Show only entries that contain").fill("needle");
  const bar = page.locator('[data-testid="log-search"]');
  await bar.getByText("searched the latest 1,000 of 5,000 entries, 0 found").waitFor();
  await bar.getByRole("button", { name: "Search older entries" }).click();
  await bar.getByText("searched all 5,000 entries, 1 found").waitFor();
  await logLine(page, 10).click();
  await page.locator('[data-testid="log-entry"]').getByText("needle").waitFor();
  expect(await page.getByLabel("Show only entries that contain").inputValue()).toBe("needle");
});

test("hostile text is text: nothing runs, nothing hides, and a loss is not a line", async () => {
  const evil = "evil \u202egnp.exe \u0000\u001b[2J <img src=x onerror=alert(1)> </span><script>alert(1)</script>";
  const loss = { kind: "journal-gap" as const, count: 7, why: "the journal was vacuumed \u202e" };
  const { page, complaints } = await open({
    first: (server) =>
      server.write([
        { time, text: evil },
        { time, text: "", loss },
        { time, text: `active login: \u202eevil@example.com` },
      ]),
  });
  let dialogs = 0;
  page.on("dialog", () => dialogs++);
  await logLine(page, 1).click();
  const shown = "evil RLOgnp.exe NULESC[2J <img src=x onerror=alert(1)> </span><script>alert(1)</script>";
  expect((await logLine(page, 1).innerText()).replace(/\s+/g, " ")).toContain(shown);
  await page.locator('[data-testid="log-entry"]').getByText("RLO").waitFor();
  expect(await logLine(page, 2).innerText()).toContain("7 entries lost (journal-gap)");
  expect(await page.locator("header").first().innerText()).toContain("RLOevil@example.com");
  expect(await page.locator('img[src="x"]').count()).toBe(0);
  expect(await page.evaluate(() => document.body.textContent?.includes("\u202e"))).toBe(false);
  expect([dialogs, complaints]).toEqual([0, []]);
});

test("the peers table can be worked by keyboard, and sorts", async () => {
  const { page } = await open({ first: busy(250) });
  const grid = page.getByRole("grid");
  await grid.waitFor();
  const chosen = () => page.locator('[data-testid="peer-row"][aria-selected="true"]');
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await vi.waitFor(async () => expect(await chosen().getAttribute("aria-rowindex")).toBe("2"));
  await page.keyboard.press("End");
  await vi.waitFor(async () => expect(await chosen().getAttribute("aria-rowindex")).toBe("251"));
  expect(
    await chosen().evaluate((row) => row.id === row.closest('[role="grid"]')?.getAttribute("aria-activedescendant")),
  ).toBe(true);

  const header = page
    .getByRole("columnheader", { name: "Bytes received" })
    .or(page.locator('[role="columnheader"]', { hasText: "Received" }));
  await header.getByRole("button").click();
  expect(await header.getAttribute("aria-sort")).toBe("descending");
  await vi.waitFor(async () => expect(await grid.evaluate((element) => element.scrollTop)).toBe(0));
  const figures = async () => numbers(page.locator('[data-cell="rx"]'));
  await vi.waitFor(async () => expect((await figures()).length).toBeGreaterThan(5));
  const shown = await figures();
  expect(shown).toEqual(shown.toSorted((a, b) => b - a));
});

async function numbers(cells: Locator): Promise<number[]> {
  const rows = await cells.evaluateAll((all) =>
    all.map((cell) => ({
      index: Number(cell.closest("[aria-rowindex]")?.getAttribute("aria-rowindex")),
      value: Number(cell.getAttribute("data-value")),
    })),
  );
  return rows.toSorted((a, b) => a.index - b.index).map((row) => row.value);
}

test("the upload's state is shown as it is, and Send now asks for an attempt", async () => {
  const sentence =
    "The catcher at http://127.0.0.1:8417 does not answer. Entries stay in the spool and are sent when it is back.";
  const { page, server } = await open({
    first: (scripted) =>
      scripted.say({
        uploads: [
          {
            ...quietUpload,
            state: "waiting",
            trouble: "refused",
            sentence,
            retryAt: Date.now() + 60_000,
            ackedEntries: 100,
            ackedUntil: "2026-08-22T15:19:51.000Z",
            pendingEntries: 23,
          },
        ],
      }),
  });
  const state = page.locator('[data-testid="upload-state"]');
  await state.getByText(sentence).waitFor();
  await state.getByText(/next try in \d+ s/).waitFor();
  const attributes = async () =>
    Promise.all(["data-state", "data-acked", "data-pending"].map((name) => state.getAttribute(name)));
  expect(await attributes()).toEqual(["waiting", "100", "23"]);
  await state.getByRole("button", { name: "Send now" }).click();
  await vi.waitFor(() => expect(server.asked()).toEqual(["send now"]));
  server.say({ uploads: [{ ...quietUpload, ackedEntries: 123 }] });
  await vi.waitFor(async () => expect(await attributes()).toEqual(["idle", "123", "0"]));
});

test("colours follow the system until somebody chooses, and the choice outlives a reload", async () => {
  const { page, complaints } = await open({ scheme: "dark", first: busy(3) });
  const scheme = () => page.locator("html").getAttribute("data-mantine-color-scheme");
  await vi.waitFor(async () => expect(await scheme()).toBe("dark"));
  await page.emulateMedia({ colorScheme: "light" });
  await vi.waitFor(async () => expect(await scheme()).toBe("light"));
  await page.emulateMedia({ colorScheme: "dark" });
  await page.locator('[data-testid="scheme-toggle"]').click();
  await vi.waitFor(async () => expect(await scheme()).toBe("light"));
  await page.reload();
  await connection(page, "open").waitFor();
  expect(await scheme()).toBe("light");
  expect(complaints).toEqual([]);
});

test.each([
  { width: 600, height: 900 },
  { width: 900, height: 600 },
  { width: 2560, height: 1440 },
])("at $width x $height nothing is wider than the window, and nobody is kept out", async (size) => {
  const { page } = await open({ size, first: busy(24) });
  await peerRow(page, peer).click();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBe(0);
  for (const name of ["tunnels", "peers", "log"]) {
    const box = await panel(page, name).boundingBox();
    expect([name, box !== null && box.width >= 380 && box.height >= 240]).toEqual([name, true]);
  }
  await page.getByRole("tab", { name: "Network" }).click();
  expect(await barriers(page)).toEqual([]);
});

test("in a desktop shell the same window works over the port that the preload hands over", async () => {
  const { page, complaints } = await open({
    first: busy(3),
    // What the preload and the main process do, with a WebSocket behind the port in the main process's place.
    script: () => {
      Object.defineProperty(window, "gristmillShell", { value: "electron" });
      window.addEventListener("message", (event) => {
        if (event.data !== "gristmill-ready") return;
        const { port1, port2 } = new MessageChannel();
        const socket = new WebSocket(`ws://${location.host}/rpc?token=scripted`);
        socket.binaryType = "arraybuffer";
        port1.onmessage = async ({ data }) => {
          if (socket.readyState === WebSocket.CONNECTING)
            await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
          socket.send(data);
        };
        socket.onmessage = ({ data }) => port1.postMessage(data);
        socket.onclose = () => port1.close();
        window.postMessage("gristmill-port", location.origin, [port2]);
      });
    },
    address: (url) => url.replace(/\?.*/, ""),
  });
  await peerRow(page, peer).click();
  await page.locator('[data-testid="evidence"]').first().getByText("peers:").waitFor();
  expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  expect(complaints).toEqual([]);
});
