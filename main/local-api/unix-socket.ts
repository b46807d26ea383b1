// The unix sockets of tailscaled, by system. Reference 6.1.
import { lstatSync } from "node:fs";
import path from "node:path";
import type { Machine, Place, PlaceKind } from "./place.ts";

const usual = ["/var/run/tailscale/tailscaled.sock"];
const places: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    "/run/tailscale/tailscaled.sock",
    ...usual,
    "/var/packages/Tailscale/var/tailscaled.sock", // Synology DSM 7
    "/var/packages/Tailscale/etc/tailscaled.sock", // Synology DSM 6
    "/tmp/tailscale/tailscaled.sock", // QNAP
    "/perm/tailscaled/tailscaled.sock", // Gokrazy
  ],
  darwin: ["/var/run/tailscaled.socket"],
};

/** The usual places of a system, whether or not there is a socket. */
export function usualSockets(platform: NodeJS.Platform): readonly string[] {
  return places[platform] ?? usual;
}

export function socketAt(socketPath: string): Place {
  return { name: socketPath, connect: { socketPath }, token: null };
}

export const unixSocket: PlaceKind = {
  name: "unix socket",
  isOn: (platform) => platform !== "win32",
  find: async (machine) =>
    usualSockets(machine.platform)
      .map((place) => path.join(machine.root, place))
      .filter((place) => isTrusted(place, machine))
      .map(socketAt),
};

/** One of the places is a folder where anybody may put a socket: it must be root's, or ours. */
function isTrusted(place: string, { uid }: Machine): boolean {
  try {
    const found = lstatSync(place);
    return found.isSocket() && (found.uid === 0 || found.uid === uid);
  } catch {
    return false; // Not there, or in a folder that this user may not look into.
  }
}
