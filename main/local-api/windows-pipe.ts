// The named pipe of tailscaled on Windows, since 1.34. Only the service may make a pipe below ProtectedPrefix\Administrators, so whoever
// answers is it. Node connects at the level "impersonation", which the daemon needs to see whose program this is. Reference 6.1.
import type { PlaceKind } from "./place.ts";
import { socketAt } from "./unix-socket.ts";

export const pipe = "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\Tailscale\\tailscaled";

export const windowsPipe: PlaceKind = {
  name: "named pipe",
  isOn: (platform) => platform === "win32",
  find: async () => [socketAt(pipe)],
};
