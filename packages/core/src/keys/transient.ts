import { OptionError } from "@class-cache/mapping";
import { declareTransient } from "./metadata.ts";

/** The decorator `@transient`, for fields under standard and under experimental decorators. */
export interface TransientDecorator {
  <This, Value>(
    value: undefined,
    context: ClassFieldDecoratorContext<This, Value>,
  ): (this: This, initial: Value) => Value;
  <This, Value>(
    value: ClassAccessorDecoratorTarget<This, Value>,
    context: ClassAccessorDecoratorContext<This, Value>,
  ): ClassAccessorDecoratorResult<This, Value>;
  (target: object, name: string | symbol): void;
}

/**
 * A field that is not part of the instance's identity: a connection, a logger, a counter. Results are
 * shared by instances that differ only in such fields. It may stand on `#private` fields where the
 * compiler follows the decorators standard.
 */
export const transient: TransientDecorator = ((
  target: unknown,
  place: string | symbol | ClassFieldDecoratorContext | ClassAccessorDecoratorContext,
) => {
  if (typeof place === "string" || typeof place === "symbol") {
    declareTransient(target as object, place);
    return undefined;
  }
  const { kind, name }: { kind: string; name: string | symbol } = place;
  if (kind !== "field" && kind !== "accessor") {
    throw new OptionError("@transient", "on a field", kind);
  }
  // The standard tells a field's decorator nothing of the class; its first instance does.
  const init = place.static
    ? function (this: unknown, initial: unknown): unknown {
        declareTransient(this as object, name);
        return initial;
      }
    : function (this: unknown, initial: unknown): unknown {
        declareTransient(Object.getPrototypeOf(this) as object, name);
        return initial;
      };
  return kind === "field" ? init : { init };
}) as TransientDecorator;
