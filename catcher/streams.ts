// The streams that are open. Nothing is opened before it is asked for, so a start takes no longer with ten thousand instances than with
// none. Every part of a path is checked here, whoever asks.
import path from "node:path";
import type { Disk } from "../log/disk.ts";
import { FrameLog } from "../log/frame-log.ts";
import { Quarantine } from "../log/quarantine.ts";
import { hashSchema, streamSchema } from "../shared/frame.ts";
import { Archive } from "./archive.ts";
import type { StoreFiles } from "./files.ts";
import { type Stamps, StreamStamps } from "./stamps.ts";
import { StreamLog } from "./stream-log.ts";

export interface StreamName {
  /** Public ID. */
  readonly instance: string;
  readonly stream: string;
}

/** Where the instances stand below the catcher's folder. */
export function instancesFolder(dir: string): string {
  return path.join(dir, "instances");
}

/** Where packed twins wait for their segments' places: see packing.ts. */
export function packingFolder(dir: string): string {
  return path.join(dir, "packed");
}

/** Where one instance stands. @throws where `instance` is no public ID. */
export function instanceFolder(dir: string, instance: string): string {
  return path.join(instancesFolder(dir), hashSchema.parse(instance));
}

/** Where one stream stands. @throws where the name is none. */
export function streamFolder(dir: string, { instance, stream }: StreamName): string {
  return path.join(instanceFolder(dir, instance), streamSchema.parse(stream));
}

/**
 * A log that is open costs a file handle, the header of its newest frame and the places of the frames in its last segment; to open one takes as long
 * as ten commits.
 */
const defaultOpenStreams = 2_048;
/** A stream with more than this in its newest header is not kept open: whoever sends such headers must not fill the memory with them. */
const keptCharacters = 16 * 1024;

export interface StreamsOptions {
  readonly disk: Disk;
  readonly files: StoreFiles;
  readonly dir: string;
  readonly stamps: Stamps;
  /** At most this many streams are open at a time, besides those that are at work. */
  readonly openStreams: number | undefined;
  /** Size of new segments; undefined for the default. */
  readonly segmentBytes: (name: StreamName) => number | undefined;
  /** @param bytes on disk that came to the stream. @param segments it has now. */
  readonly stored: (name: StreamName, bytes: number, segments: number) => void;
}

interface OpenStream {
  readonly name: StreamName;
  readonly opening: Promise<StreamLog>;
  opened: StreamLog | undefined;
  /** Who is at work. A stream is closed only while nobody is, so nothing is ever written to it twice at a time. */
  users: number;
}

export class Streams {
  readonly #options: StreamsOptions;
  /** By folder; least recently used first. */
  readonly #streams = new Map<string, OpenStream>();

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /** Runs `work` on a stream, which is opened for it where it is not open. @throws what opening or `work` throws. */
  async use<T>(name: StreamName, work: (stream: StreamLog) => Promise<T>): Promise<T> {
    const key = streamFolder(this.#options.dir, name);
    const stream = this.#streams.get(key) ?? this.#begin(name);
    this.#streams.delete(key);
    this.#streams.set(key, stream);
    stream.users += 1;
    try {
      return await work(await stream.opening);
    } catch (error) {
      // Where it could not be opened the next one tries again, unless one has done so already.
      if (stream.opened === undefined && this.#streams.get(key) === stream) this.#streams.delete(key);
      throw error;
    } finally {
      stream.users -= 1;
      if (stream.users === 0 && (stream.opened?.heldCharacters ?? 0) > keptCharacters) await this.#close(key, stream);
      await this.#closeUnused(this.#options.openStreams ?? defaultOpenStreams);
    }
  }

  /** The stream, if it is open. */
  opened(name: StreamName): StreamLog | undefined {
    return this.#streams.get(streamFolder(this.#options.dir, name))?.opened;
  }

  /** Closes the streams of an instance. Whoever calls this keeps others from using them meanwhile. */
  async closeInstance(instance: string): Promise<void> {
    for (const [key, stream] of this.#streams) {
      if (stream.name.instance !== instance) continue;
      this.#streams.delete(key);
      await (await stream.opening).close();
    }
  }

  #begin(name: StreamName): OpenStream {
    const stream: OpenStream = { name, opening: this.#open(name), opened: undefined, users: 0 };
    stream.opening.then(
      (opened) => {
        stream.opened = opened;
      },
      () => undefined, // Whoever uses it is told.
    );
    return stream;
  }

  async #open(name: StreamName): Promise<StreamLog> {
    const { disk, files, dir, stamps, segmentBytes, stored } = this.#options;
    const folder = streamFolder(dir, name);
    const quarantine = await Quarantine.open(
      disk,
      path.join(instanceFolder(dir, name.instance), "quarantine", name.stream),
    );
    const known = quarantine.after(0).length;
    const ofSize = segmentBytes(name);
    // Nobody reads a stream here while it grows, so no frame but the newest is worth its memory.
    const size = ofSize === undefined ? {} : { segmentBytes: ofSize };
    const log = await FrameLog.open({ disk, folder, quarantine, recentBytes: 0, ...size });
    for (const { reason, file } of quarantine.after(0).slice(known)) {
      if (reason === "torn") continue; // Never acknowledged: its client has it and sends it again.
      console.error(`The disk damaged frames in ${folder}; their bytes are in ${path.join(quarantine.folder, file)}.`);
    }
    try {
      await log.sync();
      return await StreamLog.open({
        disk,
        files,
        folder,
        log,
        archive: await Archive.open(disk, folder),
        stamps: new StreamStamps({ folder, files, stamps }),
        stored: (bytes, segments) => stored(name, bytes, segments),
      });
    } catch (error) {
      await log.close();
      throw error;
    }
  }

  async #closeUnused(most: number): Promise<void> {
    for (const [key, stream] of this.#streams) {
      if (this.#streams.size <= most) return;
      if (stream.users === 0) await this.#close(key, stream);
    }
  }

  async #close(key: string, stream: OpenStream): Promise<void> {
    if (this.#streams.get(key) === stream) this.#streams.delete(key);
    await (await stream.opening).close();
  }

  /** Closes every stream. Whoever calls this takes no more deliveries and has waited for those at work. */
  async close(): Promise<void> {
    await this.#closeUnused(0);
  }
}
