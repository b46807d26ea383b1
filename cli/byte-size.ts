import { WrongUsage } from "./wrong-usage.ts";

const factors: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes that a text such as 10G, 512M or 4096 stands for, at least `least`; K, M, G and T are powers of 1024. @throws WrongUsage that names the `option`. */
export function parseBytes(text: string, option: string, least = 1): number {
  const match = /^(\d{1,12})([KMGT]?)(?:i?B)?$/i.exec(text);
  const bytes = Number(match?.[1]) * (factors[(match?.[2] ?? "").toUpperCase()] ?? Number.NaN);
  if (!Number.isSafeInteger(bytes) || bytes < least)
    throw new WrongUsage(`${option} takes a size such as 10G or 512M, not "${text}"`);
  return bytes;
}

/** A whole number from 1. @throws WrongUsage that names the `option`. */
export function parseCount(text: string, option: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new WrongUsage(`${option} takes a whole number from 1, not "${text}"`);
  return count;
}

const dayMs = 86_400_000;

/** Ms that a number of days stands for. @throws WrongUsage that names the `option`. */
export function parseDays(text: string, option: string): number {
  const days = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (days <= 0) throw new WrongUsage(`${option} takes a number of days, not "${text}"`);
  return days * dayMs;
}
