import { expect, test } from "vitest";
import { indexByKey, whoIs } from "../../../shared/directory/names.ts";
import { directoryNode } from "../../support/directory-nodes.ts";

test("a key is somebody's only where nobody else can have it", () => {
  const [bob, carol, twin] = [
    directoryNode("bob", "[YkXSE]"),
    directoryNode("carol", "[BH3g9]"),
    directoryNode("twin", "[BH3g9]"),
  ];
  const expired = directoryNode("old", "[bad01]");
  const index = indexByKey([bob, carol, twin, expired]);
  const found = ["[YkXSE]", "[YkXSE]#2", "[BH3g9]", "[kylkO]", "[bad01]", "[bad01]#2"].map((peer) =>
    whoIs(index, peer),
  );
  expect(found).toEqual([
    { kind: "known", node: bob },
    { kind: "ambiguous", nodes: [bob] },
    { kind: "ambiguous", nodes: [carol, twin] },
    { kind: "unknown" },
    { kind: "expired", nodes: [expired] },
    { kind: "expired", nodes: [expired] },
  ]);
});
