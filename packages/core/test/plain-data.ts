import fc from "fast-check";
import { plainCopy } from "../src/keys/plain-copy.ts";

type Container = Record<string, unknown>;

const leaf = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 1, "1", 1n, true, null, undefined, Number.NaN, "", "a", "\ud800"),
  fc.integer({ min: 0, max: 3 }),
);
const names = fc.constantFrom(
  "a",
  "b",
  "$a",
  "0",
  "1",
  "__proto__",
  "length",
  "toString",
  "toJSON",
);

/** Plain objects and arrays, with objects, arrays and primitives in them, no larger than what is copied. */
export const plainData: fc.Arbitrary<object> = fc
  .letrec<{ part: unknown; whole: object }>((tie) => ({
    part: fc.oneof({ depthSize: "small" }, leaf, tie("whole")),
    whole: fc.oneof(
      fc
        .array(fc.tuple(names, tie("part")), { maxLength: 4 })
        .map(Object.fromEntries) as fc.Arbitrary<object>,
      fc.array(tie("part"), { maxLength: 4 }),
    ),
  }))
  .whole.filter((value) => plainCopy(value) !== undefined);

/** What can be done to an object or array, by one of its names. */
export const changes: readonly ((at: Container, name: string) => unknown)[] = [
  () => undefined,
  (at, name) => put(at, name, 2),
  (at, name) => put(at, name, typeof at[name] === "object" ? "{}" : `${at[name] as number}`),
  (at, name) => put(at, name, at[name] === undefined ? null : undefined),
  (at, name) => put(at, name, Object.is(at[name], 0) ? -0 : 0),
  (at, name) => put(at, name, typeof at[name] === "number" ? at[name] + 1 : Number.NaN),
  (at, name) => put(at, name, [at[name]]),
  (at, name) => put(at, name, { [name]: at[name] }),
  (at, name) => put(at, name, at),
  (at, name) =>
    put(at, name, at[name] instanceof Array ? Object.assign({}, at[name]) : new Date(0)),
  (at, name) => delete at[name],
  (at, name) => put(at, `${name}a`, at[name]) && delete at[name],
  (at, name) => put(at, "b", 1) && put(at, "a", name),
  (at, name) => Object.defineProperty(at, name, { enumerable: false }),
  (at, name) => {
    const value = at[name];
    Object.defineProperty(at, name, { get: () => value, enumerable: true });
  },
  (at, name) => put(at, name, proxied(at[name])),
  (at) => Object.assign(at, { [Symbol("s")]: 1 }),
  (at) => Object.defineProperty(at, Symbol.toStringTag, { value: "Kind" }),
  (at) => Object.setPrototypeOf(at, null),
  (at) => Object.setPrototypeOf(at, Array.isArray(at) ? Object.prototype : Array.prototype),
  (at) => Object.setPrototypeOf(at, class Kind {}.prototype),
  (at) => Array.isArray(at) && at.push(undefined),
  (at) => Array.isArray(at) && (at.length += 1),
  (at) => Array.isArray(at) && at.reverse(),
  (at) => {
    const entries = Object.entries(at).toReversed();
    for (const [name] of entries) delete at[name];
    for (const [name, value] of entries) put(at, name, value);
  },
];

/**
 * A copy with a change somewhere in it.
 *
 * @param place which of the objects in it, and which of their names
 */
export function changed(value: object, place: number, change: number): object {
  const other = plainCopy(value)!;
  const all: Container[] = [];
  const collect = (object: object): void => {
    all.push(object as Container);
    for (const inner of Object.values(object))
      if (typeof inner === "object" && inner) collect(inner);
  };
  collect(other);
  const at = all[place % all.length]!;
  const own = Object.keys(at);
  changes[change]!(at, own[place % Math.max(1, own.length)] ?? "a");
  return other;
}

function put(at: Container, name: string, value: unknown): boolean {
  Object.defineProperty(at, name, { value, configurable: true, enumerable: true, writable: true });
  return true;
}

function proxied(value: unknown): unknown {
  return typeof value === "object" && value !== null ? new Proxy(value, {}) : value;
}
