import { isDeepStrictEqual } from "node:util";
import type { Key } from "../../src/key.ts";
import { withProperties } from "./key-arbitrary.ts";

/** Stands for what `isDeepStrictEqual` sees otherwise than keys do. No key has this class. */
class Seen {
  readonly what: string;
  readonly content: unknown;

  constructor(what: string, content: unknown) {
    this.what = what;
    this.content = content;
  }
}

/**
 * Whether two keys are deeply equal, told without their texts. `isDeepStrictEqual` differs from keys
 * in that it tells -0 from 0, and has faults that are evened out as well: on Node 20 it takes invalid
 * dates for unequal and all URLs for equal; on Node 24 it throws for some Sets that hold null.
 */
export function deeplyEqual(left: Key, right: Key): boolean {
  return isDeepStrictEqual(copy(left, even), copy(right, even));
}

function even(part: unknown): unknown {
  if (part === 0) return 0;
  if (part === null || part === undefined) return new Seen(String(part), part);
  if (part instanceof URL) return new Seen("url", part.href);
  if (part instanceof Date) return new Seen("date", String(part.getTime()));
  return part;
}

/** A copy in which no object occurs twice, and each part is what `change` makes of its copy. */
export function copy(part: unknown, change: (part: unknown) => unknown): unknown {
  return change(copyContent(part, (inner) => copy(inner, change)));
}

function copyContent(part: unknown, inner: (part: unknown) => unknown): unknown {
  if (Array.isArray(part)) {
    const array: unknown[] = [];
    array.length = part.length;
    return withProperties(array, Object.entries(part).map(both));
  }
  if (part instanceof Map)
    return new Map([...part].map(([key, value]) => [inner(key), inner(value)]));
  if (part instanceof Set) return new Set([...part].map(inner));
  if (typeof part !== "object" || part === null) return part;
  const prototype: unknown = Object.getPrototypeOf(part);
  if (prototype !== null && prototype !== Object.prototype) return part;
  return withProperties(Object.create(prototype) as object, Object.entries(part).map(both));

  function both([name, value]: [string, unknown]): [string, unknown] {
    return [name, inner(value)];
  }
}
