import { OptionError } from "@class-cache/mapping";
import { DecoratedMethod } from "./decorated-method.ts";
import type { Memo } from "../memo/memo.ts";
import type { ClassMemoHandle, MemoHandle } from "./memo-handle.ts";
import { InstanceMemoHandle } from "./memo-handle.ts";
import { methodDeclaration } from "../keys/metadata.ts";
import type { AnyMethod, AsyncMethodName } from "../options/only-async.ts";

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
  return handleOf("memoOf", target, method, false, InstanceMemoHandle);
}

/**
 * What stands for the results of a decorated method on its target.
 *
 * @param of the function that was asked for it, for error messages
 * @param isBatch whether the method is to be one of items
 * @throws OptionError when the method is not decorated, or of the other kind
 */
export function handleOf(
  of: string,
  target: object,
  method: PropertyKey,
  isBatch: boolean,
  Handle: new (memo: Memo, instance: unknown) => MemoHandle<AnyMethod>,
): MemoHandle<AnyMethod> | ClassMemoHandle {
  const isObject = typeof target === "function" || (typeof target === "object" && target !== null);
  if (!isObject) throw new OptionError(`${of}(target)`, "an instance or a class", target);
  const expected = isBatch
    ? "a method decorated with @cachedBatch (for one decorated with @cached there is memoOf)"
    : "a method decorated with @cached (for one decorated with @cachedBatch there is memoOfBatch)";
  const own = decorated(target, method);
  if (own?.isBatch === isBatch) {
    return own.isStream
      ? new InstanceMemoHandle(own.streamMemoOf(target), target)
      : new Handle(own.memoOf(target), target);
  }
  if (own === undefined && typeof target === "function") {
    const prototype = target.prototype as object;
    const found = decorated(prototype, method);
    if (found?.isBatch === isBatch) {
      const memo = found.isStream
        ? found.streamMemoOf(Object.create(prototype) as object)
        : found.memoOfInstances(prototype);
      return classHandle(memo.remembering);
    }
  }
  throw new OptionError(`${of}(target, method)`, expected, method);
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
    expire: refuse,
    explain: refuse,
  };
  return Object.assign(rest, { clear });
}
