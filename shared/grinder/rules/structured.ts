// Entries that are JSON objects instead of text. Reference 0.1. In JSON they are entries without text; in a Windows file they stand behind a
// marker with a NUL in it, and behind the component's name.
import { z } from "zod";
import type { Change } from "../change.ts";
import type { Rule } from "../rule.ts";
import { keptText } from "../secrets.ts";

const hostinfoSchema = z.object({
  Hostname: z.string().optional(),
  OS: z.string().optional(),
  OSVersion: z.string().optional(),
});

const text = (value: string | undefined) => (value === undefined || value === "" ? null : keptText(value, 100));

function hostinfo(value: unknown): readonly Change[] {
  const parsed = hostinfoSchema.safeParse(value);
  if (!parsed.success) return [];
  const { Hostname, OS, OSVersion } = parsed.data;
  const host = { name: text(Hostname), os: text(OS), osVersion: text(OSVersion) };
  return host.name === null && host.os === null ? [] : [{ kind: "facts", facts: { host } }];
}

function controlTime(value: unknown): readonly Change[] {
  const timeMs = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(timeMs) ? [] : [{ kind: "control-time", timeMs }];
}

/** What an entry without text tells. */
export function structured(members: Readonly<Record<string, unknown>>): readonly Change[] {
  if (members.controltime !== undefined) return controlTime(members.controltime);
  return members.Hostinfo === undefined ? [] : hostinfo(members.Hostinfo);
}

const objectSchema = z.record(z.string(), z.unknown());

/** A JSON object; undefined for anything else. */
function objectIn(json: string): z.infer<typeof objectSchema> | undefined {
  try {
    return objectSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined; // Cut off, or somebody else's: it tells nothing.
  }
}

const marker = /^\0JSON\]\d(?=\{)/;

function marked(rest: string): readonly Change[] {
  const head = marker.exec(rest)?.[0];
  const members = head === undefined ? undefined : objectIn(rest.slice(head.length));
  return members === undefined ? [] : structured(members);
}

export const structuredLines: readonly Rule[] = [
  {
    name: "structured-control",
    literal: "control: [v",
    samples: ['2026-08-22T11:19:51.123-04:00: control: [v\0JSON]1{"controltime":"2026-08-22T15:19:51Z"}'],
    parse: marked,
  },
  {
    name: "structured",
    literal: "[v",
    samples: ['2026-08-22T11:19:51.123-04:00: [v\0JSON]1{"Hostinfo":{"OS":"windows","Hostname":"alice-laptop"}}'],
    parse: marked,
  },
  {
    name: "host-info",
    literal: "control: HostInfo: {",
    samples: [
      'control: HostInfo: {"IPNVersion":"1.102.3","OS":"linux","OSVersion":"Debian 12","Hostname":"alice-laptop"}',
    ],
    parse: (rest) => hostinfo(objectIn(`{${rest}`)),
  },
];
