import { Batching } from "../batch/batching.ts";
import type { CachedBatchOptions } from "../batch/batch-options.ts";
import { settleBatch } from "../batch/batch-options.ts";
import type { FitsBatch, OnlyBatch } from "../batch/batch-shape.ts";
import { DecoratedMethod } from "./decorated-method.ts";
import { methodDecorator } from "./method-decorator.ts";
import type { AnyMethod, Loose } from "../options/only-async.ts";
import { callingFile } from "../keys/scope.ts";

/** The decorator that `cachedBatch(options)` gives, for standard and for experimental decorators. */
export interface CachedBatchDecorator<
  Args extends readonly Loose[] = Loose,
  Value = Loose,
  This = Loose,
> {
  <Receiver, Method extends AnyMethod & FitsBatch<Args, Value, This>>(
    method: Method & OnlyBatch<Method>,
    context: ClassMethodDecoratorContext<Receiver, Method>,
  ): Method;
  <Method extends AnyMethod & FitsBatch<Args, Value, This>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method & OnlyBatch<Method>>,
  ): void;
}

/**
 * Remembers the result of each item that a method is given: by class, instance, item, the arguments
 * after the items, and version. The method takes an array of items first and returns a promise of an
 * array with one result for each, in their order; it is given only the items that have no result yet,
 * each once. An `Error` in the place of a result stands for an item that failed: callers get it in that
 * place, and it is not remembered. Where the method rejects, so does the call, and nothing of it is
 * remembered. Equal items in one call get the same object.
 *
 * @throws OptionError for a value that an option does not take, and for an unknown option
 */
export function cachedBatch<Args extends readonly Loose[] = Loose, Value = Loose, This = Loose>(
  options: CachedBatchOptions<Args, Value, This> = {},
): CachedBatchDecorator<Args, Value, This> {
  const settings = settleBatch("cachedBatch", options);
  return methodDecorator({
    decorator: "@cachedBatch",
    standsOn: "on a method that takes an array and returns a promise of an array",
    writtenIn: callingFile(cachedBatch),
    decorate: (original, place) =>
      new DecoratedMethod(original, place, settings.item, new Batching(original, settings)),
  }) as CachedBatchDecorator<Args, Value, This>;
}
