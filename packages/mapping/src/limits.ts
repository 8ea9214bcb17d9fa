import { OptionError } from "./errors.ts";
import { inOrder } from "./in-order.ts";
import type { PruneLimits } from "./mutable-mapping.ts";
import type { StoredRecord } from "./stored.ts";
import { isLive } from "./stored.ts";

/** How many entries there are and how many bytes their encoded values take. */
export interface Usage {
  readonly entries: number;
  readonly bytes: number;
}

/** Upper bounds. Infinity: no bound. */
export interface Limits {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly maxAge: number;
}

/** @throws OptionError when a limit is not a non-negative number */
export function checkLimits(limits: PruneLimits, where: string): Limits {
  return {
    maxBytes: checkLimit(limits.maxBytes, `${where}.maxBytes`),
    maxEntries: checkLimit(limits.maxEntries, `${where}.maxEntries`),
    maxAge: checkLimit(limits.maxAge, `${where}.maxAge`),
  };
}

function checkLimit(limit: number | undefined, name: string): number {
  if (limit === undefined) return Infinity;
  if (typeof limit !== "number" || !(limit >= 0)) {
    throw new OptionError(name, "a number not below 0", limit);
  }
  return limit;
}

/** What has to go, and what then remains. */
export interface EvictionPlan<R extends StoredRecord> {
  readonly expired: readonly R[];
  /** Those past `maxAge`, then the others in their order. */
  readonly evicted: readonly R[];
  /** Of the priorities of those that had to make room; -Infinity: none had to. */
  readonly highest: number;
  readonly left: Usage;
}

/** Gives each record its priority. */
export type Prioritise<R extends StoredRecord> = (records: readonly R[]) => Float64Array;

const byAge: Prioritise<StoredRecord> = (records) =>
  Float64Array.from(records, ({ storedAt }) => storedAt);

/**
 * Expired entries go, then those past `maxAge`, then those of the lowest priority until both bounds
 * hold; of equal ones that stored longest ago. Default: those stored longest ago.
 */
export function planEviction<R extends StoredRecord>(
  records: Iterable<R>,
  limits: Limits,
  now: number,
  prioritise: Prioritise<R> = byAge,
): EvictionPlan<R> {
  const expired: R[] = [];
  const evicted: R[] = [];
  const kept: R[] = [];
  let bytes = 0;
  for (const record of records) {
    if (!isLive(record, now)) expired.push(record);
    else if (now - record.storedAt > limits.maxAge) evicted.push(record);
    else {
      kept.push(record);
      bytes += record.bytes;
    }
  }
  let entries = kept.length;
  let highest = -Infinity;
  const isWithin = (): boolean => entries <= limits.maxEntries && bytes <= limits.maxBytes;
  if (!isWithin()) {
    const priorities = prioritise(kept);
    const first = (a: number, b: number): boolean => {
      const difference = priorities[a]! - priorities[b]! || kept[a]!.storedAt - kept[b]!.storedAt;
      return difference < 0 || (difference === 0 && a < b);
    };
    for (const index of inOrder(kept.length, first)) {
      if (isWithin()) break;
      const record = kept[index]!;
      evicted.push(record);
      highest = Math.max(highest, priorities[index]!);
      entries -= 1;
      bytes -= record.bytes;
    }
  }
  return { expired, evicted, highest, left: { entries, bytes } };
}
