// Why the history cannot be written or read: the disk refuses, which passes, or what is stored is no history, which does not.

/** What is stored is not what was written: only setting it aside helps. */
export class DamagedError extends Error {
  override readonly name = "DamagedError";
}

export type Trouble =
  | { readonly kind: "damaged"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string };

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html. */
const refusals: ReadonlyMap<number, string> = new Map([
  [3, "it may not be written to"],
  [5, "another program holds it locked"],
  [6, "another program holds it locked"],
  [7, "there is not enough memory"],
  [8, "it may not be written to"],
  [10, "the disk reports an input/output error"],
  [13, "the disk is full"],
  [14, "it cannot be opened"],
]);
const primaryCode = 0xff;

/** What `error`, which opening, reading or writing the history ended in, means. Whatever SQLite does not blame on the disk is damage. */
export function troubleOf(error: unknown): Trouble {
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string };
  const refusal = errcode === undefined ? undefined : refusals.get(errcode & primaryCode);
  if (refusal !== undefined) return { kind: "refused", reason: refusal };
  if (errcode !== undefined || error instanceof DamagedError)
    return { kind: "damaged", reason: message ?? "it cannot be read" };
  // The file system, before SQLite: making, renaming or looking at the file.
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return { kind: "refused", reason: message ?? code };
  throw error; // A bug, not the disk.
}
