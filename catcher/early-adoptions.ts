// Adoptions of instances that have not sent anything yet. They are kept by the SHA-256 of what was given for their public ID: should that be
// a private ID by mistake, then it is not written down.
import path from "node:path";
import { z } from "zod";
import type { Disk } from "../log/disk.ts";
import { publicIdOf } from "../log/public-id.ts";
import { hashSchema } from "../shared/frame.ts";

const fileName = "adoptions.json";
const fileSchema = z.object({
  version: z.literal(1),
  adoptions: z.array(z.object({ of: hashSchema, collection: z.string(), at: z.iso.datetime() })),
});
type Adoption = z.infer<typeof fileSchema>["adoptions"][number];

export class EarlyAdoptions {
  readonly #disk: Disk;
  readonly #dir: string;
  /** One change at a time. */
  #adoptions: Promise<readonly Adoption[]> | undefined;

  constructor({ disk, dir }: { readonly disk: Disk; readonly dir: string }) {
    this.#disk = disk;
    this.#dir = dir;
  }

  /** Since when the instance is adopted in `collection`. */
  async find(id: string, collection: string): Promise<string | undefined> {
    return (await this.#all()).find(isFor(id, collection))?.at;
  }

  /** Resolves once it is durable. */
  async add(id: string, collection: string, at: string): Promise<void> {
    await this.#change((all) =>
      all.some(isFor(id, collection)) ? all : [...all, { of: publicIdOf(id), collection, at }],
    );
  }

  async remove(id: string, collection: string): Promise<void> {
    const isIt = isFor(id, collection);
    await this.#change((all) => all.filter((adoption) => !isIt(adoption)));
  }

  #all(): Promise<readonly Adoption[]> {
    if (this.#adoptions !== undefined) return this.#adoptions;
    const reading = this.#read();
    this.#adoptions = reading;
    reading.catch(() => {
      if (this.#adoptions === reading) this.#adoptions = undefined; // It may be read later.
    });
    return reading;
  }

  async #change(change: (all: readonly Adoption[]) => readonly Adoption[]): Promise<void> {
    const changing = this.#all().then(async (all) => {
      const adoptions = change(all);
      const text = `${JSON.stringify({ version: 1, adoptions })}\n`;
      if (adoptions !== all) await this.#disk.replace(path.join(this.#dir, fileName), text);
      return adoptions;
    });
    this.#adoptions = changing;
    try {
      await changing;
    } catch (error) {
      this.#adoptions = undefined; // The disk says what holds.
      throw error;
    }
  }

  async #read(): Promise<readonly Adoption[]> {
    if (!(await this.#disk.list(this.#dir)).includes(fileName)) return [];
    const file = path.join(this.#dir, fileName);
    const text = (await this.#disk.read(file)).toString("utf8");
    try {
      return fileSchema.parse(JSON.parse(text)).adoptions;
    } catch {
      console.error(`${file} cannot be understood; who was adopted before sending anything has to be adopted again.`);
      return [];
    }
  }
}

function isFor(id: string, collection: string): (adoption: Adoption) => boolean {
  const of = publicIdOf(id);
  return (adoption) => adoption.of === of && adoption.collection === collection;
}
