// The banners with which a tailscaled process begins. Reference 2.12.
import type { Rule } from "../rule.ts";

/** `v1.102.3, Go 1.26.6: []string{...}`; the Windows child prints `v1.102.3: []string{...}`. */
const banner = /^([^\s,:]{1,100})(?:, Go |: )/;
const subprocess = /^([0-9a-f]{64})\s*$/;

export const processStart: readonly Rule[] = [
  {
    name: "process-start",
    literal: "Program starting: v",
    samples: [
      'Program starting: v1.102.3-t0123abcde-g456789abc, Go 1.26.6: []string{"/usr/sbin/tailscaled", "--state=/var/lib/tailscale/tailscaled.state"}',
      '8.4M/31.2M Program starting: v1.0.5-g0cd1b2a3c, Go 1.14.6-race: []string{"/usr/sbin/tailscaled"}',
      '2026-08-22T11:19:51.123-04:00: Program starting: v1.90.6-t0123abcde: []string{"C:\\\\Program Files\\\\Tailscale\\\\tailscaled.exe", "/subproc", "ecf4"}',
      'Program starting: v1.102.3, Go 1.26.6: []string{"/usr/sbin/tailscaled", "--cleanup"}',
    ],
    parse: (rest) => {
      const version = banner.exec(rest)?.[1];
      if (version === undefined) return [];
      return [{ kind: "process-start", version, cleanup: /"--?cleanup["=]/.test(rest) }];
    },
  },
  {
    // The Windows service child says this each time it is (re)started, in the middle of one log file.
    name: "subprocess-start",
    literal: "subproc mode: logid=",
    samples: ["subproc mode: logid=ecf49ad6257e9a8844d03336138aea041f97471cc290f76ef8d738649758f66d"],
    parse: (rest) => {
      const id = subprocess.exec(rest)?.[1];
      if (id === undefined) return [];
      return [
        { kind: "process-start", version: null, cleanup: false },
        { kind: "log-id", id },
      ];
    },
  },
];
