import { expect, test } from "vitest";
import { matchingPeers } from "../../../renderer/panels/peers/filter.ts";
import { indexByKey } from "../../../shared/directory/names.ts";
import { directoryNode } from "../../support/directory-nodes.ts";

const index = indexByKey([
  directoryNode("bob-desktop", "[YkXSE]", { os: "windows", user: { login: "bob@example.com", display: "Bob" } }),
  directoryNode("db-1", "[BH3g9]", { tags: ["tag:prod"], addresses: ["100.77.5.21"], online: false }),
  directoryNode("twin-a", "[kylkO]"),
  directoryNode("twin-b", "[kylkO]"),
]);
const peers = ["[YkXSE]", "[BH3g9]", "[kylkO]", "[zzzzz]"];

test.each([
  ["", peers],
  ["  ", peers],
  ["BOB", ["[YkXSE]"]],
  ["windows", ["[YkXSE]"]],
  ["tag:prod", ["[BH3g9]"]],
  ["100.77", ["[BH3g9]"]],
  ["offline", ["[BH3g9]"]],
  ["ykxse", ["[YkXSE]"]],
  ["[zz", ["[zzzzz]"]],
  ["twin-b", ["[kylkO]"]],
  ["example.com desktop", ["[YkXSE]"]],
  ["desktop prod", []],
  [".*", []],
])("%j finds %j", (wanted, found) => {
  expect(matchingPeers(peers, index, wanted)).toEqual(found);
});
