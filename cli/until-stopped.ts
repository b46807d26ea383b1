/** A terminal's Ctrl-C reaches every process of its group, and a parent passes it on as well: within this many ms it is one and the same. */
const sameSignalMs = 1_000;

/**
 * Resolves at the first SIGINT, SIGTERM or SIGHUP, or when the process that started this one is gone: bin/gristmill.mjs and `npm start` hold
 * the other end of a channel, which closes with them however they end. A later signal, while things close, ends the process at once.
 */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const stop = () => {
      firstAt ??= performance.now();
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        stop();
        if (performance.now() - (firstAt ?? 0) > sameSignalMs) process.exit(130);
      });
    }
    process.once("disconnect", stop);
    process.channel?.unref(); // Listening for its end must not keep alive what has nothing left to do.
    if (process.connected === false) stop(); // It closed before anybody listened; undefined = there never was one.
  });
}

/** Aborts when untilStopped resolves. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  untilStopped().then(
    () => stop.abort(),
    () => stop.abort(),
  );
  return stop.signal;
}
