import { BatchError } from "@class-cache/mapping";
import { checkCount } from "../options/check.ts";
import type { Duration } from "../options/duration.ts";
import { unwrapped } from "../memo/item-failure.ts";
import type { Loose } from "../options/only-async.ts";
import type { CachedOptions, MemoSettings } from "../options/options.ts";
import { settle } from "../options/options.ts";

/** What methods from items to results take beside the options of other methods. */
export interface BatchOptions {
  /**
   * How many items the method is given at once, at most; more are given in several calls at the same
   * time, as many as `concurrency` lets run. Default: no limit.
   */
  readonly maxBatchSize?: number | undefined;
}

/**
 * What `cachedBatch` takes. Everything is about one item: `args` are the item and what the method takes
 * after the items, a value is the item's result. Only `concurrency` is about calls of the method.
 */
export interface CachedBatchOptions<
  Args extends readonly Loose[] = Loose,
  Value = Loose,
  This = Loose,
>
  extends CachedOptions<Args, Value, This>, BatchOptions {}

/** The same with every default settled. */
export interface BatchSettings {
  /** For the memo of the items, which may all be computed at once. */
  readonly item: MemoSettings;
  /** Calls of the method at the same time; Infinity: no limit. */
  readonly concurrency: number;
  /** Infinity: no limit. */
  readonly maxBatchSize: number;
}

/**
 * Checks options and settles their defaults.
 *
 * @param of the function that was given them, for error messages
 * @throws OptionError
 */
export function settleBatch(of: string, options: CachedBatchOptions): BatchSettings {
  const { maxBatchSize, ...rest } = options;
  const given = settle(of, rest);
  return {
    // Items wait for each other: they cannot queue for places, calls of the method do.
    item: { ...given, ...ofErrors(given), concurrency: Infinity },
    concurrency: given.concurrency,
    maxBatchSize: checkCount(`${of}({ maxBatchSize })`, maxBatchSize, 1) ?? Infinity,
  };
}

/** The options that are asked about errors, which they see as the method gave them. */
function ofErrors({ cacheErrors, ttl }: MemoSettings): Pick<MemoSettings, "cacheErrors" | "ttl"> {
  if (cacheErrors === false) return { cacheErrors, ttl };
  const lifetime = (error: unknown): Duration => {
    // The method is at fault, not the item: mended, it has an answer.
    if (error instanceof BatchError) return 0;
    const cause = unwrapped(error);
    if (cacheErrors !== true) return cacheErrors(cause);
    return typeof ttl === "function" ? ttl(cause) : ttl;
  };
  return { cacheErrors: lifetime, ttl };
}
