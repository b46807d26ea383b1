// Over folders that hold what Linux has in /sys/class/power_supply.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { nodeDisk } from "../../../log/disk.ts";
import { systemPower } from "../../../main/platform/power.ts";
import { tempFolder } from "../../support/temp-folder.ts";

type Supply = Readonly<Record<string, string>>;

const mains = (online: string): Supply => ({ type: "Mains", online });
const battery = (status: string): Supply => ({ type: "Battery", status });
const mouse: Supply = { type: "Battery", status: "Discharging", scope: "Device" };
const usb = (online: string): Supply => ({ type: "USB", online });

function onBattery(supplies: readonly Supply[]): Promise<boolean> {
  const folder = tempFolder();
  for (const [index, supply] of supplies.entries()) {
    const supplyFolder = path.join(folder, `supply${index}`);
    mkdirSync(supplyFolder);
    for (const [name, value] of Object.entries(supply)) writeFileSync(path.join(supplyFolder, name), `${value}\n`);
  }
  return systemPower(nodeDisk, folder).onBattery();
}

test.each<[string, readonly Supply[], boolean]>([
  ["a machine without supplies", [], false],
  ["a laptop on its battery", [mains("0"), battery("Discharging")], true],
  ["a laptop at the mains", [mains("1"), battery("Charging")], false],
  ["a laptop at the mains that draws from its battery", [mains("1"), battery("Discharging")], false],
  ["a tablet that charges over USB", [usb("1"), battery("Discharging")], false],
  ["a tablet", [usb("0"), battery("Discharging")], true],
  ["a battery that is full", [battery("Full")], false],
  ["a desktop with a mouse", [mouse], false],
  ["a supply that says nothing", [{}], false],
])("%s", async (_, supplies, expected) => {
  expect(await onBattery(supplies)).toBe(expected);
});

test("where there is no such folder it is mains", async () => {
  expect(await systemPower(nodeDisk, "/nowhere/at/all").onBattery()).toBe(false);
});
