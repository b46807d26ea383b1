import { expect, test } from "vitest";
import { pathLabel, pathPlace, pathValue } from "../../../renderer/ui/path-words.ts";
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
