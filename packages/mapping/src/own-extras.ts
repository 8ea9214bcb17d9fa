import { isDeepStrictEqual, types } from "node:util";
import type { BuiltIn, TypedArray } from "./built-in.ts";

/**
 * What a value of this kind carries beside its content, as "…"; undefined when it carries nothing that
 * the kind has no place for. Of errors and instances only those who keep them can tell.
 */
export function troubleOf(value: object, kind: BuiltIn): string | undefined {
  switch (kind) {
    case "object":
    case "array":
    case "bare object":
      return symbolTrouble(value);
    case "buffer":
    case "typed array":
      return typedArrayTrouble(value as TypedArray);
    case "boxed":
      return extraTrouble(value, types.isStringObject(value) ? value.length : 0);
    case "map":
    case "set":
    case "date":
    case "regexp":
    case "url":
    case "data view":
    case "array buffer":
    case "shared array buffer":
      return extraTrouble(value, 0);
    case "error":
    case "instance":
      return undefined;
  }
}

/** What is wrong with an object's own symbols, as "…"; undefined when nothing is. */
export function symbolTrouble(value: object): string | undefined {
  const symbols = Object.getOwnPropertySymbols(value);
  if (symbols.length === 0) return undefined;
  const shown = symbols.find((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
  if (shown !== undefined) return `an object with a property named by a symbol (${String(shown)})`;
  if (types.isArgumentsObject(value)) return "an arguments object";
  if (symbols.includes(Symbol.toStringTag)) return `an object of the kind ${tagOf(value)}`;
  return undefined;
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** @param contentKeys how many enumerable properties are the content, as the characters of a boxed string */
function extraTrouble(value: object, contentKeys: number): string | undefined {
  const names = Object.keys(value);
  if (names.length > contentKeys) {
    return `an object of the kind ${tagOf(value)} with a property of its own (${String(names[contentKeys])})`;
  }
  return symbolTrouble(value);
}

/** Up to this length, listing a typed array's indices is the quickest way to count its properties. */
const fewElements = 32;

function typedArrayTrouble(array: TypedArray): string | undefined {
  if (array.length > fewElements && isDeepStrictEqual(array, sameElements(array))) return undefined;
  return extraTrouble(array, array.length);
}

/**
 * Another view of the same memory. Comparing the two compares the memory with itself, which is quick,
 * and then their other properties, which nothing else in Node.js lists without listing each index.
 */
function sameElements(array: TypedArray): TypedArray {
  if (Buffer.isBuffer(array)) return Buffer.from(array.buffer, array.byteOffset, array.length);
  const view = Object.getPrototypeOf(array).constructor as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TypedArray;
  return new view(array.buffer, array.byteOffset, array.length);
}

/** How many enumerable named and indexed properties an array has. Its holes do not count. */
export function enumerableCount(array: readonly unknown[]): number {
  const [first] = array;
  // Object.values is several times as quick, save for fractions, each of which it has to box.
  return typeof first === "number" && !Number.isInteger(first)
    ? Object.keys(array).length
    : Object.values(array).length;
}
