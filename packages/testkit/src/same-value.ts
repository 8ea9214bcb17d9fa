import { types } from "node:util";

/**
 * Whether two values are alike down to the classes, the order of their parts, and which of their
 * parts are one and the same object.
 *
 * @param isOfSameClass Default: classes compare by name. Under Jest, what V8 deserializes is of other
 * globals than what the test writes down.
 */
export function isSame(
  left: unknown,
  right: unknown,
  isOfSameClass: (one: object, other: object) => boolean = hasSameClassName,
): boolean {
  const pairs = new Map<object, object>();
  const taken = new Set<object>();
  return same(left, right);

  function same(one: unknown, other: unknown): boolean {
    if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
      return Object.is(one, other);
    }
    const known = pairs.get(one);
    if (known !== undefined || taken.has(other)) return known === other;
    pairs.set(one, other);
    taken.add(other);
    return (
      isOfSameClass(one, other) &&
      same(contentOf(one), contentOf(other)) &&
      sameParts(Object.entries(partsOf(one)), Object.entries(partsOf(other)))
    );
  }

  function sameParts(ones: [unknown, unknown][], others: [unknown, unknown][]): boolean {
    return (
      ones.length === others.length &&
      ones.every(([key, value], at) => {
        const [otherKey, otherValue] = others[at] as [unknown, unknown];
        return same(key, otherKey) && same(value, otherValue);
      })
    );
  }
}

function hasSameClassName(one: object, other: object): boolean {
  return className(one) === className(other);
}

function className(value: object): unknown {
  const prototype = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
  return prototype === null ? null : prototype.constructor?.name;
}

/** What an object has beside its properties: a primitive, or a list made for the comparison. */
function contentOf(value: object): unknown {
  if (Array.isArray(value)) return value.length;
  if (types.isMap(value)) return [...value.keys(), ...value.values()];
  if (types.isSet(value)) return [...value];
  if (types.isDate(value)) return value.getTime();
  if (types.isRegExp(value)) return `${String(value)} ${value.lastIndex}`;
  if (value instanceof URL) return value.href;
  if (types.isBoxedPrimitive(value)) return value.valueOf();
  if (ArrayBuffer.isView(value)) return hex(value.buffer, value.byteOffset, value.byteLength);
  if (types.isAnyArrayBuffer(value)) return hex(value, 0, value.byteLength);
  return undefined;
}

function partsOf(value: object): object {
  if (ArrayBuffer.isView(value)) return {};
  if (!types.isNativeError(value)) return value;
  const own = Object.getOwnPropertyNames(value).toSorted();
  const hidden = own.map((name) => [name, (value as unknown as Record<string, unknown>)[name]]);
  return { own, shown: Object.keys(value), hidden, name: value.name, message: value.message };
}

function hex(memory: ArrayBufferLike, byteOffset: number, byteLength: number): string {
  return Buffer.from(memory, byteOffset, byteLength).toString("hex");
}
