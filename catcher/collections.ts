// The collections that the operator has made. Others come to be when something is uploaded to them: stock clients name collections of their
// own and would send for ever to a catcher that wants them registered first.
import path from "node:path";
import { z } from "zod";
import type { Disk } from "../log/disk.ts";
import { framesCollection } from "./collection.ts";
import type { Instance } from "./instance.ts";
import type { Instances } from "./instances.ts";

const fileName = "collections.json";
const fileSchema = z.object({ version: z.literal(1), collections: z.array(z.string()) });

export interface CollectionsOptions {
  readonly disk: Disk;
  /** The catcher's folder. */
  readonly dir: string;
  readonly instances: Instances;
}

export class Collections {
  readonly #options: CollectionsOptions;
  /** One change at a time. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: CollectionsOptions) {
    this.#options = options;
  }

  /** Every collection with its instances. */
  async all(): Promise<ReadonlyMap<string, readonly Instance[]>> {
    const all = new Map<string, Instance[]>((await this.#made()).map((name) => [name, []]));
    for (const instance of await this.#options.instances.all()) {
      for (const name of instance.collections.keys()) {
        const own = all.get(name);
        if (own === undefined) all.set(name, [instance]);
        else own.push(instance);
      }
    }
    return all;
  }

  async has(name: string): Promise<boolean> {
    if (name === framesCollection || (await this.#made()).includes(name)) return true;
    // Of ten thousand instances one is enough, and it is likely to be among those that were looked at before.
    for await (const instance of this.#options.instances.each()) if (instance.collections.has(name)) return true;
    return false;
  }

  /** Resolves once it is durable. */
  create(name: string): Promise<void> {
    return this.#change((made) => [...new Set([...made, name])]);
  }

  /** Resolves once it is durable. */
  remove(name: string): Promise<void> {
    return this.#change((made) => made.filter((other) => other !== name));
  }

  #change(change: (made: readonly string[]) => readonly string[]): Promise<void> {
    const { disk, dir } = this.#options;
    const changed = this.#changing.then(async () => {
      const collections = change(await this.#made());
      await disk.replace(path.join(dir, fileName), `${JSON.stringify({ version: 1, collections })}\n`);
    });
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  async #made(): Promise<readonly string[]> {
    const { disk, dir } = this.#options;
    if (!(await disk.list(dir)).includes(fileName)) return [];
    const file = path.join(dir, fileName);
    const text = (await disk.read(file)).toString("utf8");
    try {
      return fileSchema.parse(JSON.parse(text)).collections;
    } catch {
      console.error(`${file} cannot be understood; collections that hold nothing have to be made again.`);
      return [];
    }
  }
}
