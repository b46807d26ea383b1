// What peers carried, summed up by bucket until it is written. Pure; on the path of every sample, so the usual one costs one look-up.
import type { Carried } from "../../shared/graph/listener.ts";
import { addCell, type Cell, emptyCell } from "./cells.ts";
import { levels, spreadBuckets } from "./levels.ts";

/** Cells of one level: bucket number (time in ms / bucketMs, rounded down), then peer key. */
export type Buckets = Map<number, Map<string, Cell>>;

/** A delta between two moments, in ms since 1970. */
interface Span {
  readonly since: number;
  readonly until: number;
  readonly rx: number;
  readonly tx: number;
}

const [finest, ...coarser] = levels;

export class Accumulator {
  /** In the finest buckets; the coarser ones are their sums. */
  #fine: Buckets = new Map();
  /** What is too long for the finest buckets: what these say of it, which the sums leave out, and what each coarser level does. */
  #onlyFine: Buckets = new Map();
  #long: Buckets[] = coarser.map(() => new Map());
  #cells = 0;
  #bucket = Number.NaN;
  #open = new Map<string, Cell>();

  /** Cells that wait to be taken: what this takes of memory. */
  get size(): number {
    return this.#cells;
  }

  /** @param time where the sample has no label: when its entry was committed. */
  add({ peer, rx, tx, since, evidence }: Carried, time: number): void {
    const until = evidence.time ?? time;
    const bucket = Math.floor(until / finest.bucketMs);
    if (since === null || evidence.time === null || since >= until) {
      undated(this.#fineCell(bucket, peer), { rx, tx });
    } else if (since >= bucket * finest.bucketMs) {
      const cell = this.#fineCell(bucket, peer);
      cell.rx += rx;
      cell.tx += tx;
      cell.coveredMs += until - since;
    } else if (until - since <= spreadBuckets * finest.bucketMs) {
      spread({ since, until, rx, tx }, finest.bucketMs, (at) => this.#fineCell(at, peer));
    } else this.#longSpan(peer, { since, until, rx, tx });
  }

  /** Longer than the finest level can tell: at each level, dated where that is honest there, undated else. */
  #longSpan(peer: string, span: Span): void {
    undated(this.#cellOf(this.#onlyFine, Math.floor(span.until / finest.bucketMs), peer), span);
    coarser.forEach(({ bucketMs }, index) => {
      const buckets = this.#long[index] as Buckets;
      if (span.until - span.since <= spreadBuckets * bucketMs)
        spread(span, bucketMs, (at) => this.#cellOf(buckets, at, peer));
      else undated(this.#cellOf(buckets, Math.floor(span.until / bucketMs), peer), span);
    });
  }

  #fineCell(bucket: number, peer: string): Cell {
    if (bucket !== this.#bucket) {
      this.#bucket = bucket;
      this.#open = peersOf(this.#fine, bucket);
    }
    const cell = this.#open.get(peer);
    if (cell !== undefined) return cell;
    this.#cells++;
    return newCell(this.#open, peer);
  }

  #cellOf(buckets: Buckets, bucket: number, peer: string): Cell {
    const peers = peersOf(buckets, bucket);
    const cell = peers.get(peer);
    if (cell !== undefined) return cell;
    this.#cells++;
    return newCell(peers, peer);
  }

  /** Everything so far, in the order of `levels`; nothing is left. */
  take(): readonly Buckets[] {
    const sums = coarser.map(({ bucketMs }, index) => {
      const buckets = this.#long[index] as Buckets;
      for (const [bucket, peers] of this.#fine)
        addPeers(peersOf(buckets, Math.floor((bucket * finest.bucketMs) / bucketMs)), peers);
      return buckets;
    });
    const fine = this.#fine;
    for (const [bucket, peers] of this.#onlyFine) addPeers(peersOf(fine, bucket), peers);
    this.clear();
    return [fine, ...sums];
  }

  clear(): void {
    this.#fine = new Map();
    this.#onlyFine = new Map();
    this.#long = coarser.map(() => new Map());
    this.#cells = 0;
    this.#bucket = Number.NaN;
  }
}

function peersOf(buckets: Buckets, bucket: number): Map<string, Cell> {
  const known = buckets.get(bucket);
  if (known !== undefined) return known;
  const peers = new Map<string, Cell>();
  buckets.set(bucket, peers);
  return peers;
}

function newCell(peers: Map<string, Cell>, peer: string): Cell {
  const cell = emptyCell();
  peers.set(peer, cell);
  return cell;
}

function undated(cell: Cell, { rx, tx }: { readonly rx: number; readonly tx: number }): void {
  cell.undatedRx += rx;
  cell.undatedTx += tx;
}

function addPeers(to: Map<string, Cell>, more: ReadonlyMap<string, Cell>): void {
  for (const [peer, cell] of more) addCell(to.get(peer) ?? newCell(to, peer), cell);
}

/** Evenly over the time; whole bytes, which add up to what there is. Plain numbers only: it runs for every sample that crosses a bucket. */
function spread({ since, until, rx, tx }: Span, bucketMs: number, cellAt: (bucket: number) => Cell): void {
  const wholeMs = until - since;
  let doneMs = 0;
  let doneRx = 0;
  let doneTx = 0;
  for (let bucket = Math.floor(since / bucketMs); doneMs < wholeMs; bucket++) {
    const endMs = Math.min((bucket + 1) * bucketMs, until) - since;
    const isLast = endMs === wholeMs;
    const endRx = isLast ? rx : Math.floor((rx * endMs) / wholeMs);
    const endTx = isLast ? tx : Math.floor((tx * endMs) / wholeMs);
    const cell = cellAt(bucket);
    cell.rx += endRx - doneRx;
    cell.tx += endTx - doneTx;
    cell.coveredMs += endMs - doneMs;
    doneMs = endMs;
    doneRx = endRx;
    doneTx = endTx;
  }
}
