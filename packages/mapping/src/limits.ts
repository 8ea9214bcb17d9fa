import { OptionError } from "./errors.ts";
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
  readonly evicted: readonly R[];
  readonly left: Usage;
}

/** Expired entries go, then those past `maxAge`, then those stored longest ago until both bounds hold. */
export function planEviction<R extends StoredRecord>(
  records: Iterable<R>,
  limits: Limits,
  now: number,
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
  if (entries > limits.maxEntries || bytes > limits.maxBytes) {
    kept.sort((a, b) => a.storedAt - b.storedAt);
    for (const record of kept) {
      if (entries <= limits.maxEntries && bytes <= limits.maxBytes) break;
      evicted.push(record);
      entries -= 1;
      bytes -= record.bytes;
    }
  }
  return { expired, evicted, left: { entries, bytes } };
}
