// `node test/soak/catcher-fuzz.ts [seconds] [seed]`: a catcher in a process of its own, under requests that nobody would send, beside clients that
// send as they should. It must not end, hang, grow or answer 500; and what it answered 200 for is on its disk, once.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { findLogs } from "../../log/find-logs.ts";
import { entryLines } from "../../log/frame-codec.ts";
import { publicIdOf } from "../../log/public-id.ts";
import { readStored } from "../../log/read-stored.ts";
import { verifyLog } from "../../log/verify.ts";
import { chainOf } from "../support/frames.ts";
import { logtailBatch, logtailEntry, testCollection } from "../support/logtail-client.ts";
import { type HostileBytes, type HostileRequest, hostileRequest } from "./hostile-requests.ts";

export interface FuzzOptions {
  readonly folder: string;
  readonly seconds: number;
  readonly seed: number;
}

export interface FuzzReport {
  readonly requests: number;
  /** How often each status was the answer; 0 = none. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Entries of the clients that send as they should. */
  readonly entries: number;
  /** Most memory that the catcher had, in MiB; undefined where the system does not say. */
  readonly peakMiB: number | undefined;
}

/** No answer takes so long, on however slow a machine. */
const hangMs = 60_000;
/** Node, the limit on the memory of requests, and what the garbage collector leaves lying about. */
const mostMiB = 640;

