import type { Backend } from "@class-cache/mapping";
import { OptionError } from "@class-cache/mapping";
import { checkBackend, checkCount, checkFunction, checkNames } from "../options/check.ts";
import type { BufferLimits } from "./change-writer.ts";
import type { ReportFailure } from "../options/failure.ts";

/** What every cache accepts. */
export interface BufferOptions {
  /** Where entries are stored. Default: as `configure` says at first use. */
  readonly backend?: Backend | undefined;
  /**
   * So many unflushed changes, sets and deletes, are held in memory at most, one or more. With one
   * more, the oldest are written out. Default: 128.
   */
  readonly maxItems?: number | undefined;
  /**
   * How much is written out then, as a share of `maxItems` above 0 and up to 1; at least one change.
   * Default: 0.1.
   */
  readonly flushRatio?: number | undefined;
  /**
   * Told of failures where the caller got an answer all the same: changes that could not be written
   * out when there were too many (they are kept, and tried again), and damaged values. The context's
   * `method` is the cache's id. The diagnostics channel `class-cache:error` is told as well. Default:
   * as `configure` says.
   */
  readonly onError?: ReportFailure | undefined;
}

export interface CacheOptions extends BufferOptions {
  /**
   * The mapping's id, any string: caches of one id in one backend have the same entries, in whatever
   * program they are. Default: an id that all caches without one, made in files of the same package,
   * share with each other and with no other package.
   */
  readonly id?: string | undefined;
}

/** Options that have been checked, and their defaults. */
export interface CheckedCacheOptions {
  readonly id: string | undefined;
  readonly backend: Backend | undefined;
  readonly onError: ReportFailure | undefined;
  readonly limits: BufferLimits;
}

const BUFFER_OPTIONS = ["backend", "maxItems", "flushRatio", "onError"];

export function checkCacheOptions(options: CacheOptions): CheckedCacheOptions {
  checkNames("new Cache", options, ["id", ...BUFFER_OPTIONS]);
  const { id } = options;
  if (id !== undefined && typeof id !== "string") {
    throw new OptionError("new Cache({ id })", "a string", id);
  }
  const maxItems = checkCount("new Cache({ maxItems })", options.maxItems, 1) ?? 128;
  const ratio = options.flushRatio ?? 0.1;
  if (typeof ratio !== "number" || !(ratio > 0 && ratio <= 1)) {
    throw new OptionError("new Cache({ flushRatio })", "a number above 0 and up to 1", ratio);
  }
  return {
    id,
    backend: checkBackend("new Cache({ backend })", options.backend),
    onError: checkFunction("new Cache({ onError })", options.onError),
    limits: { maxItems, share: Math.max(1, Math.round(maxItems * ratio)) },
  };
}

/** An option `id` is refused: the id of a cache with a default is its class and its fields. */
export function checkBufferOptions(options: BufferOptions): void {
  checkNames("new CacheWithDefault", options, BUFFER_OPTIONS);
}
