import { expect, test } from "vitest";
import { shortKeyOf } from "../../../shared/directory/key.ts";
import { documentedKeys } from "../../support/tailnet-double.ts";

test("a node key's short form is the first five letters of its base64", () => {
  const documented = [
    ...Object.values(documentedKeys),
    "9329643a7ae27a7dc062cadfe1804c329b300ae4064854de0d372472a0f08e8f",
  ];
  expect(documented.map((hex) => shortKeyOf(`nodekey:${hex}`))).toEqual(["[LhW0B]", "[YkXSE]", "[BH3g9]", "[kylkO]"]);
  for (const first of [0, 1, 62, 63, 127, 128, 255]) {
    const bytes = Buffer.alloc(32, first);
    expect(shortKeyOf(`nodekey:${bytes.toString("hex")}`)).toBe(`[${bytes.toString("base64").slice(0, 5)}]`);
  }
  expect(shortKeyOf(`nodekey:${Buffer.from(`bad01${"A".repeat(38)}=`, "base64").toString("hex")}`)).toBe("[bad01]");
});
