// The sources there are. A row says how a source is named on the command line, and opens it; openSource finds the row.
import path from "node:path";
import type { Clock } from "../platform/clock.ts";
import { WrongSetting } from "../platform/wrong-setting.ts";
import { demoSource } from "./demo/demo.ts";
import { fileSource } from "./file/file.ts";
import { type NoteLeaving, tailscaleLogs } from "./intake/forwarder.ts";
import { defaultIntakePort, intakeSource } from "./intake/intake.ts";
import { holdsTailscaled } from "./journald/holds-tailscaled.ts";
import { journaldSource } from "./journald/journald.ts";
import { logtapSource } from "./logtap/logtap.ts";
import type { Source } from "./source.ts";
import { stdinSource } from "./stdin.ts";
import { unifiedLogSource } from "./unified-log/unified-log.ts";

export interface SourceDeps {
  readonly clock: Clock;
  /** What the entries are to say they come from; the kind of source where it is left out. */
  readonly src?: string;
  /** For what a source is told to send on. */
  readonly noteLeaving: NoteLeaving;
}

interface SourceKind {
  /** What stands before the first colon of a specification. */
  readonly kind: string;
  readonly usage: string;
  /** `argument` is what stands behind the colon, undefined without one. Throws a SourceError that says what is wrong with it. */
  readonly open: (argument: string | undefined, deps: SourceDeps) => Source;
}

/** A specification that names no source. The message is for whoever wrote it. */
export class SourceError extends WrongSetting {
  override readonly name = "SourceError";
}

export const sourceKinds: readonly SourceKind[] = [
  {
    kind: "journald",
    usage: "journald[:DIR]",
    open: (directory, { clock, src }) => {
      if (directory === "")
        throw new SourceError("journald: names no directory; leave the colon out to read this machine's journal");
      return journaldSource({ directory, clock, src });
    },
  },
  {
    kind: "file",
    usage: "file:PATH",
    open: (pattern, { clock, src }) => {
      if (!pattern) throw new SourceError("file: names no file, as in file:/var/log/tailscaled.log");
      if (/[*?]/.test(path.dirname(pattern)))
        throw new SourceError(`file:${pattern} has a wildcard in its folder; wildcards stand in the file's name only`);
      return fileSource({ pattern, clock, src });
    },
  },
  {
    kind: "stdin",
    usage: "stdin",
    open: (argument, { clock }) => {
      if (argument !== undefined) throw new SourceError("stdin takes nothing behind a colon");
      return stdinSource(process.stdin, clock);
    },
  },
  {
    kind: "logtap",
    usage: "logtap[:SOCKET]",
    open: (socket, { clock, src }) => {
      if (socket === "")
        throw new SourceError(
          "logtap: names no socket; leave the colon out to use the one of this machine's tailscaled",
        );
      return logtapSource({ socket: socket === undefined ? undefined : path.resolve(socket), clock, src });
    },
  },
  {
    kind: "unified-log",
    usage: "unified-log",
    open: (argument, { clock }) => {
      if (argument !== undefined) throw new SourceError("unified-log takes nothing behind a colon");
      if (process.platform !== "darwin")
        throw new SourceError(
          `unified-log is the log of macOS, and this system is ${process.platform}; choose another source`,
        );
      return unifiedLogSource({ clock });
    },
  },
  {
    kind: "intake",
    usage: "intake[:PORT[,forward[=URL]]]",
    open: (argument, { clock, src, noteLeaving }) => {
      const [port = "", forward, ...more] = argument?.split(",") ?? [String(defaultIntakePort)];
      if (!(/^[0-9]{1,5}$/.test(port) && Number(port) <= 65_535))
        throw new SourceError(`intake:${port} has no usable port; a port is a number up to 65535, as in intake:8475`);
      const target = forward === undefined ? undefined : forwardTarget(forward);
      if (target === null || more.length > 0)
        throw new SourceError(
          `intake:${argument} says something other than forward behind the port, as in intake:8475,forward or intake:8475,forward=https://log.example.com`,
        );
      return intakeSource({ port: Number(port), clock, src, forwardTo: target && { target, noteLeaving } });
    },
  },
  {
    kind: "demo",
    usage: "demo[:SEED]",
    open: (seed, { clock }) => {
      if (seed !== undefined && !/^[0-9]{1,9}$/.test(seed)) {
        throw new SourceError(`demo:${seed} has no usable seed; a seed is a number of up to nine digits, as in demo:7`);
      }
      return demoSource({ seed: seed === undefined ? undefined : Number(seed), clock });
    },
  },
];

/** "forward" is to Tailscale; "forward=URL" to a server of one's own, over TLS or on this machine. Null for anything else. */
function forwardTarget(forward: string): URL | null {
  const target = /^forward(?:=(.+))?$/.exec(forward);
  const url = target === null ? null : URL.parse(target[1] ?? tailscaleLogs);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && url.hostname === "127.0.0.1");
  return isSafe ? url : null;
}

/** Opens a source as design section 7 names them: "journald", "journald:/var/log/journal/remote", "demo:7". Throws a SourceError. */
export function openSource(spec: string, deps: SourceDeps): Source {
  const colon = spec.indexOf(":");
  const row = sourceKinds.find(({ kind }) => kind === kindOf(spec));
  if (row === undefined) {
    const known = sourceKinds.map(({ usage }) => usage).join(", ");
    throw new SourceError(`There is no source "${spec}"; the sources are ${known}`);
  }
  return row.open(colon === -1 ? undefined : spec.slice(colon + 1), deps);
}

/**
 * Opens them all. The entries of a source that is not the only one of its kind say its name instead of its kind, so that a reader can tell them apart.
 * Throws a SourceError, also where one is named twice.
 */
export function openSources(specs: readonly string[], deps: SourceDeps): readonly Source[] {
  const sources = specs.map((spec) => openSource(spec, deps));
  return specs.map((spec, at) => {
    const { name } = sources[at] as Source;
    const others = sources.filter((_, other) => other !== at);
    if (others.some((other) => other.name === name))
      throw new SourceError(`${name} is named twice: each source is read once`);
    const isOnly = !others.some((other) => kindOf(other.name) === kindOf(name));
    return isOnly ? (sources[at] as Source) : openSource(spec, { ...deps, src: name });
  });
}

/** Where the intake among them listens; undefined where there is none. */
export function intakePortOf(sources: readonly Source[]): number | undefined {
  const name = sources.find((source) => kindOf(source.name) === "intake")?.name;
  return name === undefined ? undefined : Number(name.split(":")[1] ?? defaultIntakePort);
}

function kindOf(spec: string): string {
  const colon = spec.indexOf(":");
  return colon === -1 ? spec : spec.slice(0, colon);
}

/** Whether journalctl is here and this machine's journal shows this user at least one entry of tailscaled. */
export function journalHasTailscaled(): Promise<boolean> {
  return holdsTailscaled({ directory: undefined });
}
