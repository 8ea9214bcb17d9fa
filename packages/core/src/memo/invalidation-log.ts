import { hash } from "node:crypto";
import type { Generation } from "./generation.ts";

/** What was last invalidated of one mapping. */
export interface Log extends Generation {
  /** Up to this count everything is concerned, as far as the log tells. */
  readonly floor: number;
  readonly keys: readonly (readonly [count: number, name: string])[];
}

/** Results that were invalidated: by the names of their keys, or all. */
export type Invalidated = "all" | ReadonlySet<string>;

export const NOTHING: ReadonlySet<string> = new Set();

/** Keys that a log names one by one. */
const LONGEST_LOG = 64;
const LONGEST_NAME = 128;

/** What an invalidation calls a key: its text, or a digest where that is long. */
export function nameOf(key: string): string {
  return key.length <= LONGEST_NAME ? key : hash("sha256", key, "hex");
}

/** Which results a log names after one count and up to another. */
export function named(log: Log | undefined, since: number, until: number = Infinity): Invalidated {
  if (log === undefined) return NOTHING;
  if (log.floor > since) return "all";
  const isMeant = ([count]: Log["keys"][number]): boolean => count > since && count <= until;
  return new Set(log.keys.filter(isMeant).map(([, name]) => name));
}

/** Whether a result is among those. @param name as `nameOf` gives it */
export function isIn(invalidated: Invalidated, name: string): boolean {
  return invalidated === "all" || invalidated.has(name);
}

/**
 * The log with one more invalidation.
 *
 * @param log undefined: nothing was invalidated before
 * @param key undefined: all
 */
export function logged(log: Log | undefined, at: Generation, key: string | undefined): Log {
  if (key === undefined) return { ...at, floor: at.count, keys: [] };
  const known = log?.life === at.life ? log : { floor: 0, keys: [] };
  const keys = [...known.keys, [at.count, nameOf(key)] as const];
  const dropped = keys.length > LONGEST_LOG ? keys.shift() : undefined;
  return { ...at, floor: dropped?.[0] ?? known.floor, keys };
}
