// The window with a directory: names, the search by whatever is known of a peer, and tailscaled's own word beside the log's.
import type { Page } from "@playwright/test";
import { expect, test, vi } from "vitest";
import type { DirectoryNode, DirectoryView, Verdict } from "../../shared/directory/model.ts";
import { directoryNode } from "../support/directory-nodes.ts";
import { barriers, open, type Scheme } from "../support/opened-window.ts";
import { busyScene } from "../support/scenes.ts";
import type { ScriptedServer } from "../support/scripted-server.ts";

const time = Date.now();
const scene = (peers: number) => busyScene({ peers, samples: 30, until: time });
const busy = (peers: number) => (server: ScriptedServer) => server.write(scene(peers).opening);
const peerRow = (page: Page, peer: string) => page.locator(`[data-testid="peer-row"][data-peer="${peer}"]`);
const peer = "[YkXSE]";

/** A directory for the first peers of a scene, with one key that two nodes share. */
function directoryFor(keys: readonly string[]): DirectoryView {
  const verdict = (state: Verdict["state"], sentence: string): Verdict => ({ state, sentence });
  const agreement = {
    counters: verdict("disagrees", "12 by the log, 7 by tailscaled at that time."),
    path: verdict("agrees", "Both say direct 192.168.0.0:41641."),
  };
  const [first = "", second = "", third = ""] = keys;
  const node = (name: string, key: string, facts: Partial<DirectoryNode> = {}) =>
    directoryNode(name, key, { os: "windows", ...facts });
  return {
    standing: { state: "watching", sentence: null, place: "x", version: "1.102.3", asked: time },
    tailnet: "example.com",
    self: directoryNode("alice-laptop", "[LhW0B]"),
    peers: [
      node("bob-desktop", first, {
        agreement,
        counters: { rx: 7, tx: 9 },
        path: { kind: "direct", addr: "192.168.0.0:41641" },
      }),
      node("db-\u202e1", second, { tags: ["tag:prod"], online: false, lastSeen: time }),
      node("twin-a", third),
      node("twin-b", third),
    ],
    disagreements: [
      {
        time,
        peer: first,
        about: "counters",
        sentence: `Log and tailscaled disagree about the counters of ${first}: 12, 7.`,
        evidence: { at: 3, time },
      },
    ],
  };
}

test.each<Scheme>(["light", "dark"])(
  "peers have the names that tailscaled gives them, can be found by what is known of them, and its own word is beside the log's (%s)",
  async (scheme) => {
    const { page, server, complaints } = await open({ scheme, first: busy(12) });
    await peerRow(page, peer).waitFor();
    const keys = scene(12).keys;
    server.name(directoryFor(keys));
    await peerRow(page, peer).getByText("bob-desktop").waitFor();
    await peerRow(page, keys[2] ?? "")
      .getByText("one of 2 peers")
      .waitFor();
    const search = page.getByLabel("Show only peers that match");
    await search.fill("prod offline");
    await vi.waitFor(async () => expect(await page.getByTestId("peer-row").count()).toBe(1), 10_000);
    expect(await page.getByTestId("peer-row").getAttribute("data-peer")).toBe(keys[1]);
    await search.fill("nobody");
    await page.getByText("No peer matches").waitFor();
    await page.getByRole("tab", { name: "Events" }).click();
    await page.getByRole("button", { name: `counters of bob-desktop ${peer}: 12, 7.` }).click();
    await peerRow(page, peer).waitFor(); // Chosen elsewhere, it is not hidden by the search.
    expect(await search.inputValue()).toBe("");
    await page.getByRole("tab", { name: "Peer", exact: true }).click();
    await page.getByTestId("who-it-is").getByText("alice@example.com").waitFor();
    const witness = page.getByTestId("second-witness");
    expect(
      await witness.locator("[data-about]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-state"))),
    ).toEqual([...["agrees", "disagrees", null]]);
    expect(await barriers(page)).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

test("a tailscaled that cannot be asked is said beside the peers, who keep the names that they have", async () => {
  const { page, server } = await open({ first: busy(12) });
  const directory = directoryFor(scene(12).keys);
  const sentence = "There is no socket /run/tailscale/tailscaled.sock. Gristmill keeps trying.";
  server.name({ ...directory, standing: { ...directory.standing, state: "waiting", sentence } });
  await page
    .locator('[data-testid="names"][data-state="waiting"]')
    .getByText(/^names as of .*There is no socket/)
    .waitFor();
  await peerRow(page, peer).getByText("bob-desktop").waitFor();
});
