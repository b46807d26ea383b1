// Who has sent what, and who is to be kept. In memory once asked for; what has to survive is in the instances' records.
import path from "node:path";
import { hashSchema } from "../shared/frame.ts";
import { EarlyAdoptions } from "./early-adoptions.ts";
import { Instance, recordFile } from "./instance.ts";
import { type InstancesPlace, readInstance } from "./read-instance.ts";
import { instanceFolder, instancesFolder } from "./streams.ts";

export interface InstancesOptions extends InstancesPlace {
  /** Whoever comes is kept: there is nobody who could adopt. */
  readonly keepsAll: boolean;
}

/** The disk answers several at once sooner than one after the other, and uploads have to get their turn. */
const readsAtATime = 8;

/** The methods that write are for whoever has the instance alone (see holds.ts). */
export class Instances {
  readonly #options: InstancesOptions;
  readonly #early: EarlyAdoptions;
  readonly #known = new Map<string, Promise<Instance | undefined>>();
  readonly #present = new Map<string, Instance>();

  constructor(options: InstancesOptions) {
    this.#options = options;
    this.#early = new EarlyAdoptions(options);
  }

  /** The instance with this public ID; undefined where it has neither sent anything nor been adopted. */
  find(id: string): Promise<Instance | undefined> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const reading = readInstance(this.#options, id);
    this.#known.set(id, reading);
    reading.then(
      (instance) => {
        if (this.#known.get(id) !== reading) return;
        if (instance === undefined)
          this.forget(id); // It may be made.
        else this.#present.set(id, instance);
      },
      () => this.#known.get(id) === reading && this.forget(id), // It may be read later.
    );
    return reading;
  }

  /** The instance, if it was found or made before. */
  present(id: string): Instance | undefined {
    return this.#present.get(id);
  }

  /** Every instance, by public ID; those that were found so far where `signal` aborts. */
  async all(signal?: AbortSignal): Promise<readonly Instance[]> {
    const { disk, dir } = this.#options;
    const ids = (await disk.list(instancesFolder(dir))).filter((id) => hashSchema.safeParse(id).success);
    const found: (Instance | undefined)[] = [];
    for (let at = 0; at < ids.length && !signal?.aborted; at += readsAtATime)
      found.push(...(await Promise.all(ids.slice(at, at + readsAtATime).map((id) => this.find(id)))));
    return found.filter((instance) => instance !== undefined);
  }

  /** Every instance, those in memory first. */
  async *each(): AsyncGenerator<Instance> {
    const seen = new Set(this.#present.values());
    yield* seen;
    for (const instance of await this.all()) if (!seen.has(instance)) yield instance;
  }

  /** The instance writes to `collection` for the first time. Resolves once a crash cannot make anybody believe that it is to be kept when it is not. */
  async arrive(id: string, collection: string): Promise<void> {
    const known = await this.find(id);
    if (known?.collections.has(collection)) return;
    const firstSeen = this.#time();
    const instance = known ?? new Instance(id);
    const adopted = await this.#early.find(id, collection);
    if (known === undefined && this.#options.keepsAll) instance.kept = firstSeen;
    instance.collections.set(collection, { firstSeen, adopted });
    if (instance.kept === undefined) await this.#write(instance);
    this.#known.set(id, Promise.resolve(instance));
    this.#present.set(id, instance);
    if (adopted !== undefined) await this.#early.remove(id, collection);
  }

  /** What it holds in `collection`, and will hold, is kept from now on, and it may send again if it was revoked. */
  async adopt(id: string, collection: string): Promise<void> {
    const instance = await this.find(id);
    if (instance === undefined) return this.#early.add(id, collection, this.#time());
    const before = instance.collections.get(collection);
    const adopted = before?.adopted ?? this.#time();
    instance.collections.set(collection, { firstSeen: before?.firstSeen ?? adopted, adopted });
    instance.revoked = undefined;
    await this.#write(instance);
  }

  /** Nothing is taken from it any more. */
  async revoke(instance: Instance): Promise<void> {
    instance.revoked ??= this.#time();
    await this.#write(instance);
  }

  /** Counts segments that were deleted for its age or for want of space. */
  async retired(instance: Instance, segments: number, bytes: number): Promise<void> {
    instance.retired = { segments: instance.retired.segments + segments, bytes: instance.retired.bytes + bytes };
    await this.#write(instance);
  }

  /** The instance leaves `collection`. */
  async leave(instance: Instance, collection: string): Promise<void> {
    instance.collections.delete(collection);
    await this.#write(instance);
  }

  /** Its folder is gone, or what is in memory may be wrong: it is read again. */
  forget(id: string): void {
    this.#known.delete(id);
    this.#present.delete(id);
  }

  async #write(instance: Instance): Promise<void> {
    const { disk, dir } = this.#options;
    const folder = instanceFolder(dir, instance.id);
    try {
      await disk.makeFolder(folder);
      await disk.replace(path.join(folder, recordFile), `${JSON.stringify(instance.record)}\n`);
    } catch (error) {
      this.forget(instance.id); // The disk says what holds.
      throw error;
    }
  }

  #time(): string {
    return new Date(this.#options.now()).toISOString();
  }
}
