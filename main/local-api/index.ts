// The kinds of places where a tailscaled may answer, in the order in which they are tried: on macOS that of its own command line.
import { macApp } from "./mac-app.ts";
import { macStandalone } from "./mac-standalone.ts";
import type { PlaceKind } from "./place.ts";
import { unixSocket } from "./unix-socket.ts";
import { windowsPipe } from "./windows-pipe.ts";

export const placeKinds: readonly PlaceKind[] = [macApp, macStandalone, unixSocket, windowsPipe];
