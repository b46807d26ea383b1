// A double of the daemon's IPN bus: what its first message holds, who is told what, and who is cut off. Reference 6.4.
import type { ServerResponse } from "node:http";
import { Changes } from "../../main/platform/changes.ts";
import { QueuedAnswer } from "./queued-answer.ts";
import type { TailnetDouble } from "./tailnet-double.ts";

const bit = {
  engine: 1,
  initialState: 2,
  initialNetMap: 8,
  rateLimit: 256,
  peerChanges: 4_096,
  noNetMap: 8_192,
  initialStatus: 16_384,
  peerPatches: 32_768,
  inProcess: 65_536,
};
const queueLength = 128;

interface Watcher {
  readonly answer: QueuedAnswer;
  readonly response: ServerResponse;
  readonly mask: number;
}

export class BusDouble {
  readonly #tailnet: TailnetDouble;
  readonly #minor: number;
  #usedBy: string | undefined;
  readonly #watchers = new Set<Watcher>();
  readonly #changes = new Changes();
  readonly #never = new AbortController().signal;
  #opened = 0;

  constructor(tailnet: TailnetDouble, version: string, usedBy: string | undefined) {
    this.#tailnet = tailnet;
    this.#minor = Number(version.split(".")[1]);
    this.#usedBy = usedBy;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Resolves once it has been opened so many times. */
  async opened(times = 1): Promise<void> {
    while (this.#opened < times) await this.#changes.wait(this.#never);
  }

  open(response: ServerResponse, mask: number): void {
    const deltas = bit.peerChanges | bit.noNetMap | bit.initialStatus | bit.peerPatches;
    if ((mask & bit.inProcess) !== 0 || ((mask & bit.rateLimit) !== 0 && (mask & deltas) !== 0))
      return void response.writeHead(400).end("bad mask\n");
    const watcher: Watcher = { answer: new QueuedAnswer(response, this.#changes), response, mask };
    this.#watchers.add(watcher);
    response.on("close", () => {
      this.#watchers.delete(watcher);
      this.#changes.announce();
    });
    response.writeHead(200);
    watcher.answer.push(`${JSON.stringify(this.#first(watcher))}\n`);
    this.#opened += 1;
    this.#changes.announce();
  }

  #first({ mask }: Watcher): object {
    const tailnet = this.#tailnet;
    if (this.#usedBy !== undefined)
      return tailnet.notify({ State: 1, ErrMessage: `Tailscale already in use by ${this.#usedBy}, pid 4711` });
    return tailnet.notify({
      ...((mask & bit.initialState) !== 0 ? { SessionID: "d41d8cd98f00b204", State: tailnet.state } : {}),
      ...((mask & bit.initialStatus) !== 0 && this.#minor >= 100 ? { InitialStatus: tailnet.status() } : {}),
      ...((mask & bit.initialNetMap) !== 0 ? { NetMap: tailnet.netMap() } : {}),
    });
  }

  /** The user who had it has stopped: those who were held hear of the daemon's state. */
  freed(): void {
    this.#usedBy = undefined;
    this.send(this.#tailnet.notify({ State: this.#tailnet.state }));
  }

  /** Tells every watcher what its mask and the daemon's version let through. */
  send(message: object): void {
    for (const watcher of this.#watchers) {
      const passed = this.#passed(message, watcher);
      if (passed !== undefined) this.#queue(watcher, `${JSON.stringify(passed)}\n`);
    }
  }

  /** As before, but cut into pieces of so many bytes wherever that falls. */
  sendInPieces(message: object, pieceBytes: number): void {
    const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
    const pieces = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, at) =>
      bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes),
    );
    for (const { answer } of this.#watchers) answer.push(...pieces);
  }

  /** Bytes that no daemon would send. */
  sendRaw(text: string): void {
    for (const { answer } of this.#watchers) answer.push(text);
  }

  /** Closes every watch, as a daemon that stops does. */
  close(): void {
    for (const { response } of this.#watchers) response.destroy();
  }

  /** The last message of a watch whose reader is too slow. */
  cutOff(): void {
    for (const watcher of this.#watchers) this.#cutOff(watcher);
  }

  #cutOff({ answer }: Watcher): void {
    const ErrMessage = "IPN bus consumer fell behind; closing watch";
    answer.push(`${JSON.stringify(this.#tailnet.notify({ ErrMessage }))}\n`);
    answer.end();
  }

  #queue(watcher: Watcher, line: string): void {
    if (watcher.answer.length < queueLength) watcher.answer.push(line);
    else {
      this.#watchers.delete(watcher);
      this.#cutOff(watcher);
    }
  }

  #passed(message: object, { mask }: Watcher): object | undefined {
    const isDelta = ["PeersChanged", "PeersRemoved", "PeerChangedPatch"].some((name) => name in message);
    if (!isDelta)
      return "Engine" in message && message.Engine !== null && (mask & bit.engine) === 0 ? undefined : message;
    if (this.#minor < 98) return this.#tailnet.notify({ NetMap: this.#tailnet.netMap() });
    if ((mask & (bit.peerChanges | bit.peerPatches)) === 0) return undefined;
    return message;
  }
}
