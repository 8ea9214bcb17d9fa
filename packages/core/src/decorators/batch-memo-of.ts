import type { BatchMethodName, ItemMethod } from "../batch/batch-shape.ts";
import { ItemMemoHandle } from "./item-memo-handle.ts";
import type { ClassMemoHandle, MemoHandle } from "./memo-handle.ts";
import { handleOf } from "./memo-of.ts";
import type { AnyMethod } from "../options/only-async.ts";

type ItemMethodOf<T, Name extends keyof T> = T[Name] extends AnyMethod
  ? ItemMethod<T[Name]>
  : never;

/**
 * The handle of a method decorated with `cachedBatch`, as `memoOf` gives it for other methods: each of
 * its functions is about one item, which stands in the place of the items. `refresh` gives the method
 * that item alone.
 *
 * @throws OptionError when the method is not decorated with `cachedBatch`
 */
export function memoOfBatch<T extends object, Name extends BatchMethodName<T>>(
  target: T,
  method: Name,
): MemoHandle<ItemMethodOf<T, Name>>;
export function memoOfBatch<T extends object>(
  target: abstract new (...args: never) => T,
  method: BatchMethodName<T>,
): ClassMemoHandle;
export function memoOfBatch(
  target: object,
  method: PropertyKey,
): MemoHandle<AnyMethod> | ClassMemoHandle {
  return handleOf("memoOfBatch", target, method, true, ItemMemoHandle);
}
