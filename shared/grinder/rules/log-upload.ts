// What tailscaled does with its own log. Reference 2.12. These lines go straight to stderr: no upload and no log tap ever has them.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

const failed = /^\d{1,12} bytes (?:not-)?compressed failed(?:: | (\d{3}): )/;
const dialFailed = /^([\w.:[\]-]{1,270})" failed: (?=\S)/;
const quoted = /"([^"\\]{1,200})"/;

function upload(state: "working" | "failing" | "offline", error: string | null = null): readonly Change[] {
  return [{ kind: "facts", facts: { logUpload: { state, error } } }];
}

/** The address of an upload that failed holds the machine's private log ID: keptText takes it out. */
function uploadFailed(rest: string): readonly Change[] {
  const [head, status] = failed.exec(rest) ?? [];
  if (head === undefined) return [];
  const text = keptText(rest.slice(head.length).replace(/^"|\\n"?\s*$/g, ""));
  return upload("failing", status === undefined ? text : `${status}: ${text}`.replace(/: $/, ""));
}

function folder(text: string | undefined): readonly Change[] {
  return text === undefined || text === "" ? [] : [{ kind: "facts", facts: { logFolder: keptText(text) } }];
}

const privateId = "389aa142fefa44aab83ab1c0909f6929fd53656b895ec2fc0e47d412ea62ba54";

export const logUpload: readonly Rule[] = [
  {
    name: "log-upload-failed",
    literal: "logtail: upload: log upload of ",
    samples: [
      `logtail: upload: log upload of 1154 bytes compressed failed: Post "https://log.example.com/c/tailnode.example.com/${privateId}": dial tcp: i/o timeout`,
      "logtail: upload: log upload of 90 bytes not-compressed failed 429: slow down",
      '2026/08/22 15:19:51 logtail: upload: log upload of 1154 bytes compressed failed 429: "rate limited on bytes transferred per ID\\n"',
    ],
    parse: uploadFailed,
  },
  {
    name: "log-upload-again",
    literal: "logtail: upload succeeded after ",
    samples: ["logtail: upload succeeded after 12 failures and 5m0s"],
    parse: (rest) => (/^\d{1,12} failures and /.test(rest) ? upload("working") : []),
  },
  {
    name: "log-upload-offline",
    literal: "logtail: internet down; waiting",
    samples: ["logtail: internet down; waiting"],
    parse: () => upload("offline"),
  },
  {
    name: "log-upload-not-up",
    literal: "logtail: network changed, but is not up",
    samples: ["logtail: network changed, but is not up"],
    parse: () => upload("offline"),
  },
  {
    name: "log-upload-online",
    literal: "logtail: internet back up",
    samples: ["logtail: internet back up"],
    parse: () => upload("working"),
  },
  {
    name: "log-dial-failed",
    literal: 'logtail: dial "',
    samples: ['logtail: dial "log.example.com:443" failed: dial tcp: i/o timeout (in 5s), trying bootstrap...'],
    parse: (rest) => {
      const [head = "", server] = dialFailed.exec(rest) ?? [];
      const why = rest.slice(head.length).replace(/, trying bootstrap\.\.\.\s*$/, "");
      return server === undefined ? [] : upload("failing", keptText(`${server} cannot be reached: ${why}`));
    },
  },
  {
    // By addresses that need no DNS, after a dial that failed.
    name: "log-dialed-again",
    literal: "logtail: bootstrap dial succeeded",
    samples: ["logtail: bootstrap dial succeeded"],
    parse: () => upload("working"),
  },
  {
    name: "logging-off",
    literal: "You have disabled logging. ",
    samples: ["You have disabled logging. Tailscale will not be able to provide support."],
    parse: () => [{ kind: "facts", facts: { logging: "off" } }],
  },
  {
    name: "logging-elsewhere",
    literal: "You have enabled a non-default log target. ",
    samples: [
      "You have enabled a non-default log target. Doing without being told to by Tailscale staff or your network administrator will make getting support difficult.",
    ],
    parse: () => [{ kind: "facts", facts: { logging: "elsewhere" } }],
  },
  {
    name: "logging-invalid",
    literal: "logpolicy: invalid TS_LOG_TARGET ",
    samples: ['logpolicy: invalid TS_LOG_TARGET "nonsense": missing scheme; using default log host'],
    parse: () => [{ kind: "facts", facts: { logging: "invalid target" } }],
  },
  {
    name: "log-folder",
    literal: "logpolicy: using ",
    samples: ['logpolicy: using $STATE_DIRECTORY, "/var/lib/tailscale"'],
    parse: (rest) => folder(quoted.exec(rest.slice(0, 500))?.[1]),
  },
  {
    name: "log-folder-windows",
    literal: "local disk logdir: ",
    samples: ["2026-08-22T11:19:51.123-04:00: local disk logdir: C:\\ProgramData\\Tailscale\\Logs"],
    parse: (rest) => folder(rest.trim()),
  },
];
