// What a log is filed under. Logtail clients name a collection in the address that they upload to; frames name none and have one of their own.
import { createHash } from "node:crypto";

/**
 * A name as logtail's API allows it; at most as long as a domain name, and nothing that could be an ID: names are written down and shown,
 * and a private ID that a mistaken client puts in the name's place must not be.
 */
export const collectionName = /^(?![0-9a-fA-F]{64}$)[a-zA-Z0-9_.-]{1,253}$/;

/** The collection of what comes in frames. */
export const framesCollection = "gristmill";

/** The cursor that counts what a collection's clients sent. */
export function sourceOf(collection: string): string {
  return `logtail/${collection}`;
}

export function collectionOf(source: string): string | undefined {
  return source.startsWith("logtail/") ? source.slice("logtail/".length) : undefined;
}

/** An instance has one stream for each collection that it writes to. Its name follows from the collection's, so that it needs no keeping. */
export function streamOf(collection: string): string {
  return createHash("sha256").update(sourceOf(collection)).digest("hex").slice(0, 32);
}
