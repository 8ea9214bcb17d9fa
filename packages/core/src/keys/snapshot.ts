import { types } from "node:util";
import { currentTurn } from "@class-cache/mapping";
import { areNamesInherited } from "./inherited-names.ts";

/** Beyond so many properties and elements, a snapshot is not worth its memory. */
const MOST_VALUES = 64;

/** An object or an array, and what it had. Objects in it stand for themselves. */
interface Part {
  readonly object: object;
  /** Undefined for an array. */
  readonly names: readonly string[] | undefined;
  readonly values: readonly unknown[];
}

/**
 * What a plain object or array had, with all those in it. To see that it still has the same takes a small
 * part of the time that putting the text of its key together takes.
 */
export class Snapshot {
  readonly #parts: readonly Part[];
  #turn: number;

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#turn = currentTurn();
  }

  /** @returns undefined for what has anything but plain objects, dense arrays and primitives in it */
  static of(value: object): Snapshot | undefined {
    const parts: Part[] = [];
    return take(value, parts, 0) === undefined ? undefined : new Snapshot(parts);
  }

  /**
   * Whether each object has the prototype, the properties and the values that it had, so that the text of
   * the key would be the same. For symbols it is looked once a turn, as on instances: it takes longer than
   * all the rest, and who has any is refused.
   */
  holds(): boolean {
    const turn = currentTurn();
    const isFirst = turn !== this.#turn;
    if (areNamesInherited()) return false;
    for (const part of this.#parts) {
      if (part.names === undefined) {
        if (!hasElements(part.object as readonly unknown[], part.values)) return false;
      } else if (!hasProperties(part.object, part.names, part.values)) return false;
      if (isFirst && hasSymbols(part.object)) return false;
    }
    this.#turn = turn;
    return true;
  }
}

/** @returns how many values there are; undefined where something cannot be told by them */
function take(object: object, parts: Part[], before: number): number | undefined {
  const isArray = Array.isArray(object);
  if (isArray && object.length > MOST_VALUES) return undefined;
  const prototype: object = isArray ? Array.prototype : Object.prototype;
  if (Object.getPrototypeOf(object) !== prototype || hasSymbols(object)) return undefined;
  const names = Object.keys(object);
  let count = before + names.length;
  if (count > MOST_VALUES || (isArray && object.length !== names.length)) return undefined;
  // What a getter or a proxy gave just now need not be what the text was made of.
  if (types.isProxy(object) || !names.every((name) => isOwnValue(object, name))) return undefined;
  const values: readonly unknown[] = Object.values(object);
  // A hole, later on, would be undefined as well.
  if (isArray && values.includes(undefined)) return undefined;
  parts.push({ object, names: isArray ? undefined : names, values });
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue;
    const taken = take(value, parts, count);
    if (taken === undefined) return undefined;
    count = taken;
  }
  return count;
}

function isOwnValue(object: object, name: string): boolean {
  return "value" in Object.getOwnPropertyDescriptor(object, name)!;
}

function hasSymbols(object: object): boolean {
  return Object.getOwnPropertySymbols(object).length > 0;
}

function hasElements(array: readonly unknown[], values: readonly unknown[]): boolean {
  const { length } = values;
  if (array.length !== length || Object.getPrototypeOf(array) !== Array.prototype) return false;
  for (let at = 0; at < length; at += 1) if (array[at] !== values[at]) return false;
  // None has got a name.
  return Object.keys(array).length === length;
}

function hasProperties(
  object: object,
  names: readonly string[],
  values: readonly unknown[],
): boolean {
  if (Object.getPrototypeOf(object) !== Object.prototype) return false;
  let at = 0;
  for (const name in object) {
    if (name !== names[at]) return false;
    if ((object as Readonly<Record<string, unknown>>)[name] !== values[at]) return false;
    at += 1;
  }
  return at === names.length;
}
