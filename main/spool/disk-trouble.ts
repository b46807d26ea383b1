// What a disk's refusal means for a person: the thing, what happens now, the remedy.

/** A sentence for the error that a write under `folder` ended in. */
export function diskTrouble(error: unknown, folder: string): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const waiting = "New log lines wait and nothing is lost";
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return `The disk that holds ${folder} is full. ${waiting}; free some space and they are written at once.`;
    case "EROFS":
      return `${folder} is on a disk that is mounted read-only. ${waiting}; mount it writable, or choose another folder with --data-dir.`;
    case "EACCES":
    case "EPERM":
      return `Gristmill may not write to ${folder}. ${waiting}; give this user write permission, or choose another folder with --data-dir.`;
    case "ENOENT":
      return `${folder} is no longer there. ${waiting}; put it back, or start Gristmill again.`;
    case "EIO":
      return `The disk that holds ${folder} reports an input/output error and may be failing. ${waiting}; check the disk.`;
    default:
      return `The spool in ${folder} cannot be written (${error instanceof Error ? error.message : String(error)}). ${waiting}; it is tried again every second.`;
  }
}
