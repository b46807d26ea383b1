/** Marks a promise that nobody awaits on purpose. Whoever starts it has handled its failure; what still escapes is a bug and is printed as one. */
export function drop(promise: Promise<unknown>): void {
  promise.catch((error: unknown) => {
    console.error("a background task failed, which is a bug in Gristmill:", error);
  });
}
