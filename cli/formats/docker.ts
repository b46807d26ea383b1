// Docker's json-file: a record for each line that a container wrote, or for each 16 KiB of it. docs.docker.com, "JSON File logging driver".
import type { Entry } from "../../shared/entry.ts";
import type { Format, PlacedEntry } from "./format.ts";
import { longestLine } from "./lines.ts";
import { objectsOf } from "./logtail.ts";

/** Puts together what was written in pieces: one line of each of the container's two streams at most is held. */
class DockerLines {
  readonly #unfinished = new Map<string, string>();

  take({ entry, at }: PlacedEntry): PlacedEntry | undefined {
    const { log, stream, time } = entry;
    if (typeof log !== "string") return { entry, at };
    const name = stream === "stdout" ? "stdout" : "stderr";
    const text = (this.#unfinished.get(name) ?? "") + log;
    if (!log.endsWith("\n") && text.length < longestLine) {
      this.#unfinished.set(name, text);
      return undefined;
    }
    this.#unfinished.delete(name);
    return { entry: lineEntry(text, time), at };
  }

  /** The last words of a container have no newline. */
  end(at: number): PlacedEntry[] {
    return [...this.#unfinished.values()].map((text) => ({ entry: lineEntry(text, undefined), at }));
  }
}

function lineEntry(text: string, time: unknown): Entry {
  return { logtail: typeof time === "string" ? { client_time: time } : {}, text: text.replace(/\n$/, "") };
}

export const docker: Format = {
  name: "docker",
  begins: (head) => /^\s*\{"log":"/.test(head),
  async *entries(bytes) {
    const lines = new DockerLines();
    let at = 0;
    for await (const batch of objectsOf(bytes)) {
      at = batch.at(-1)?.at ?? at;
      yield { kind: "entries", entries: batch.flatMap((placed) => lines.take(placed) ?? []) };
    }
    yield { kind: "entries", entries: lines.end(at) };
  },
};
