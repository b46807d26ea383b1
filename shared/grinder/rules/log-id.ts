// The public log id: it names the stream and is no secret. Reference 2.12, 2.5 and section 5.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";

const id = /^([0-9a-f]{64})(?![0-9a-f])/;

function logId(rest: string): readonly Change[] {
  const found = id.exec(rest)?.[1];
  return found === undefined ? [] : [{ kind: "log-id", id: found }];
}

const example = "ecf49ad6257e9a8844d03336138aea041f97471cc290f76ef8d738649758f66d";

export const logIds: readonly Rule[] = [
  {
    name: "log-id",
    literal: "LogID: ",
    samples: [`LogID: ${example}`, `8.4M/31.2M LogID: ${example}`],
    parse: logId,
  },
  {
    name: "log-id-backend",
    literal: "Backend: logs: be:",
    samples: [`Backend: logs: be:${example} fe:`, `2026/08/22 15:19:51 Backend: logs: be:${example} fe:${example}`],
    parse: logId,
  },
  {
    // 1.0.
    name: "log-id-handle",
    literal: "Handle: logs: be:",
    samples: [`8.4M/31.2M Handle: logs: be:${example} fe:`],
    parse: logId,
  },
  {
    // The first line of each Windows log file.
    name: "log-id-file",
    literal: '(logID "',
    samples: [
      `(logID "${example}")`,
      `2026-08-22T11:19:51.123-04:00: (logID "${example}"; continued from log file tailscale-service-20260821T000000-1.txt)`,
    ],
    parse: logId,
  },
];
