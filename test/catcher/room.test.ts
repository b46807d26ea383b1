import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Lease, Room } from "../../catcher/room.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What has become of a wish for memory. */
function wish(lease: Lease, bytes: number): { had: boolean | undefined } {
  const wished: { had: boolean | undefined } = { had: undefined };
  void lease.grow(bytes).then((had) => {
    wished.had = had;
  });
  return wished;
}

const settled = () => vi.advanceTimersByTimeAsync(0);

test("what fits is had at once, the rest waits in line until somebody gives back", async () => {
  const room = new Room(100, 1_000);
  const [first, second, third] = [room.lease(), room.lease(), room.lease()];
  const wishes = [wish(first, 60), wish(second, 50), wish(third, 10)];
  await settled();
  // The small one would fit, and yet does not overtake.
  expect([wishes.map(({ had }) => had), room.taken]).toEqual([[true, undefined, undefined], 60]);
  first.release();
  await settled();
  expect([wishes.map(({ had }) => had), room.taken]).toEqual([[true, true, true], 60]);
});

test("whose patience ends is sent away, and no longer in the way of those behind", async () => {
  const room = new Room(100, 1_000);
  const wishes = [wish(room.lease(), 60), wish(room.lease(), 50)];
  await vi.advanceTimersByTimeAsync(500);
  wishes.push(wish(room.lease(), 40));
  await vi.advanceTimersByTimeAsync(500);
  expect([wishes.map(({ had }) => had), room.taken]).toEqual([[true, false, true], 100]);
});

test("what is larger than all of the room is let in alone, and keeps growing there", async () => {
  const room = new Room(100, 1_000);
  const large = room.lease();
  expect([await large.grow(90), await large.grow(200), room.taken]).toEqual([true, true, 290]);
});

test("memory that comes too late for its request is given back", async () => {
  const room = new Room(100, 1_000);
  const [first, late] = [room.lease(), room.lease()];
  const wishes = [wish(first, 100), wish(late, 50)];
  await settled();
  late.release();
  first.release();
  await settled();
  expect([wishes.map(({ had }) => had), room.taken]).toEqual([[true, false], 0]);
});
