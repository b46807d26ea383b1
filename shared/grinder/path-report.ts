// How a peer is reached, as `gristmill grind --json` tells it beside the path itself.
import type { Evidence } from "../graph/fact.ts";
import type { GraphView, Tunnel } from "../graph/model.ts";
import { type ConfidenceLevel, pathConfidence } from "../graph/path-confidence.ts";
import { type Doubt, type ReasonCode, whyRelayed } from "../graph/why-relayed.ts";

interface Told {
  readonly sentence: string;
  /** Of the entries that it speaks of, the telling one first. */
  readonly positions: readonly number[];
}

export interface PathReport {
  /** How much the path is still worth at the end of the log. */
  readonly confidence: Told & { readonly level: ConfidenceLevel };
  /** Why it is not direct, best first; only where it is relayed, and never empty there. */
  readonly whyRelayed?: readonly (Told & {
    readonly code: ReasonCode;
    readonly doubt: Doubt;
    readonly remedy: string;
  })[];
  /** Round trips to the peer in ms; only where the log measured one. */
  readonly latencyMs?: { readonly latest: number; readonly least: number };
  /** Time of the latest handshake that was answered, in ISO 8601; only where the log tells of one that has a time. */
  readonly lastHandshake?: string;
}

export function pathReport(tunnel: Tunnel, view: GraphView): PathReport {
  const { level, sentence, evidence } = pathConfidence(tunnel.near, view);
  const reasons = whyRelayed(tunnel, view);
  const { discovery, session } = tunnel.near;
  const pong = discovery?.pong ?? null;
  const shaken = session?.handshake?.time ?? null;
  return {
    confidence: { level, sentence, positions: positionsOf(evidence) },
    ...(reasons.length === 0 ? {} : { whyRelayed: reasons.map(reasonReport) }),
    ...(pong === null ? {} : { latencyMs: { latest: pong.latencyMs, least: pong.leastMs } }),
    ...(shaken === null ? {} : { lastHandshake: new Date(shaken).toISOString() }),
  };
}

function reasonReport({ code, doubt, sentence, remedy, evidence }: ReturnType<typeof whyRelayed>[number]) {
  return { code, doubt, sentence, remedy, positions: positionsOf(evidence) };
}

const positionsOf = (evidence: readonly Evidence[]): number[] => evidence.map(({ at }) => at);
