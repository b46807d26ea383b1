// What WireGuard itself says of a peer, at verbosity 2: `wg: [YkXSE] - Sending handshake initiation`, before 1.4 without `wg: `.
// Reference 2.7. Messages are wireguard-go's own; those that tell nothing about the session are left out.
import type { Change } from "../change.ts";
import type { HandshakeStep } from "../peer-change.ts";
import type { Rule } from "../rule.ts";
import { isKeyAt, keyLength } from "../tokens.ts";

/** By how the message begins; none of them is the beginning of another. */
const steps: readonly (readonly [message: string, step: HandshakeStep])[] = [
  ["Sending handshake initiation", "tried"],
  ["Send handshake init ", "tried"],
  ["Received handshake initiation", "heard"],
  ["Sending handshake response", "shaken"],
  ["Send handshake response ", "shaken"],
  ["Received handshake response", "shaken"],
  ["Receiving keepalive packet", "heard"],
  ["Handshake did not complete after ", "retried"],
  ["Retrying handshake because we stopped hearing back", "retried"],
  ["Failed to send handshake ", "retried"],
  ["Removing all keys, since we haven't received a new one", "ended"],
  ["Starting", "begun"],
  ["Stopping", "ended"],
];
const separator = " - ";
/** 1.0.x puts a name of its own in front of the message: `[key] - [LhW0B] Send handshake init ADDR`. */
const ownName = /^\[[^[\] ]{1,40}\] /;
/** No message that is read here is longer up to what is read in it. */
const longestMessage = 160;
const gaveUp = /^Handshake did not complete after \d{1,6} attempts, giving up/;

function stepOf(text: string): HandshakeStep | undefined {
  const message = text.slice(ownName.exec(text)?.[0].length ?? 0);
  if (gaveUp.test(message)) return "given-up";
  return steps.find(([beginning]) => message.startsWith(beginning))?.[1];
}

/** What follows the bracket of a short key. Most lines that begin with a bracket are something else, and are told apart here by position. */
function sessionLine(rest: string): readonly Change[] {
  const keyEnd = keyLength - 1;
  if (!rest.startsWith(separator, keyEnd)) return [];
  const peer = `[${rest.slice(0, keyEnd)}`;
  if (!isKeyAt(peer, 0)) return [];
  const from = keyEnd + separator.length;
  const step = stepOf(rest.slice(from, from + longestMessage));
  return step === undefined ? [] : [{ kind: "handshake", peer, step }];
}

/** `XXXX…YYYY) - `, what wireguard-go calls a peer that tailscaled cannot name. */
const stranger = /^[A-Za-z0-9+/]{4}…[A-Za-z0-9+/=]{4}\) - /;

function strangerLine(rest: string): readonly Change[] {
  return stranger.test(rest) ? [{ kind: "tally", of: "strangers" }] : [];
}

const completeFor = /^\[[!-Z\\^-~]{5}\]\s*$/;

export const handshake: readonly Rule[] = [
  {
    name: "handshake",
    literal: "wg: [",
    samples: [
      "wg: [YkXSE] - Sending handshake initiation",
      "wg: [v2] [YkXSE] - Received handshake response",
      "wg: [YkXSE] - Sending handshake response",
      "wg: [YkXSE] - Received handshake initiation",
      "wg: [YkXSE] - Receiving keepalive packet",
      "wg: [YkXSE] - Handshake did not complete after 5 seconds, retrying (try 2)",
      "wg: [YkXSE] - Handshake did not complete after 20 attempts, giving up",
      "wg: [YkXSE] - Retrying handshake because we stopped hearing back after 15 seconds",
      "wg: [YkXSE] - Removing all keys, since we haven't received a new one in 540 seconds",
      "wg: [YkXSE] - Failed to send handshake initiation: no route to host",
      "2026/08/22 15:19:51 wg: [YkXSE] - Starting",
      "wg: [YkXSE] - Stopping",
    ],
    parse: sessionLine,
  },
  {
    name: "handshake-old",
    literal: "[",
    samples: [
      "8.4M/31.2M [YkXSE] - Starting...",
      "8.4M/31.2M [YkXSE] - [LhW0B] Send handshake init 192.168.1.5:41641",
      "[YkXSE] - Send handshake response 192.168.1.5:41641",
    ],
    parse: sessionLine,
  },
  {
    // 0.100 to 1.5.
    name: "handshake-complete",
    literal: "wireguard handshake complete for ",
    samples: ["8.4M/31.2M wireguard handshake complete for [YkXSE]"],
    parse: (rest) =>
      completeFor.test(rest) ? [{ kind: "handshake", peer: rest.slice(0, keyLength), step: "shaken" }] : [],
  },
  {
    name: "handshake-stranger",
    literal: "wg: peer(",
    samples: ["wg: peer(LhW0…sUMI) - Received handshake initiation"],
    parse: strangerLine,
  },
  {
    name: "handshake-stranger-old",
    literal: "peer(",
    samples: ["8.4M/31.2M peer(LhW0…sUMI) - Sending handshake response"],
    parse: strangerLine,
  },
];
