// Whether this machine runs on its battery. Where nobody can say, it does not.
import path from "node:path";
import type { Disk } from "../../log/disk.ts";

export interface Power {
  /** Never rejects. */
  onBattery(): Promise<boolean>;
}

/** Where Linux tells: one folder for each supply, a file for each thing to know (kernel documentation, ABI/testing/sysfs-class-power). */
const supplies = "/sys/class/power_supply";

/** @param folder where the supplies are; elsewhere than on Linux there is no such folder, and the answer is no. */
export function systemPower(disk: Pick<Disk, "list" | "read">, folder = supplies): Power {
  const said = async (supply: string, what: string) =>
    (await disk.read(path.join(folder, supply, what)).catch(() => Buffer.of())).toString("utf8").trim();
  return {
    async onBattery() {
      const names = await disk.list(folder).catch(() => []);
      const states = await Promise.all(
        names.map(async (name) => ({
          type: await said(name, "type"),
          online: await said(name, "online"),
          status: await said(name, "status"),
          scope: await said(name, "scope"), // "Device": the battery of a mouse, not of this machine.
        })),
      );
      const hasMains = states.some(({ type, online }) => type !== "Battery" && online === "1");
      return (
        !hasMains &&
        states.some(({ type, scope, status }) => type === "Battery" && scope !== "Device" && status === "Discharging")
      );
    },
  };
}
