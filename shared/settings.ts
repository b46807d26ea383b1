// Everything that a user may set: one field here is one row of the settings, with its name, its default and its sentence.
import { z } from "zod";

export const settingsSchema = z.object({
  spoolBudgetMiB: z.int().min(16).max(1_048_576).nullable().default(null).meta({
    title: "Size of the log",
    description:
      "How many MiB of log this machine keeps. When it is full, what a catcher has goes first. Empty: 256, or 64 where the disk is small.",
  }),
  historyBudgetMiB: z.int().min(4).max(1_048_576).nullable().default(null).meta({
    title: "Size of the history",
    description:
      "How many MiB the history of tunnels may take. When it is full, its oldest, finest figures go first. Empty: 128, or 32 where the disk is small.",
  }),
  catchers: z.array(z.string().min(1).max(2_000)).max(8).default([]).meta({
    title: "Catchers",
    description:
      "Where this machine's log is to go: addresses such as https://catcher.example.com. The window asks before anything leaves for one. An address on the command line takes the place of these.",
  }),
  uploadRateKiB: z.int().min(1).max(1_048_576).nullable().default(null).meta({
    title: "Upload rate",
    description:
      "How many KiB a second may leave on average, for all catchers together. Empty: as many as the network takes.",
  }),
  uploadDailyMiB: z.int().min(1).max(1_048_576).nullable().default(null).meta({
    title: "Upload per day",
    description:
      "How many MiB may leave on one day (UTC), for all catchers together. What is left waits in the spool for the next. Empty: no limit.",
  }),
  uploadEverySeconds: z.number().min(0).max(3_600).default(2).meta({
    title: "Upload every",
    description: "Entries of so many seconds go in one upload. A backlog goes without pauses.",
  }),
  uploadEverySecondsOnBattery: z.number().min(0).max(3_600).default(60).meta({
    title: "Upload every, on battery",
    description: "The same while this machine runs on its battery: each upload wakes the network.",
  }),
  liveCounters: z.boolean().default(false).meta({
    title: "Live counters",
    description:
      "Has tailscaled look at its byte counters every 2 seconds, as its own window does. It then writes them into its log as well, for as long as Gristmill runs.",
  }),
});
export type Settings = z.infer<typeof settingsSchema>;

export const defaultSettings: Settings = settingsSchema.parse({});

/**
 * Reads what was stored, or is to be stored: each setting that is wrong or left out has its default, whatever else is in there.
 * @returns `faults`: a sentence for each that is wrong.
 */
export function readSettings(stored: unknown): { readonly settings: Settings; readonly faults: readonly string[] } {
  if (typeof stored !== "object" || stored === null || Array.isArray(stored))
    return { settings: defaultSettings, faults: ["it holds no settings: a JSON object is wanted"] };
  const faults: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    const read = schema.safeParse(Object.hasOwn(stored, name) ? stored[name as keyof typeof stored] : undefined);
    if (read.success) settings[name] = read.data;
    else faults.push(`${name}: ${read.error.issues[0]?.message}`);
  }
  return { settings: settingsSchema.parse(settings), faults };
}
