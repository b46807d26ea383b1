// SSH sessions by way of the tailnet. Reference 2.10.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";

const sessionId = "sess-\\d{8}T\\d{6}-[0-9a-f]{10}";
const coming = new RegExp(
  `^(${sessionId})\\): handling new SSH connection from (\\S{1,320}) \\(([\\w.:%]{1,60})\\) to ssh-user "([^"\\\\\\s]{1,64})"\\s*$`,
);
const granted = new RegExp(`^(${sessionId})\\): access granted to (\\S{1,320}) as ssh-user "([^"\\\\\\s]{1,64})"\\s*$`);
const over = new RegExp(`^(${sessionId})\\): (?:Session complete|Wait: code=-?\\d|terminating SSH session from )`);
const audited = /^user=([^"\\\s]{1,64}) uid=\d{1,10} from=([\w.:%]{1,60}) ts_user=(\S{1,320}) node=/;

function session(rest: string): readonly Change[] {
  const [, id, user = "", from = "", localUser = ""] = coming.exec(rest) ?? [];
  if (id !== undefined) return [{ kind: "ssh-session", session: { id, user, from, localUser, isGranted: false } }];
  const [, grantedId, who = "", as = ""] = granted.exec(rest) ?? [];
  if (grantedId !== undefined) {
    const open = { id: grantedId, user: who, from: null, localUser: as, isGranted: true };
    return [{ kind: "ssh-session", session: open }];
  }
  const ended = over.exec(rest)?.[1];
  return ended === undefined ? [] : [{ kind: "ssh-end", id: ended }];
}

const example = "ssh-session(sess-20260822T151952-9f8e7d6c5b): ";

export const ssh: readonly Rule[] = [
  {
    name: "ssh-session",
    literal: "ssh-session(",
    samples: [
      `${example}handling new SSH connection from bob@example.com (100.77.5.21) to ssh-user "root"`,
      `${example}access granted to bob@example.com as ssh-user "root"`,
      `${example}Session complete`,
      // A command that failed ends its session like this instead.
      `${example}Wait: code=1`,
      `${example}terminating SSH session from 100.77.5.21: access revoked`,
    ],
    parse: session,
  },
  {
    // Linux. The lines of the session may be there as well, or not.
    name: "ssh-login",
    literal: "audit: SSH login: ",
    samples: [
      "audit: SSH login: user=root uid=0 from=100.77.5.21 ts_user=bob@example.com node=bob-desktop.tailabc.example.",
    ],
    parse: (rest) => {
      const [, localUser, from, user] = audited.exec(rest) ?? [];
      if (localUser === undefined || from === undefined || user === undefined) return [];
      return [{ kind: "ssh-login", user, from, localUser }];
    },
  },
];
