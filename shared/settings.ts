// Everything that a user may set: one field here is one row of the settings, with its name, its default and its sentence.
import { z } from "zod";

export const settingsSchema = z.object({
  spoolBudgetMiB: z.int().min(16).max(1_048_576).nullable().default(null).meta({
    title: "Size of the log",
    description:
      "How many MiB of log this machine keeps. When it is full, what a catcher has goes first. Empty: 256, or 64 where the disk is small.",
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
