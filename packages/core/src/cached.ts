import { OptionError } from "@class-cache/mapping";
import { DecoratedMethod } from "./decorated-method.ts";
import type { MethodPlace } from "./decorated-method.ts";
import type { AnyMethod, Fits, Loose, OnlyAsync } from "./only-async.ts";
import type { CachedOptions } from "./options.ts";
import { settle } from "./options.ts";
import { callingFile, scopeOf } from "./scope.ts";

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
 * a promise; its type stays as it is.
 *
 * @throws OptionError for a value that an option does not take, and for an unknown option
 */
export function cached<Args extends readonly Loose[] = Loose, Value = Loose, This = Loose>(
  options: CachedOptions<Args, Value, This> = {},
): CachedDecorator<Args, Value, This> {
  const settings = settle("cached", options);
  const writtenIn = callingFile(cached);
  const decorate = (
    target: unknown,
    at: ClassMethodDecoratorContext | string | symbol,
    descriptor?: TypedPropertyDescriptor<AnyMethod>,
  ): unknown => {
    const scope = scopeOf(writtenIn, callingFile(decorate));
    const replace = (original: unknown, place: Omit<MethodPlace, "scope">): DecoratedMethod => {
      if (typeof original !== "function") throw notAMethod(typeof original);
      return new DecoratedMethod(original as AnyMethod, { ...place, scope }, settings);
    };
    if (typeof at === "object") {
      if (at.kind !== "method") throw notAMethod(at.kind);
      const { name, static: isStatic, private: isPrivate } = at;
      const method = replace(target, { name, isStatic, isPrivate, home: undefined });
      // Nothing tells private methods of several classes apart but the instances that have them.
      if (isPrivate && !isStatic) {
        at.addInitializer(function () {
          method.claim(Object.getPrototypeOf(this) as object);
        });
      }
      return method.replacement;
    }
    const isStatic = typeof target === "function";
    const home = target as object;
    const place = { name: at, isStatic, isPrivate: false, home };
    const { replacement } = replace(descriptor?.value, place);
    return { ...descriptor, value: replacement };
  };
  return decorate as CachedDecorator<Args, Value, This>;
}

function notAMethod(received: unknown): OptionError {
  return new OptionError("@cached", "on a method that returns a promise", received);
}