/** @throws with the seed and the request when the catcher does not bear it. */
export async function fuzzCatcher({ folder, seconds, seed }: FuzzOptions): Promise<FuzzReport> {
  const run = new Run(folder);
  try {
    await run.start();
    const together = fc.array(hostileRequest, { minLength: 1, maxLength: 6 });
    let last: Promise<unknown> = Promise.resolve(); // When the time is over, fast-check leaves the last run to itself.
    const property = fc.asyncProperty(together, async (requests) => {
      last = Promise.all([...requests.map((each) => run.send(each)), run.behave()]);
      await last;
      await run.isAlive();
    });
    const until = { interruptAfterTimeLimit: seconds * 1_000, numRuns: Number.MAX_SAFE_INTEGER };
    await fc.assert(property, { ...until, seed, endOnFailure: true });
    await last;
    return await run.judge();
  } catch (cause) {
    throw new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}\n${run.fate()}`, {
      cause,
    });
  } finally {
    run.child?.kill("SIGKILL");
  }
}

class Run {
  child: ChildProcess | undefined;
  #stderr = "";
  #url = "";
  readonly #folder: string;
  readonly #statuses: Record<number, number> = {};
  #requests = 0;
  readonly #behaved = randomBytes(32).toString("hex");
  #acked = 0;
  readonly #chain = chainOf(Array<number>(50).fill(1), "d".repeat(32));
  #ackedFrames = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(): Promise<void> {
    const program = fileURLToPath(new URL("../support/catcher-child.ts", import.meta.url));
    const generous = ["--requests-per-instance", "1000000", "--bytes-per-instance", "1T"];
    const args = ["--dir", this.#folder, "--listen", "127.0.0.1:0", ...generous];
    const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.child = child;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    this.#url = (JSON.parse(line) as { listening: string }).listening;
  }

  /** What has become of the catcher. */
  fate(): string {
    const { exitCode, signalCode } = this.child ?? {};
    return `the catcher ${exitCode ?? signalCode ?? "runs"}, stderr: ${this.#stderr.slice(-5_000)}`;
  }

  async send(request: HostileRequest): Promise<void> {
    const id = "7".repeat(64);
    switch (request.kind) {
      case "upload": {
        const { status } = await this.#post(`/c/${testCollection}/${id}?copyId=${"8".repeat(64)}`, request);
        if (status !== 200) throw new Error(`an upload was answered ${status}: its client would send it for ever`);
        return;
      }
      case "frames": {
        const headers = { ...request.headers, authorization: `Bearer ${id}` };
        const { status, body } = await this.#post("/v1/frames", { ...request, headers });
        if (![200, 400, 409, 413].includes(status)) throw new Error(`frames were answered ${status}: ${body}`);
        return;
      }
      case "bytes":
        return this.#sendBytes(request);
    }
  }

  /** Uploads as a tailscaled does, and frames as an agent does: each batch again, behind the one before. */
  async behave(): Promise<void> {
    const entries = [this.#acked, this.#acked + 1, this.#acked + 2]
      .filter((seq) => seq > 0)
      .map((seq) => logtailEntry(seq));
    const upload = { body: Buffer.from(logtailBatch(...entries)), headers: {} };
    const uploaded = await this.#post(`/c/${testCollection}/${this.#behaved}`, upload);
    const frames = this.#chain.slice(Math.max(0, this.#ackedFrames - 1), this.#ackedFrames + 1);
    const native = { authorization: `Bearer ${this.#behaved}`, "content-encoding": "zstd" };
    const sent = await this.#post("/v1/frames", {
      body: Buffer.concat(frames.map(({ bytes }) => bytes)),
      headers: native,
    });
    if (uploaded.status !== 200 || sent.status !== 200)
      throw new Error(`a client that behaves was answered ${uploaded.status} and ${sent.status}: ${sent.body}`);
    this.#acked += 2;
    this.#ackedFrames = Math.min(this.#chain.length, this.#ackedFrames + 1);
  }

  async #post(
    where: string,
    { body, headers }: { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> },
  ): Promise<{ readonly status: number; readonly body: string }> {
    const request = http.request(`${this.#url}${where}`, { method: "POST", headers, timeout: hangMs, agent: false });
    request.on("timeout", () => request.destroy(new Error("there was no answer: the catcher hangs")));
    const answered = once(request, "response");
    request.end(body);
    const [response] = (await answered) as [http.IncomingMessage];
    let said = "";
    for await (const chunk of response) said += chunk;
    const status = response.statusCode ?? 0;
    this.#count(status);
    return { status, body: said };
  }

  async #sendBytes({ bytes, isReset }: HostileBytes): Promise<void> {
    const socket = net.connect(Number(new URL(this.#url).port), "127.0.0.1");
    let answer = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
    });
    // A connection that is reset is one that is closed.
    const closed = new Promise<void>((resolve) => {
      socket.on("close", () => resolve());
    });
    if (isReset) socket.write(bytes, () => socket.resetAndDestroy());
    else socket.end(bytes);
    await closed;
    for (const [, status] of answer.matchAll(/HTTP\/1\.1 (\d+)/g)) this.#count(Number(status));
    if (/HTTP\/1\.1 5/.test(answer)) throw new Error(`bytes were answered ${answer.slice(0, 300)}`);
  }

  #count(status: number): void {
    this.#requests += 1;
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
  }

  async isAlive(): Promise<void> {
    const response = await fetch(`${this.#url}/healthz`, { signal: AbortSignal.timeout(hangMs) });
    await response.text();
    if (response.status !== 200) throw new Error(`/healthz answers ${response.status}; stderr: ${this.#stderr}`);
  }

  async judge(): Promise<FuzzReport> {
    const metrics = await (await fetch(`${this.#url}/metrics`)).text();
    const held = /^gristmill_catcher_request_memory_bytes (\d+)$/m.exec(metrics)?.[1];
    if (held !== "0") throw new Error(`requests that are over still hold ${held} bytes`);
    const peakMiB = this.#peakMiB();
    if (peakMiB !== undefined && peakMiB > mostMiB) throw new Error(`the catcher grew to ${peakMiB} MiB`);
    this.child?.kill("SIGTERM");
    const [code] = await once(this.child as ChildProcess, "close");
    if (code !== 0 || this.#stderr !== "") throw new Error(`it ended with ${code} and said: ${this.#stderr}`);
    await this.#judgeStore();
    return { requests: this.#requests, statuses: this.#statuses, entries: this.#acked + this.#ackedFrames, peakMiB };
  }

  async #judgeStore(): Promise<void> {
    for (const log of await findLogs(this.#folder)) {
      const { faults } = await verifyLog(log);
      if (faults.length > 0) throw new Error(`${log.name} is not whole: ${JSON.stringify(faults)}`);
    }
    const expected = [
      ...Array.from({ length: this.#acked }, (_, at) => logtailEntry(at + 1)),
      ...this.#chain.slice(0, this.#ackedFrames).flatMap(entryLines),
    ];
    const stored: string[] = [];
    for (const log of await findLogs(path.join(this.#folder, "instances", publicIdOf(this.#behaved))))
      for await (const piece of readStored(log)) if (piece.kind === "frame") stored.push(...entryLines(piece.frame));
    if (JSON.stringify(stored.toSorted()) !== JSON.stringify(expected.toSorted()))
      throw new Error(
        `${expected.length} entries were acknowledged, ${stored.length} are stored, and they are not the same`,
      );
  }

  #peakMiB(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.child?.pid}/status`, "utf8");
      return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1_024);
    } catch {
      return undefined;
    }
  }
}

if (process.argv[1] === import.meta.filename) {
  const [seconds = 600, seed = Date.now() % 1_000_000] = process.argv.slice(2, 4).map(Number);
  const folder = mkdtempSync(path.join(tmpdir(), "gristmill-fuzz-"));
  console.log(`${seconds} seconds, seed ${seed}, in ${folder}`);
  console.log(JSON.stringify(await fuzzCatcher({ folder, seconds, seed })));
  rmSync(folder, { recursive: true });
}
