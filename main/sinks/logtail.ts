// Any server that takes what tailscaled uploads: POST /c/<collection>/<private ID> (reference section 3).
//
// The protocol has no receipts and no numbers: 200 is all that is ever said, and a batch whose answer was lost on the way is stored twice. Whoever
// needs each entry once uses a Gristmill catcher.
//
// By protocol the secret is part of the path, and paths end up in logs. So it is a secret of its own, which follows from this machine's and the
// destination and leads back to neither: whoever reads it there can write this machine's log there, and nowhere else.
import { entryLines, type Frame } from "../../log/frame-codec.ts";
import { derivedIdentity } from "../identity.ts";
import { agentFor } from "./agent.ts";
import { failureOf, isPage } from "./answer.ts";
import type { SinkOptions } from "./index.ts";
import { framesInBatch, logtailBatchBytes, logtailBatches, logtailUpload } from "./logtail-upload.ts";
import { type Posted, type PostLimits, post } from "./post.ts";
import type { Failure, SendOptions, Sink } from "./sink.ts";

/** tailscaled's own patience is 45 s for the whole. */
const patience: PostLimits = { connectMs: 10_000, headMs: 45_000, wholeMs: 45_000, answerBytes: 64 * 1024 };

/** A log packs eightfold or better: what more is read of the spool than unpacks to a batch is read in vain. */
const packedBytes = logtailBatchBytes / 8;

export function logtailSink({ address, trust, identity, clock }: SinkOptions): Sink {
  const { destination, url } = address;
  const target = new URL(`${url.href}/${derivedIdentity(identity, destination).privateId}`);
  const agent = agentFor(address, trust);
  /** Of a frame that is too large for one batch, by hash: how many of its batches are taken. A restart forgets it and sends them again. */
  let part = { hash: "", taken: 0 };

  async function sendBatch(lines: readonly string[], { signal, leaving }: SendOptions): Promise<Failure | undefined> {
    const { body, headers } = logtailUpload(lines);
    const connected = () => leaving({ entries: lines.length, bytes: body.length });
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
    return failureIn(posted, destination, clock.now());
  }

  return {
    destination,
    protocol: "logtail",
    limits: { bytes: packedBytes, content: logtailBatchBytes },
    async send(frames, options) {
      const linesOf = frames.map((frame) => entryLines(frame));
      const sent = linesOf.slice(0, framesInBatch(linesOf));
      const last = frames[sent.length - 1] as Frame;
      if (part.hash !== last.hash) part = { hash: last.hash, taken: 0 };
      for (const lines of logtailBatches(sent.flat()).slice(part.taken)) {
        const failure = await sendBatch(lines, options);
        if (failure !== undefined) return failure;
        part.taken += 1;
      }
      return { kind: "acked", receipt: { stream: last.header.stream, acked: last.header.seq, hash: last.hash } };
    },
    close: () => agent.destroy(),
  };
}

/** Exactly 200 is success, whatever the body says; but a page is a captive portal's, and none of it was stored. */
function failureIn(posted: Posted, destination: string, now: number): Failure | undefined {
  if (posted.kind === "failed") {
    const { trouble, reason } = posted;
    return { kind: posted.slow ? "too-slow" : "retry", trouble, reason };
  }
  if (posted.status !== 200) return failureOf(posted, { destination, now });
  if (!isPage(posted)) return undefined;
  const reason = `${destination} answered with a web page; is this a captive portal or not a logtail server?`;
  return { kind: "retry", trouble: "not-a-catcher", reason };
}
