// Limits of a catcher as they are typed.
import { WrongUsage } from "../wrong-usage.ts";

const dayMs = 86_400_000;

/** Ms; undefined where nothing was typed. @throws WrongUsage */
export function parseDays(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || days === 0)
    throw new WrongUsage(`--keep-days takes a number of days, not "${text}"`);
  return days * dayMs;
}

const units: Readonly<Record<string, number>> = { "": 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Bytes; undefined where nothing was typed. @throws WrongUsage */
export function parseBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)(KiB|MiB|GiB|TiB)?$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (units[unit] ?? 0));
  if (number === "" || bytes === 0)
    throw new WrongUsage(`--keep-size takes a size such as 500MiB or 50GiB, not "${text}"`);
  return bytes;
}
