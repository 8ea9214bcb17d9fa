import { DecoratedMethod } from "./decorated-method.ts";
import { methodDecorator } from "./method-decorator.ts";
import type { AnyMethod, Fits, Loose, OnlyAsync } from "../options/only-async.ts";
import type { CachedOptions } from "../options/options.ts";
import { settle } from "../options/options.ts";
import { callingFile } from "../keys/scope.ts";

/** The decorator that `cached(options)` gives, for standard and for experimental decorators. */
export interface CachedDecorator<
  Args extends readonly Loose[] = Loose,
  Value = Loose,
  This = Loose,
> {
  <Receiver, Method extends AnyMethod & Fits<Args, Value, This>>(
    method: Method & OnlyAsync<Method>,
    context: ClassMethodDecoratorContext<Receiver, Method>,
  ): Method;
  <Method extends AnyMethod & Fits<Args, Value, This>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method & OnlyAsync<Method>>,
  ): void;
}

/**
 * Remembers what a method returns, by class, instance, arguments and version. The method must return
 * a promise, or be written `async *`: what it yields is then recorded while it is consumed, and
 * replayed. Its type stays as it is.
 *
 * @throws OptionError for a value that an option does not take, and for an unknown option
 */
export function cached<Args extends readonly Loose[] = Loose, Value = Loose, This = Loose>(
  options: CachedOptions<Args, Value, This> = {},
): CachedDecorator<Args, Value, This> {
  const settings = settle("cached", options);
  return methodDecorator({
    decorator: "@cached",
    standsOn: "on a method that returns a promise or yields",
    writtenIn: callingFile(cached),
    decorate: (original, place) => new DecoratedMethod(original, place, settings),
  }) as CachedDecorator<Args, Value, This>;
}
