// TLS from a key and a certificate in files. Certificates are renewed while the catcher runs: changed files are taken up for new connections.
import { readFileSync, statSync } from "node:fs";
import { createSecureContext, type Server } from "node:tls";
import type { OperatorLog } from "./operator-log.ts";

export interface TlsFiles {
  /** Paths of PEM files. `cert`: the certificate, and behind it those that lead to one that clients trust. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate and its key, and where they came from. */
export interface TlsPair {
  readonly files: TlsFiles;
  readonly cert: Buffer;
  readonly key: Buffer;
}

const lookEveryMs = 60_000;

/** @throws with a sentence when a file cannot be read, or they do not belong together. */
export function readTls(files: TlsFiles): TlsPair {
  const pair = { files, cert: readPem(files.cert, "--tls-cert"), key: readPem(files.key, "--tls-key") };
  try {
    createSecureContext(pair);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${files.cert} and ${files.key} are not a certificate and its key in PEM (${why}); see --tls-cert and --tls-key.`,
      {
        cause,
      },
    );
  }
  return pair;
}

function readPem(file: string, option: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is not there" : "cannot be read by this user";
    throw new Error(`${file} ${why}; ${option} takes a file in PEM.`, { cause });
  }
}

/** Looks at the files once a minute; ones that are no pair, as in the middle of a renewal, are looked at again. @returns what ends it. */
export function followTls(files: TlsFiles, server: Server, log: OperatorLog, everyMs = lookEveryMs): () => void {
  let taken = changedAt(files);
  let said = "";
  const timer = setInterval(() => {
    const changed = changedAt(files);
    if (changed === taken) return;
    try {
      server.setSecureContext(readTls(files));
      taken = changed;
      said = "";
      log.info("The renewed certificate is in use.", { file: files.cert });
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error);
      if (sentence !== said) log.error(`The certificate in use stays the one from before. ${sentence}`);
      said = sentence;
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function changedAt({ cert, key }: TlsFiles): string {
  return [cert, key].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join(" ");
}
