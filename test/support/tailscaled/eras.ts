// The releases whose logs differ in what the grinder reads: reference/tailscaled-logs sections 0 to 2. What changed when stands where it is printed.

export interface Era {
  /** The minor of the release, 0 for 1.0.5: what every difference is decided by. */
  readonly minor: number;
  /** Behind the `v` of the banner. */
  readonly version: string;
  /** Behind the `v` of the stats line: 1.38 prints the address of a function instead. */
  readonly statsVersion: string;
  readonly go: string;
}

function era(minor: number, patch: number, go: string): Era {
  const version = `1.${minor}.${patch}-t0123abcde-g456789abc`;
  return { minor, version, statsVersion: version, go };
}

export const eras = {
  "2020": { minor: 0, version: "1.0.5-g0cd1b2a3c", statsVersion: "1.0.5-g0cd1b2a3c", go: "1.14.6" },
  "1.4": era(4, 4, "1.15.7"),
  "1.22": era(22, 2, "1.17.8"),
  "1.38": { ...era(38, 2, "1.20.2"), statsVersion: "0x5fc340" },
  "1.52": era(52, 1, "1.21.3"),
  "1.86": era(86, 2, "1.24.4"),
  "1.90": era(90, 6, "1.25.3"),
  "1.98": era(98, 1, "1.26.2"),
  "1.102": era(102, 3, "1.26.6"),
} as const satisfies Record<string, Era>;

export type EraName = keyof typeof eras;
