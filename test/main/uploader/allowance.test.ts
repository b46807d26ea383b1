import { expect, test } from "vitest";
import { Allowance, type Turn } from "../../../main/uploader/allowance.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const kib = 1024;
const mib = 1024 * 1024;
/** Two hours before midnight, UTC. */
const evening = Date.UTC(2026, 7, 22, 22);

function allowance(limits: { readonly bytesPerSecond?: number; readonly bytesPerDay?: number }) {
  const clock = new ManualClock(evening);
  const left = new Map<string, number>();
  const leave = (turn: Turn, bytes: number) => {
    if (turn.kind !== "now") throw new Error(`it is ${turn.kind}`);
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    left.set(day, (left.get(day) ?? 0) + bytes);
    turn.over("left");
  };
  return { clock, leave, allowance: new Allowance({ clock, leftOn: (day) => left.get(day) ?? 0, ...limits }) };
}

test("without limits everything may leave at once, a full request at a time", () => {
  const { allowance: unlimited, leave } = allowance({});
  for (let n = 0; n < 100; n++) leave(unlimited.take(mib), mib);
  expect(unlimited.requestBytes).toBe(mib);
});

test("on average no more leaves than the rate allows, in requests of five seconds' worth", async () => {
  const { allowance: limited, clock, leave } = allowance({ bytesPerSecond: 100 * kib });
  expect(limited.requestBytes).toBe(500 * kib);
  const begin = clock.now();
  let sent = 0;
  while (sent < 60 * 100 * kib) {
    const turn = limited.take(500 * kib);
    if (turn.kind === "later") await clock.advance(turn.ms);
    else {
      leave(turn, 500 * kib);
      sent += 500 * kib;
    }
  }
  expect((clock.now() - begin) / 1_000).toBeGreaterThanOrEqual(55);
  expect((clock.now() - begin) / 1_000).toBeLessThanOrEqual(60);
});

test("a slow line still gets requests that are worth their headers", () => {
  expect(allowance({ bytesPerSecond: kib }).allowance.requestBytes).toBe(16 * kib);
});

test("what did not leave takes no room, of the rate or of the day", () => {
  const { allowance: limited } = allowance({ bytesPerSecond: kib, bytesPerDay: mib });
  for (let n = 0; n < 10; n++) {
    const turn = limited.take(mib);
    if (turn.kind !== "now") throw new Error(`it is ${turn.kind}`);
    turn.over("stayed");
    turn.over("left"); // Said twice counts once.
  }
  expect(limited.take(mib).kind).toBe("now");
});

test("a day's bytes are not exceeded, the last request of a day is as large as what is left, and midnight brings new ones", async () => {
  const { allowance: limited, clock, leave } = allowance({ bytesPerDay: 2.5 * mib });
  leave(limited.take(mib), mib);
  leave(limited.take(mib), mib);
  expect(limited.requestBytes).toBe(mib / 2);
  const turn = limited.take(mib);
  expect(turn).toEqual({
    kind: "tomorrow",
    until: Date.UTC(2026, 7, 23),
    reason: "Today's 2.5 MiB have been sent (setting uploadDailyMiB); the rest waits in the spool until midnight UTC.",
  });
  leave(limited.take(mib / 2), mib / 2);
  expect(limited.take(1).kind).toBe("tomorrow");
  await clock.advance(2 * 3_600_000);
  expect(limited.take(mib).kind).toBe("now");
});

test("what is on its way for one destination counts for the others", () => {
  const { allowance: limited } = allowance({ bytesPerDay: mib });
  expect(limited.take(mib).kind).toBe("now");
  expect(limited.take(1).kind).toBe("tomorrow");
});

test("a frame that is larger than a day's bytes leaves as the first of its day, and not never", () => {
  const { allowance: limited, leave } = allowance({ bytesPerDay: kib });
  leave(limited.take(mib), mib);
  expect(limited.take(mib).kind).toBe("tomorrow");
});
