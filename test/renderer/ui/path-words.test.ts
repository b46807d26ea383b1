import { expect, test } from "vitest";
import { pathLabel, pathPlace, pathValue, regionCodes } from "../../../renderer/ui/path-words.ts";
import type { Path } from "../../../shared/graph/model.ts";

test.each<[Path, value: string, label: string, place: string]>([
  [{ kind: "direct", addr: "192.168.1.5:41641" }, "direct 192.168.1.5:41641", "Direct", "192.168.1.5:41641"],
  [{ kind: "direct", addr: "" }, "direct", "Direct", ""],
  [{ kind: "derp", region: 4 }, "derp 4", "DERP 4", ""],
  [{ kind: "derp", region: 0 }, "derp", "DERP", ""],
  [
    { kind: "peer-relay", addr: "203.0.113.9:40000", vni: 17 },
    "peer-relay 203.0.113.9:40000 vni 17",
    "Peer relay",
    "203.0.113.9:40000 · vni 17",
  ],
  [{ kind: "unknown" }, "unknown", "Unknown", ""],
])("%j is said as %s", (path, value, label, place) => {
  expect([pathValue(path), pathLabel(path), pathPlace(path)]).toEqual([value, label, place]);
});

test("a region whose code the log tells is shown with it, and nothing hides in the code", () => {
  const evidence = { at: 1, time: 1 };
  const codes = (code: string | null) =>
    regionCodes({
      homeDerp: { value: { id: 4, code }, evidence },
      derpCodes: [{ region: 8, code: "lhr", evidence }],
    });
  const label = (code: string | null, region = 4) => pathLabel({ kind: "derp", region }, codes(code));
  const labels = [label("fra"), label("fra", 8), label("fra", 18), label(null)];
  expect(labels).toEqual(["DERP fra (4)", "DERP lhr (8)", "DERP 18", "DERP 4"]);
  expect(label("\u202efra")).not.toContain("\u202e");
});
