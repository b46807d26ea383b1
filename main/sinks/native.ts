// Gristmill's own catcher: POST /v1/frames (design section 3, "Upload, native").
import http from "node:http";
import https from "node:https";
import { formatLost, framesRoute, lostHeader } from "../../shared/upload.ts";
import type { Identity } from "../identity.ts";
import { type Clock, systemClock } from "../platform/clock.ts";
import { resultOf } from "./native-answer.ts";
import { type PostLimits, post } from "./post.ts";
import type { Sink } from "./sink.ts";

const limits: PostLimits = {
  connectMs: 10_000,
  // A catcher answers after its fsync, which on a busy disk takes seconds.
  headMs: 30_000,
  // 1 MiB at 4 kB/s. What does not get through in that time is sent in smaller pieces.
  wholeMs: 300_000,
  answerBytes: 64 * 1024,
};

/** @param url of the catcher, without `/v1/frames`. */
export function nativeSink(url: URL, identity: Identity, clock: Clock = systemClock): Sink {
  const target = new URL(url.href.replace(/\/*$/, framesRoute));
  const destination = url.href.replace(/\/+$/, "");
  const { Agent } = url.protocol === "https:" ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    destination,
    async send(frames, { signal, lost }) {
      const headers = {
        authorization: `Bearer ${identity.privateId}`,
        "content-type": "application/x-ndjson",
        "content-encoding": "zstd",
        ...(lost === undefined ? {} : { [lostHeader]: formatLost(lost) }),
      };
      const body = Buffer.concat(frames.map((frame) => frame.bytes));
      const posted = await post(target, { agent, headers, body, limits, clock, signal, destination });
      return resultOf(posted, { frames, destination, now: clock.now() });
    },
    close: () => agent.destroy(),
  };
}
