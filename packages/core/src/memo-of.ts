import { OptionError } from "@class-cache/mapping";
import { DecoratedMethod } from "./decorated-method.ts";
import type { ClassMemoHandle, MemoHandle } from "./memo-handle.ts";
import { InstanceMemoHandle } from "./memo-handle.ts";
import { methodDeclaration } from "./metadata.ts";
import type { AnyMethod, AsyncMethodName } from "./only-async.ts";

type MethodOf<T, Name extends keyof T> = T[Name] extends AnyMethod ? T[Name] : never;

/**
 * The handle of a decorated method: on an instance, or for a static method on its class. Given a
 * class and the name of a method of its instances, a handle that can only clear them all.
 *
 * @throws OptionError when the method is not decorated with `cached`
 */
export function memoOf<T extends object, Name extends AsyncMethodName<T>>(
  target: T,
  method: Name,
): MemoHandle<MethodOf<T, Name>>;
export function memoOf<T extends object>(
  target: abstract new (...args: never) => T,
  method: AsyncMethodName<T>,
): ClassMemoHandle;
export function memoOf(
  target: object,
  method: PropertyKey,
): MemoHandle<AnyMethod> | ClassMemoHandle {
  const isObject = typeof target === "function" || (typeof target === "object" && target !== null);
  if (!isObject) throw new OptionError("memoOf(target)", "an instance or a class", target);
  const own = decorated(target, method);
  if (own !== undefined) return new InstanceMemoHandle(own.memoOf(target), target);
  if (typeof target === "function") {
    const prototype = target.prototype as object;
    const memo = decorated(prototype, method)?.memoOfInstances(prototype);
    if (memo !== undefined) return classHandle(memo);
  }
  throw new OptionError("memoOf(target, method)", "a method decorated with @cached", method);
}

function decorated(owner: object | undefined, name: PropertyKey): DecoratedMethod | undefined {
  const method: unknown = owner === undefined ? undefined : Reflect.get(owner, name);
  const declaration = methodDeclaration(method);
  return declaration instanceof DecoratedMethod ? declaration : undefined;
}

/** @throws OptionError for what only makes sense on an instance */
function classHandle(memo: { clear(): Promise<void> }): ClassMemoHandle {
  const refuse = (): never => {
    throw new OptionError(
      "memoOf(target)",
      "an instance of the class for this; a class stands for all of its instances, which can only be cleared",
      "a class",
    );
  };
  const clear = (): Promise<void> => memo.clear();
  const rest = {
    key: refuse,
    has: refuse,
    peek: refuse,
    set: refuse,
    refresh: refuse,
    invalidate: refuse,
  };
  return Object.assign(rest, { clear });
}
