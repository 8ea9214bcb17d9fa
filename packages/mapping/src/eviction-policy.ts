import { OptionError } from "./errors.ts";

/**
 * What a backend gives up when it reaches its limits, after what has expired. `"cost"`: what is cheapest
 * to compute again, weighed by how often and how recently it was used and by the room that it takes.
 * `"lru"`: what was used longest ago. `"stored"`: what was stored longest ago.
 */
export type EvictionPolicy = "cost" | "lru" | "stored";

/** What a backend is to keep to. */
export interface BoundOptions {
  readonly maxBytes?: number | undefined;
  readonly maxEntries?: number | undefined;
  readonly eviction?: EvictionPolicy | undefined;
}

const POLICIES: readonly EvictionPolicy[] = ["cost", "lru", "stored"];

/** @throws OptionError when it is none */
export function checkEviction(policy: EvictionPolicy | undefined, where: string): EvictionPolicy {
  if (policy === undefined) return "cost";
  if (!POLICIES.includes(policy)) {
    throw new OptionError(`${where}.eviction`, '"cost", "lru" or "stored"', policy);
  }
  return policy;
}
