// The app of the Mac App Store: a port on loopback. Port and token are in the name of a file that its extension holds open, which only programs
// of the same user can see. Reference 6.1.
import { loopbackPlace } from "./loopback.ts";
import type { PlaceKind } from "./place.ts";

/** A line of lsof's field output: `n` and the name of an open file. */
const proof = /^n\/.*\.tailscale\.ipn\.macos\/sameuserproof-(\d{1,5})-([0-9a-f]{20})$/;

export const macApp: PlaceKind = {
  name: "app of the Mac App Store",
  isOn: (platform) => platform === "darwin",
  async find({ lsof, uid }) {
    const printed = await lsof(["-n", "-a", `-u${uid}`, "-c", "IPNExtension", "-F"]);
    return printed.split("\n").flatMap((line) => {
      const [, port, token] = proof.exec(line) ?? [];
      return port === undefined || token === undefined ? [] : [loopbackPlace(Number(port), token)];
    });
  },
};
