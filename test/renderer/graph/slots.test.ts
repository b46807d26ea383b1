import { expect, test } from "vitest";
import { assignSlots, drawnSlots, ringOf, slotPoint, slotSpacing } from "../../../renderer/graph/slots.ts";

const turnOf = (slot: number) => {
  const { x, y } = slotPoint(slot);
  const { ring } = ringOf(slot);
  const [right, top] = [slotPoint(0).x, slotPoint(2).y];
  // Back from the ellipse to a circle, on ring 0 only, where slot 0 is at the right and slot 2 at a quarter turn.
  expect(ring).toBe(0);
  return (Math.atan2(y / top, x / right) / (2 * Math.PI) + 1) % 1;
};

test("rings hold 8, 16, 32, 64, 128 and 256 peers", () => {
  const firstOfRing = [0, 8, 24, 56, 120, 248];
  expect(firstOfRing.map((slot) => ringOf(slot))).toEqual(
    firstOfRing.map((_, ring) => ({ ring, index: 0, size: 8 * 2 ** ring })),
  );
  expect(ringOf(drawnSlots - 1)).toEqual({ ring: 5, index: 255, size: 256 });
});

test("the slots of a ring are taken at opposite ends first, then in between", () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((slot) => Math.round(turnOf(slot) * 8))).toEqual([0, 4, 2, 6, 1, 5, 3, 7]);
});

test("no two peers of a full picture stand on each other", () => {
  const points = Array.from({ length: drawnSlots }, (_, slot) => slotPoint(slot));
  let nearest = Number.POSITIVE_INFINITY;
  for (const [index, a] of points.entries()) {
    for (const b of points.slice(index + 1)) nearest = Math.min(nearest, Math.hypot(a.x - b.x, a.y - b.y));
  }
  expect(nearest).toBeGreaterThan(13);
});

test("outer rings have less room for names", () => {
  const spacings = [0, 1, 2, 3, 4, 5].map((ring) => Math.round(slotSpacing(ring)));
  expect(spacings).toEqual(spacings.toSorted((a, b) => b - a));
  expect(new Set(spacings).size).toBe(6);
});

test("a peer gets the next slot and keeps it, whoever comes or goes", () => {
  const first = assignSlots(new Map(), ["a", "b"]);
  const second = assignSlots(first, ["c", "b", "d", "c"]);
  expect([...second]).toEqual([
    ["a", 0],
    ["b", 1],
    ["c", 2],
    ["d", 3],
  ]);
  expect(assignSlots(second, ["b", "a"])).toBe(second);
});
