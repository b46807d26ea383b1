import fc from "fast-check";
import { expect, test } from "vitest";
import { visiblePieces, visibleString } from "../../../renderer/ui/hidden-characters.ts";

test("controls, bidi overrides and characters without a shape are named where they stand", () => {
  expect(visiblePieces("ok \u202eexe.gnp\u202c\u0000\u001b[31m")).toEqual([
    { kind: "text", text: "ok " },
    { kind: "control", label: "RLO", title: "U+202E right-to-left override" },
    { kind: "text", text: "exe.gnp" },
    { kind: "control", label: "PDF", title: "U+202C pop directional formatting" },
    { kind: "control", label: "NUL", title: "control character U+0000" },
    { kind: "control", label: "ESC", title: "control character U+001B" },
    { kind: "text", text: "[31m" },
  ]);
});

test.each([
  ["\u007f", "⟨DEL⟩"],
  ["\u0085", "⟨NEL⟩"],
  ["\u009b", "⟨U+009B⟩"],
  ["a\u200bb", "a⟨ZWSP⟩b"],
  ["\u2066x\u2069", "⟨LRI⟩x⟨PDI⟩"],
  ["\ufeff", "⟨BOM⟩"],
  ["\u{e0041}", "⟨U+E0041⟩"],
  ["\ud800", "⟨U+D800⟩"],
  ["\ufffd", "⟨U+FFFD⟩"],
  ["\ue000", "⟨U+E000⟩"],
])("%j is shown as %s", (text, shown) => {
  expect(visibleString(text)).toBe(shown);
});

test("letters of every script, spaces and emoji are left alone", () => {
  const plain = "peer keys: [YkXSE] é ß 日本語 שלום عربي 😀 a\u00a0b";
  expect(visiblePieces(plain)).toEqual([{ kind: "text", text: plain }]);
  expect(visiblePieces("")).toEqual([]);
});

test("nothing that could be hidden is left in any text, and nothing else is taken out", () => {
  const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\ufffd]/u;
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const pieces = visiblePieces(text);
      const shown = pieces.filter((piece) => piece.kind === "text").map((piece) => piece.text);
      expect(shown.some((part) => hidden.test(part))).toBe(false);
      expect(shown.join("")).toBe([...text].filter((character) => !hidden.test(character)).join(""));
    }),
  );
});
