/** A terminal's Ctrl-C reaches every process of its group, and a parent passes it on as well: within this many ms it is one and the same. */
const sameSignalMs = 1_000;

/** Resolves at the first SIGINT, SIGTERM or SIGHUP. A later one, while things close, ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        firstAt ??= performance.now();
        if (performance.now() - firstAt > sameSignalMs) process.exit(130);
        resolve();
      });
    }
  });
}

/** Aborts at the first of those signals. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  untilStopped().then(
    () => stop.abort(),
    () => stop.abort(),
  );
  return stop.signal;
}
