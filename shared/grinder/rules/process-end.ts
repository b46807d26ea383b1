// How a process ends, and what it says should not have happened. Reference 2.11 and 2.12.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

const signal = /^([\w ]{1,40}); shutting down/;
const serviceStop = /^(Stop|Shutdown|PreShutdown)\s*$/;

const reconfigured = /^\w{1,5} dns=\w{1,5} 0x[0-9a-f]{1,8}: /;

function stopping(why: string): readonly Change[] {
  return [{ kind: "facts", facts: { stopping: why } }];
}

/** Go's own last words; what follows them is the stack. */
const lastWords = (opening: string): Rule => ({
  name: opening === "panic: " ? "panic" : "fatal-error",
  literal: opening,
  samples: [`${opening}runtime error: invalid memory address or nil pointer dereference`],
  parse: (rest) => {
    const text = keptText(rest);
    return text === "" ? [] : [{ kind: "facts", facts: { crash: `${opening}${text}` } }];
  },
});

/** Anywhere behind a component's name; these are the components that lines are known to begin with. */
const unexpected = (component: string): Rule => ({
  name: `unexpected-${component.replace(/\W+/g, "") || "plain"}`,
  literal: `${component}[unexpected] `,
  samples: [`${component}[unexpected] lastSelfNode is nil`],
  parse: (rest) => {
    const text = keptText(rest);
    return text === "" ? [] : [{ kind: "facts", facts: { unexpected: `${component}${text}` } }];
  },
});

export const processEnd: readonly Rule[] = [
  {
    name: "process-signal",
    literal: "tailscaled got signal ",
    samples: ["tailscaled got signal terminated; shutting down"],
    parse: (rest) => {
      const name = signal.exec(rest)?.[1];
      return name === undefined ? [] : stopping(`it got the signal "${name}"`);
    },
  },
  {
    name: "process-service-stop",
    literal: "Got Windows Service event: ",
    samples: ["2026-08-22T11:19:51.123-04:00: Got Windows Service event: Stop"],
    parse: (rest) => {
      const name = serviceStop.exec(rest)?.[1];
      return name === undefined ? [] : stopping(`Windows told it to (${name})`);
    },
  },
  {
    name: "process-child-ended",
    literal: "subprocess exited: ",
    samples: ["2026-08-22T11:19:51.123-04:00: subprocess exited: exit status 1"],
    parse: (rest) => {
      const how = keptText(rest);
      return how === "" ? [] : stopping(`its child process ended (${how})`);
    },
  },
  ...["panic: ", "fatal error: "].map(lastWords),
  {
    // What follows on lines with this mark is not the log's, and may be cut and glued together: nothing in them is read.
    name: "raw-stderr",
    literal: "RAW-STDERR: *** Lines prefixed with RAW-STDERR below bypassed logtail",
    samples: [
      "RAW-STDERR: *** Lines prefixed with RAW-STDERR below bypassed logtail and probably come from a previous run of the program",
    ],
    parse: () => [
      {
        kind: "happened",
        event: "crash",
        sentence:
          "The run before left text that is not in its log, as a crash does: see the lines that begin with RAW-STDERR.",
      },
    ],
  },
  {
    // Tells that what control asked for could not be set up. `<nil>` is Go's "no error".
    name: "reconfigure-failed",
    literal: "authReconfig: ra=",
    samples: ["authReconfig: ra=true dns=true 0x1f: router: no such device"],
    parse: (rest) => {
      const [head = ""] = reconfigured.exec(rest) ?? [];
      const error = keptText(rest.slice(head.length));
      if (head === "" || error === "" || error === "<nil>") return [];
      return [{ kind: "facts", facts: { unexpected: `its settings could not be put to work: ${error}` } }];
    },
  },
  ...["", "magicsock: ", "control: ", "wgengine: ", "netcheck: ", "dns: ", "monitor: "].map(unexpected),
];
