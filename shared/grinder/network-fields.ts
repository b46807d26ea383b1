// How tailscaled prints the values that the netcheck report and NetInfo share. Reference 2.4.

/** `true`, `false`, or empty for "not determined". */
export function optionalBoolean(text: string | undefined): boolean | null {
  return text === "true" ? true : text === "false" ? false : null;
}

/** Letters of what was found among UPnP, NAT-PMP and PCP; "" = all looked for and none there; null = not checked (`?`, or `_` for each). */
export function portMapping(text: string | undefined): string | null {
  if (text === undefined || text === "?") return null;
  const found = text.replace(/[^UMC]/g, "").slice(0, 3);
  return found === "" && text.includes("_") ? null : found;
}

/** A DERP region's id; null for 0, which means none. */
export function regionId(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) !== 0 ? Number(text) : null;
}
