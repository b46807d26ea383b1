// What the user said about each destination: <data dir>/consent.json. A yes is durable before anything leaves for it.
//
//   {"answers":[{"destination":"https://catcher.example.com","answer":"yes","at":"…","by":"window","text":1}],
//    "paused":[{"destination":"…","at":"…"}]}
//
// A yes to an earlier version of the text counts no more. A file that cannot be understood may have said "paused": until somebody says otherwise
// every destination is.
import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import type { Disk } from "../../log/disk.ts";
import { consentVersion } from "../../shared/consent.ts";
import { type Consent, consentSchema } from "../../shared/rpc/shapes.ts";
import type { Clock } from "../platform/clock.ts";

const answerSchema = consentSchema.extend({
  destination: z.string(),
  answer: z.enum(["yes", "no"]),
  /** The version of the text that was read. */
  text: z.int(),
});
const consentsSchema = z.object({
  answers: z.array(answerSchema),
  paused: z.array(z.object({ destination: z.string(), at: z.iso.datetime() })),
});
type Stored = z.infer<typeof consentsSchema>;

export interface ConsentsOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly dataDir: string;
  /** Those that there are now. */
  readonly destinations: readonly string[];
}

export class Consents {
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #file: string;
  #stored: Stored;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor({ disk, clock }: ConsentsOptions, file: string, stored: Stored) {
    this.#disk = disk;
    this.#clock = clock;
    this.#file = file;
    this.#stored = stored;
  }

  /** Never rejects: what cannot be read, or not be understood, is said. */
  static async open(options: ConsentsOptions): Promise<Consents> {
    const { disk, clock, dataDir, destinations } = options;
    const file = path.join(dataDir, "consent.json");
    try {
      const stored = consentsSchema.parse(JSON.parse((await disk.read(file)).toString("utf8")));
      return new Consents(options, file, stored);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT") return new Consents(options, file, { answers: [], paused: [] });
      const kept = await keepAside(disk, dataDir, file);
      console.warn(
        `${file} cannot be ${code === undefined ? "understood" : `read (${code})`}, so it is not known whether sending was paused. It is paused now; resume it in the window.${kept}`,
      );
      const at = new Date(clock.now()).toISOString();
      const paused = destinations.map((destination) => ({ destination, at }));
      return new Consents(options, file, { answers: [], paused });
    }
  }

  /** Who said yes, and when; undefined where nobody did to the text as it is now. */
  agreed(destination: string): Consent | undefined {
    const answer = this.#answer(destination);
    return answer?.answer === "yes" && answer.text === consentVersion ? { at: answer.at, by: answer.by } : undefined;
  }

  isDeclined(destination: string): boolean {
    return this.#answer(destination)?.answer === "no";
  }

  isPaused(destination: string): boolean {
    return this.#stored.paused.some((each) => each.destination === destination);
  }

  #answer(destination: string): Stored["answers"][number] | undefined {
    return this.#stored.answers.find((each) => each.destination === destination);
  }

  /** The user's answer in the window. Resolves once it is durable. @throws when it cannot be written; it does not count then. */
  answer(destination: string, agree: boolean): Promise<void> {
    return this.#change(this.#answered(destination, agree ? "yes" : "no", "window"));
  }

  /** Whoever runs it with `destination` on the command line says yes by that. Counts at once. @throws when it cannot be noted: it counts for this run. */
  async agreeByRunning(destination: string): Promise<void> {
    const agreed = this.#answered(destination, "yes", "command line");
    this.#stored = agreed(this.#stored);
    await this.#change(agreed);
  }

  #answered(destination: string, answer: "yes" | "no", by: Consent["by"]): (stored: Stored) => Stored {
    const given = { destination, answer, at: this.#now(), by, text: consentVersion };
    return ({ answers, paused }) => ({ paused, answers: [...others(answers, destination), given] });
  }

  /** Counts at once. Resolves once it is durable. @throws when it cannot be written: then it counts until the next start. */
  async pause(destination: string): Promise<void> {
    const at = this.#now();
    const paused = (stored: Stored) => ({
      ...stored,
      paused: [...others(stored.paused, destination), { destination, at }],
    });
    this.#stored = paused(this.#stored);
    await this.#change(paused);
  }

  /** Resolves once it is durable. @throws when it cannot be written; it stays paused then. */
  resume(destination: string): Promise<void> {
    return this.#change((stored) => ({ ...stored, paused: others(stored.paused, destination) }));
  }

  #now(): string {
    return new Date(this.#clock.now()).toISOString();
  }

  /** One at a time, each on what the one before left. */
  #change(change: (stored: Stored) => Stored): Promise<void> {
    const changed = this.#writing.then(async () => {
      const stored = change(this.#stored);
      await this.#disk.replace(this.#file, `${JSON.stringify(stored)}\n`);
      this.#stored = stored;
    });
    this.#writing = changed.catch(() => undefined);
    return changed;
  }
}

/** The next answer replaces the file. @returns a sentence that says where what it held is kept. */
async function keepAside(disk: Disk, dataDir: string, file: string): Promise<string> {
  try {
    const text = await disk.read(file);
    const aside = `consent-damaged-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.json`;
    await disk.replace(path.join(dataDir, aside), text);
    return ` What it held is kept in ${aside}.`;
  } catch {
    return ""; // Nobody can read it, or a disk takes no copy; the file itself is there until somebody answers.
  }
}

function others<T extends { readonly destination: string }>(rows: readonly T[], destination: string): T[] {
  return rows.filter((row) => row.destination !== destination);
}
