// The system that a node runs, at a glance; its name is there for who hovers and who listens.
import {
  IconBrandAndroid,
  IconBrandApple,
  IconBrandWindows,
  IconDeviceDesktop,
  IconDeviceMobile,
  IconDeviceTv,
  IconServer,
} from "@tabler/icons-react";

/** By tailscaled's own words for them. */
const icons: Readonly<Record<string, typeof IconServer>> = {
  linux: IconServer,
  freebsd: IconServer,
  openbsd: IconServer,
  windows: IconBrandWindows,
  macOS: IconBrandApple,
  iOS: IconDeviceMobile,
  android: IconBrandAndroid,
  tvOS: IconDeviceTv,
};

export function OsIcon({ os, size = 14 }: { readonly os: string; readonly size?: number }) {
  const Icon = Object.hasOwn(icons, os) ? icons[os] : undefined;
  const Drawn = Icon ?? IconDeviceDesktop;
  return <Drawn size={size} role="img" aria-label={os === "" ? "system unknown" : os} />;
}
