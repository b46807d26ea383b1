// Gristmill's own catcher: POST /v1/frames (design section 3, "Upload, native").
import { formatLost, framesRoute, lostHeader, uploadBytes, uploadContentBytes } from "../../shared/upload.ts";
import { agentFor } from "./agent.ts";
import type { SinkOptions } from "./index.ts";
import { resultOf } from "./native-answer.ts";
import { type PostLimits, post } from "./post.ts";
import type { Sink } from "./sink.ts";

const patience: PostLimits = {
  connectMs: 10_000,
  // A catcher answers after its fsync, which on a busy disk takes seconds.
  headMs: 30_000,
  // 1 MiB at 4 kB/s. What does not get through in that time is sent in smaller pieces.
  wholeMs: 300_000,
  answerBytes: 64 * 1024,
};

export function nativeSink({ address, trust, identity, clock }: SinkOptions): Sink {
  const { destination } = address;
  const target = new URL(address.url.href.replace(/\/*$/, framesRoute));
  const agent = agentFor(address, trust);
  return {
    destination,
    protocol: "frames",
    limits: { bytes: uploadBytes, content: uploadContentBytes },
    async send(frames, { signal, lost, leaving }) {
      const headers = {
        authorization: `Bearer ${identity.privateId}`,
        "content-type": "application/x-ndjson",
        "content-encoding": "zstd",
        ...(lost === undefined ? {} : { [lostHeader]: formatLost(lost) }),
      };
      const body = Buffer.concat(frames.map((frame) => frame.bytes));
      const entries = frames.reduce((sum, { header }) => sum + header.count, 0);
      const connected = () => leaving({ entries, bytes: body.length });
      const posted = await post(target, {
        agent,
        headers,
        body,
        limits: patience,
        clock,
        signal,
        destination,
        connected,
      });
      return resultOf(posted, { frames, destination, now: clock.now() });
    },
    close: () => agent.destroy(),
  };
}
