import { OptionError } from "@class-cache/mapping";
import { Batching } from "../batch/batching.ts";
import type { BatchOptions } from "../batch/batch-options.ts";
import { settleBatch } from "../batch/batch-options.ts";
import type { ItemMethod, OnlyBatch } from "../batch/batch-shape.ts";
import { ItemMemoHandle } from "./item-memo-handle.ts";
import type { MemoHandle } from "./memo-handle.ts";
import type { MemoizeOptions } from "./memoize.ts";
import { inPlaceOf, memoOfFunction } from "./memoize.ts";
import type { AnyMethod, Loose } from "../options/only-async.ts";

/** What `memoizeBatch` takes; see `CachedBatchOptions`. */
export interface MemoizeBatchOptions<Args extends readonly Loose[] = Loose, Value = Loose>
  extends MemoizeOptions<Args, Value>, BatchOptions {}

/** A function that remembers the result of each item, with a handle of what it remembers. */
export type MemoizedBatch<F extends AnyMethod> = F & { readonly memo: MemoHandle<ItemMethod<F>> };

/**
 * For a function what `cachedBatch` is for a method. It must not depend on `this`.
 *
 * @throws OptionError for a value that an option does not take, and for an unknown or missing option
 */
export function memoizeBatch<F extends AnyMethod>(
  fn: F,
  options: MemoizeBatchOptions<Parameters<ItemMethod<F>>, Awaited<ReturnType<ItemMethod<F>>>> &
    OnlyBatch<F>,
): MemoizedBatch<F> {
  if (typeof fn !== "function") throw new OptionError("memoizeBatch(fn)", "a function", fn);
  const settings = settleBatch("memoizeBatch", options);
  const batching = new Batching(fn, settings);
  const memo = memoOfFunction("memoizeBatch", fn, settings.item, {
    limiter: undefined,
    compute: (_instance, args) => batching.one(memo.method, undefined, args),
  });
  return inPlaceOf(
    fn,
    (args) => batching.call(memo, undefined, args),
    new ItemMemoHandle(memo, undefined),
  ) as MemoizedBatch<F>;
}
