import { types } from "node:util";

/** Errors inside errors that are looked at; deeper causes are left out. */
const DEEPEST = 20;

/**
 * An error that can be stored in the place of one whose class the codec does not know: of the built-in
 * class that it derives from, with its name, message, stack, own properties and cause. What cannot be
 * stored among its properties is left out.
 *
 * @param isStorable whether the codec takes a value
 */
export async function keepableError(
  thrown: unknown,
  isStorable: (value: unknown) => Promise<boolean>,
  depth: number = 0,
): Promise<unknown> {
  if (await isStorable(thrown)) return thrown;
  if (!types.isNativeError(thrown))
    return new Error(`Rejected with what cannot be stored: ${describe(thrown)}`);
  const copy = new (builtInClassOf(thrown))(thrown.message);
  const own = Object.getOwnPropertyNames(thrown).filter((name) => name !== "message");
  for (const name of own) {
    const value = (thrown as unknown as Record<string, unknown>)[name];
    const kept =
      name === "cause" && depth < DEEPEST
        ? await keepableError(value, isStorable, depth + 1)
        : value;
    if (await isStorable(kept))
      define(copy, name, kept, Object.prototype.propertyIsEnumerable.call(thrown, name));
  }
  if (copy.name !== thrown.name) define(copy, "name", thrown.name, false);
  return copy;
}

function define(target: object, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true });
}

const BUILT_IN = [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as const;

function builtInClassOf(error: Error): new (message: string) => Error {
  return BUILT_IN.find((candidate) => error instanceof candidate) ?? Error;
}

function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}
