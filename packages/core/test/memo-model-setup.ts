import type { Loose } from "../src/options/only-async.ts";
import type { CachedOptions } from "../src/options/options.ts";

/** What the modelled method gives. */
export interface Value {
  readonly n: number;
  /** Holds `n` only, unless somebody changed it. */
  readonly items: number[];
}

export function valueOf(n: number): Value {
  return { n, items: [n] };
}

/** What the modelled method rejects with. */
export function errorOf(n: number): Error {
  return new RangeError(`no ${n}`);
}

/** Options of the modelled method, in the forms that the model understands; milliseconds. */
export interface Setup {
  readonly ttl?: number | ((value: Value) => number);
  readonly staleWhileRevalidate?: number;
  readonly staleIfError?: number;
  /** Not as a share of 1 or more. */
  readonly refreshAhead?: number;
  readonly cacheErrors?: boolean | ((error: Error) => number);
  readonly tags?: (value: Value, args: readonly [number, ...Loose[]]) => readonly string[];
  readonly memory?: false;
  readonly isolate?: boolean;
  readonly singleFlight?: "process" | false;
  readonly shouldCache?: (value: Value) => boolean;
  readonly forceFresh?: (args: readonly [number, ...Loose[]]) => boolean;
}

/** The tags that results of the setups have, and one that none has. */
export const tagNames: readonly string[] = ["key 0", "key 1", "odd", "even", "nobody"];

const tags: Setup["tags"] = ({ n }, [key]) => [`key ${key}`, n % 2 === 1 ? "odd" : "even"];

const [ttl, staleWhileRevalidate, staleIfError] = [10_000, 5_000, 20_000];

/** The options that schedules are run with, by name. */
export const setups: Readonly<Record<string, Setup>> = {
  plain: {},
  ttl: { ttl },
  "ttl by value": { ttl: ({ n }) => (n % 4 === 0 ? 0 : n % 4 === 1 ? Infinity : ttl) },
  staleWhileRevalidate: { ttl, staleWhileRevalidate },
  staleIfError: { ttl, staleIfError },
  "stale for both reasons": { ttl, staleWhileRevalidate, staleIfError },
  "stale without memory": { ttl, staleWhileRevalidate, staleIfError, memory: false },
  refreshAhead: { ttl, refreshAhead: 2_000 },
  "refreshAhead and stale": { ttl, refreshAhead: 0.3, staleWhileRevalidate, staleIfError },
  cacheErrors: { ttl, cacheErrors: true },
  "cacheErrors and stale": {
    ttl,
    staleWhileRevalidate,
    staleIfError,
    cacheErrors: ({ message }) => (message.endsWith("1") ? 0 : 3_000),
  },
  tags: { tags },
  "tags and stale": { ttl, staleWhileRevalidate, staleIfError, tags },
  "tags without memory": { tags, memory: false },
  "no memory": { memory: false },
  "no isolation": { isolate: false },
  "flights of one process": { ttl, staleIfError, singleFlight: "process" },
  "no single flight": { ttl, staleWhileRevalidate, singleFlight: false },
  shouldCache: { ttl, staleWhileRevalidate, shouldCache: ({ n }) => n % 3 !== 0 },
  forceFresh: { ttl, staleIfError, forceFresh: ([key]) => key === 1 },
};

/** The same for the decorator. */
export function optionsOf(setup: Setup): CachedOptions {
  return setup as CachedOptions;
}

/** A key stands for an instance and an argument, as in `a0`. */
export function argOf(key: string): number {
  return Number(key.slice(1));
}
