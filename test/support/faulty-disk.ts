import { type Disk, nodeDisk } from "../../log/disk.ts";

export interface FaultyDisk extends Disk {
  /** While set, the named operation fails with this code. A failing append first writes half of what it was given, as real disks do. */
  fault:
    | { readonly on: "append" | "datasync" | "openAppend" | "remove" | "replace"; readonly code: string }
    | undefined;
}

/** The real disk, until a fault is set. */
export function faultyDisk(): FaultyDisk {
  const failure = (code: string) => Object.assign(new Error(`${code}: made by the test`), { code });
  const disk: FaultyDisk = {
    ...nodeDisk,
    fault: undefined,
    async openAppend(file, length) {
      if (disk.fault?.on === "openAppend") throw failure(disk.fault.code);
      const real = await nodeDisk.openAppend(file, length);
      return {
        async append(parts) {
          if (disk.fault?.on !== "append") return real.append(parts);
          const all = Buffer.concat([...parts]);
          await real.append([all.subarray(0, Math.floor(all.length / 2))]);
          throw failure(disk.fault.code);
        },
        async datasync() {
          if (disk.fault?.on === "datasync") throw failure(disk.fault.code);
          return real.datasync();
        },
        close: () => real.close(),
      };
    },
    async remove(file) {
      if (disk.fault?.on === "remove") throw failure(disk.fault.code);
      return nodeDisk.remove(file);
    },
    async replace(file, bytes, mode) {
      if (disk.fault?.on === "replace") throw failure(disk.fault.code);
      return nodeDisk.replace(file, bytes, mode);
    },
  };
  return disk;
}
