// Where a peer stands in the picture. A slot is a place for good: it depends on nothing but its number, so that
// a peer that comes or goes moves no other, and the picture of today is the picture of yesterday.

/** The first ring has this many slots; every further one twice as many as the one within it. */
const firstRing = 8;
/** Distance of the rings from the centre, in the picture's units, for the rings of 8, 16, 32, 64 and 128; then every ring adds the last step. */
const radii = [112, 184, 262, 356, 468] as const;
const lastStep = 100;
/** Windows are wider than high, and so are the rings. */
const stretch = 1.65;

/** Peers beyond this many are in the table only: six full rings are as much as a picture can tell apart. */
export const drawnSlots = firstRing * (2 ** 6 - 1);

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The ring (from 0) that holds a slot (from 0), and the slot's number on that ring. */
export function ringOf(slot: number): { readonly ring: number; readonly index: number; readonly size: number } {
  const ring = Math.floor(Math.log2(slot / firstRing + 1));
  const size = firstRing * 2 ** ring;
  return { ring, index: slot - (size - firstRing), size };
}

/** The distance between neighbouring slots at the top of a ring, where names stand side by side. */
export function slotSpacing(ring: number): number {
  return (2 * Math.PI * ringAxes(ring).x) / (firstRing * 2 ** ring);
}

/** Half axes of a ring's ellipse. */
export function ringAxes(ring: number): Point {
  const radius = radii[ring] ?? radii[4] + (ring - 4) * lastStep;
  return { x: radius * stretch, y: radius };
}

/**
 * The place of a slot around a centre at 0,0. Slots of a ring are taken in bit-reversed order (0, 1/2, 1/4, 3/4, 1/8 of a turn, …), so that however
 * many are taken they are spread about evenly. Rings are turned against each other by half a step: an outer peer's edge runs between inner peers.
 */
export function slotPoint(slot: number): Point {
  const { ring, index, size } = ringOf(slot);
  const turn = bitReverse(index, Math.log2(size)) / size + (ring === 0 ? 0 : 1 / (2 * size));
  const axes = ringAxes(ring);
  return { x: axes.x * Math.cos(2 * Math.PI * turn), y: axes.y * Math.sin(2 * Math.PI * turn) };
}

/**
 * Gives every peer that has none the next slot, in the order given. The slot of a peer that is gone is kept for it.
 * The same map comes back when there is nothing to give.
 */
export function assignSlots(taken: ReadonlyMap<string, number>, peers: readonly string[]): ReadonlyMap<string, number> {
  const missing = peers.filter((peer) => !taken.has(peer));
  if (missing.length === 0) return taken;
  const slots = new Map(taken);
  for (const peer of missing) if (!slots.has(peer)) slots.set(peer, slots.size);
  return slots;
}

function bitReverse(value: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed = (reversed << 1) | ((value >> bit) & 1);
  return reversed;
}
