// The control server and this machine's registration with it. Reference 2.5 and 2.6.
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";
import { keyPattern } from "../tokens.ts";

const request = new RegExp(`^(\\[${keyPattern}\\])? node=(\\[${keyPattern}\\]) fup=`);
const response = /^nodeKeyExpired=(true|false), machineAuthorized=(true|false); authURL=(true|false)\s*$/;
const expired = new RegExp(`^(${keyPattern})\\] has expired`);
const polling = /^(?:[\w .-]{1,64}: )?loggedIn=\w{1,5} inMapPoll=(true|false)\s*$/;
const paused = /^(true|false)\)/;

/** The link is a secret: that there was one is all that is kept. */
const loginLinkShown: readonly Change[] = [{ kind: "facts", facts: { loginLink: "shown" } }];

function mapPoll(rest: string): readonly Change[] {
  const answer = polling.exec(rest)?.[1];
  if (answer === undefined) return [];
  const inMapPoll = answer === "true";
  return [{ kind: "facts", facts: { inMapPoll, ...(inMapPoll ? { controlError: null } : {}) } }];
}

export const control: readonly Rule[] = [
  {
    name: "control-new-key",
    literal: "control: Generating a new nodekey.",
    samples: ["control: Generating a new nodekey.", "8.4M/31.2M control: Generating a new nodekey."],
    parse: () => [{ kind: "happened", event: "node-key", sentence: "This machine makes itself a new node key." }],
  },
  {
    name: "control-register",
    literal: "control: RegisterReq: onode=",
    samples: [
      "control: RegisterReq: onode= node=[LhW0B] fup=false nks=false",
      "8.4M/31.2M control: RegisterReq: onode=[BH3g9] node=[LhW0B] fup=true",
    ],
    parse: (rest) => {
      const [, before, key] = request.exec(rest) ?? [];
      return key === undefined ? [] : [{ kind: "facts", facts: { registering: { key, before: before ?? null } } }];
    },
  },
  {
    name: "control-registered",
    literal: "control: RegisterReq: got response; ",
    samples: ["control: RegisterReq: got response; nodeKeyExpired=false, machineAuthorized=true; authURL=false"],
    parse: (rest) => {
      const [, keyExpired, authorized, needsLogin] = response.exec(rest) ?? [];
      if (keyExpired === undefined) return [];
      const registered = {
        keyExpired: keyExpired === "true",
        authorized: authorized === "true",
        needsLogin: needsLogin === "true",
      };
      return [{ kind: "facts", facts: { registered, ...(registered.needsLogin ? {} : { loginLink: null }) } }];
    },
  },
  {
    name: "control-login-link",
    literal: "control: AuthURL is ",
    samples: ["control: AuthURL is https://login.example.com/a/0123456789ab"],
    parse: () => loginLinkShown,
  },
  {
    name: "login-link",
    literal: "Received auth URL: ",
    samples: ["Received auth URL: https://login.exampl..."],
    parse: () => loginLinkShown,
  },
  {
    name: "login-wanted",
    literal: "StartLoginInteractive",
    samples: ['StartLoginInteractiveAs("alice"): url=false', "StartLoginInteractive: url=true"],
    parse: (rest) =>
      /url=(?:true|false)\s*$/.test(rest.slice(-20))
        ? [{ kind: "happened", event: "login", sentence: "Somebody wants to log in." }]
        : [],
  },
  {
    name: "control-key-expired",
    literal: "control: server reports new node key [",
    samples: ["control: server reports new node key [LhW0B] has expired"],
    parse: (rest) => {
      const key = expired.exec(rest)?.[1];
      const sentence = `The control server says that the node key [${key}] has expired.`;
      return key === undefined ? [] : [{ kind: "happened", event: "node-key", sentence }];
    },
  },
  {
    name: "control-netmap",
    literal: "control: mapRoutine: netmap received: ",
    samples: ["control: [v1] mapRoutine: netmap received: loggedIn=true inMapPoll=true"],
    parse: mapPoll,
  },
  {
    name: "control-status",
    literal: "control: sendStatus: ",
    samples: ["control: sendStatus: mapRoutine-got-netmap: loggedIn=true inMapPoll=true"],
    parse: mapPoll,
  },
  {
    name: "control-poll-timeout",
    literal: "control: map response long-poll timed out!",
    samples: ["control: map response long-poll timed out!"],
    parse: () => [
      { kind: "facts", facts: { inMapPoll: false, controlError: "it went silent (the long poll timed out)." } },
    ],
  },
  {
    name: "control-map-paused",
    literal: "control: mapRoutine: paused",
    samples: ["control: mapRoutine: paused"],
    parse: () => [{ kind: "facts", facts: { controlPaused: true, inMapPoll: false } }],
  },
  {
    name: "control-paused",
    literal: "control: setPaused(",
    samples: ["control: setPaused(true)", "control: setPaused(false)"],
    parse: (rest) => {
      const is = paused.exec(rest)?.[1];
      return is === undefined ? [] : [{ kind: "facts", facts: { controlPaused: is === "true" } }];
    },
  },
  {
    name: "control-error",
    literal: "Received error: ",
    samples: ["Received error: PollNetMap: initial fetch failed 401: unauthorized"],
    parse: (rest) => {
      const controlError = keptText(rest);
      // The end of a poll that is begun again at once.
      return controlError === "" || controlError === "EOF" ? [] : [{ kind: "facts", facts: { controlError } }];
    },
  },
];
