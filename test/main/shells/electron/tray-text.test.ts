import { setImmediate as turn } from "node:timers/promises";
import { os } from "@orpc/server";
import { expect, test } from "vitest";
import type { AppRouter } from "../../../../main/rpc/handlers.ts";
import { keepTrayText, trayText } from "../../../../main/shells/electron/tray-text.ts";
import { directoryOf } from "../../../../shared/directory/difference.ts";
import type { DirectoryUpdate, DirectoryView } from "../../../../shared/directory/model.ts";
import { directoryNode } from "../../../support/directory-nodes.ts";
import { noDirectory } from "../../../support/scripted-gristmill.ts";
import { TrayDouble } from "./electron-double.ts";

const known: DirectoryView = {
  ...noDirectory,
  tailnet: "example.com",
  self: directoryNode("alice-laptop", "[LhW0B]"),
  peers: [directoryNode("bob", "[YkXSE]"), directoryNode("carol", "[BH3g9]", { online: false })],
};

test("the tray says whose machine this is, and nothing that hides or runs on", () => {
  expect([
    trayText(directoryOf(noDirectory)),
    trayText(directoryOf(known)),
    trayText(directoryOf({ ...known, tailnet: "", peers: [] })),
    trayText(directoryOf({ ...known, self: directoryNode("a\u202eb\n", "[LhW0B]") })),
    trayText(directoryOf({ ...known, self: directoryNode("x".repeat(500), "[LhW0B]") })).length,
  ]).toEqual([
    "Gristmill",
    "Gristmill: alice-laptop in example.com, 2 peers, 1 online",
    "Gristmill: alice-laptop, 0 peers, 0 online",
    "Gristmill: ab in example.com, 2 peers, 1 online",
    127,
  ]);
});

test("it follows the directory, and asks nobody to look for it", async () => {
  const [tray, wishes] = [new TrayDouble("icon", []), [] as unknown[]];
  const updates: DirectoryUpdate[] = [
    { kind: "snapshot", directory: noDirectory },
    { kind: "difference", difference: { self: known.self, tailnet: "example.com" } },
    { kind: "difference", difference: { disagreements: [] } },
    { kind: "difference", difference: { peers: known.peers } },
  ];
  async function* watch({ input }: { readonly input: unknown }): AsyncGenerator<DirectoryUpdate> {
    wishes.push(input);
    yield* updates;
  }
  const router = { directory: { watch: os.handler(watch) } } as unknown as AppRouter;
  await keepTrayText(router, tray, new AbortController().signal);
  await turn();
  expect([tray.tooltips, wishes]).toEqual([
    [
      "Gristmill: alice-laptop in example.com, 0 peers, 0 online",
      "Gristmill: alice-laptop in example.com, 2 peers, 1 online",
    ],
    [{ looks: false }],
  ]);
});
