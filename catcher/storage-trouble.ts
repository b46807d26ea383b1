// What the disk's refusal means: for the client a status and when to come back, for the operator a sentence, said once.

export interface StorageRefusal {
  readonly status: 403 | 503 | 507;
  readonly retryAfterSeconds: number;
  /** For the client: it says nothing about the catcher's machine. */
  readonly sentence: string;
}

/** Space does not come back within seconds; anything else may. */
const fullRetrySeconds = 60;
const retrySeconds = 10;

function isFull(error: unknown): boolean {
  const code = codeOf(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

export function storageRefusal(error: unknown): StorageRefusal {
  const keep = "Keep what was not acknowledged and send it again.";
  return isFull(error)
    ? {
        status: 507,
        retryAfterSeconds: fullRetrySeconds,
        sentence: `The catcher's disk is full. ${keep}`,
      }
    : {
        status: 503,
        retryAfterSeconds: retrySeconds,
        sentence: `The catcher cannot store at the moment. ${keep}`,
      };
}

/** A sentence for the operator about the error that a write under `dir` ended in. */
function storageSentence(error: unknown, dir: string): string {
  const kept = "Clients keep what is not stored and send it again";
  if (isFull(error)) return `The disk that holds ${dir} is full. ${kept}; free some space.`;
  switch (codeOf(error)) {
    case "EROFS":
      return `${dir} is on a disk that is mounted read-only. ${kept}; mount it writable.`;
    case "EACCES":
    case "EPERM":
      return `The catcher may not write to ${dir}. ${kept}; give its user write permission.`;
    case "EMFILE":
    case "ENFILE":
      return `The catcher has too many files open. ${kept}; raise the limit on open files (ulimit -n).`;
    case "EIO":
      return `The disk that holds ${dir} reports an input/output error and may be failing. ${kept}; check the disk.`;
    default:
      return `${dir} cannot be written (${error instanceof Error ? error.message : String(error)}). ${kept}.`;
  }
}

/** Each trouble is said once, and so is its end. */
export class StorageTrouble {
  #sentence: string | undefined;

  /** What the operator was told; undefined while storing works. */
  get sentence(): string | undefined {
    return this.#sentence;
  }

  failed(error: unknown, dir: string): void {
    const sentence = storageSentence(error, dir);
    if (sentence !== this.#sentence) console.error(sentence);
    this.#sentence = sentence;
  }

  stored(): void {
    if (this.#sentence === undefined) return;
    this.#sentence = undefined;
    console.warn("The catcher stores again; nothing was lost.");
  }
}
