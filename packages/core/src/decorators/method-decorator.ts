import { OptionError } from "@class-cache/mapping";
import type { DecoratedMethod, MethodPlace } from "./decorated-method.ts";
import type { AnyMethod } from "../options/only-async.ts";
import { callingFile, scopeOf } from "../keys/scope.ts";

/** How a decorator of methods says what it is, and what it makes of a method. */
export interface MethodDecoration {
  /** As it is written, for errors. */
  readonly decorator: string;
  /** What it must stand on, for errors. */
  readonly standsOn: string;
  /** The file that the decorator was called in. */
  readonly writtenIn: string | undefined;
  readonly decorate: (original: AnyMethod, place: MethodPlace) => DecoratedMethod;
}

/** The decorator of a method, for standard and for experimental decorators. */
export function methodDecorator(decoration: MethodDecoration): Function {
  const decorate = (
    target: unknown,
    at: ClassMethodDecoratorContext | string | symbol,
    descriptor?: TypedPropertyDescriptor<AnyMethod>,
  ): unknown => {
    const scope = scopeOf(decoration.writtenIn, callingFile(decorate));
    const replace = (original: unknown, place: Omit<MethodPlace, "scope">): DecoratedMethod => {
      if (typeof original !== "function") throw notAMethod(decoration, typeof original);
      return decoration.decorate(original as AnyMethod, { ...place, scope });
    };
    if (typeof at === "object") {
      if (at.kind !== "method") throw notAMethod(decoration, at.kind);
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
  return decorate;
}

function notAMethod({ decorator, standsOn }: MethodDecoration, received: unknown): OptionError {
  return new OptionError(decorator, standsOn, received);
}
