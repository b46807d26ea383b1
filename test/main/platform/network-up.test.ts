import type { NetworkInterfaceInfo } from "node:os";
import { networkInterfaces } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { watchNetwork } from "../../../main/platform/network-up.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const at = (address: string, internal = false) => [{ address, internal } as NetworkInterfaceInfo];
const lo = at("127.0.0.1", true);

function watched(interfaces: () => NodeJS.Dict<readonly NetworkInterfaceInfo[]>) {
  const [clock, stop] = [new ManualClock(), new AbortController()];
  let ups = 0;
  const done = watchNetwork({ clock, interfaces, up: () => (ups += 1), signal: stop.signal });
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  return { clock, ups: () => ups, stop, done };
}

test("an address that comes is told within five seconds, one that stays or goes is not", async () => {
  let now: NodeJS.Dict<readonly NetworkInterfaceInfo[]> = { lo };
  const { clock, ups } = watched(() => now);
  const after = async (interfaces: typeof now) => {
    now = interfaces;
    await clock.advance(5_000);
    return ups();
  };
  expect([
    await after({ lo }),
    await after({ lo, wlan0: at("192.168.1.5") }),
    await after({ lo, wlan0: at("192.168.1.5") }),
    await after({ lo, wlan0: at("10.0.0.7") }),
    await after({ lo }),
    await after({ lo, wlan0: at("10.0.0.7") }),
    await after({ lo: [...lo, ...at("127.0.0.2", true)], wlan0: at("10.0.0.7") }),
  ]).toEqual([0, 1, 1, 2, 2, 3, 3]);
});

test("a clock that went on while no timer came is a machine that woke", async () => {
  const { clock, ups } = watched(() => ({ lo }));
  await clock.advance(60_000);
  expect(ups()).toBe(0);
  clock.sleepMachine(3_600_000);
  await clock.advance(5_000);
  expect(ups()).toBe(1);
  await clock.advance(60_000);
  expect(ups()).toBe(1);
});

test("a system that does not tell its addresses is not asked to", async () => {
  const { clock, ups } = watched(() => {
    throw new Error("ENOSYS");
  });
  await clock.advance(60_000);
  clock.sleepMachine(60_000);
  await clock.advance(5_000);
  expect(ups()).toBe(1);
});

test("this machine's own addresses are read, and it ends when it is to", async () => {
  const { clock, ups, stop, done } = watched(networkInterfaces);
  await clock.advance(5_000);
  stop.abort();
  await done;
  expect(ups()).toBe(0);
});
