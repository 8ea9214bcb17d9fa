import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Key } from "@class-cache/mapping";
import { encodeKey } from "@class-cache/mapping";
import { plainCopy } from "../src/keys/plain-copy.ts";
import { Structures } from "../src/keys/structures.ts";
import { changed, changes, plainData } from "./plain-data.ts";

function noted(...values: readonly object[]): Structures<string> {
  const structures = new Structures<string>();
  for (const value of values) structures.add(plainCopy(value)!, () => encodeKey(value));
  return structures;
}

interface Query {
  filter: { tags: unknown[]; since: unknown };
  page?: unknown;
  [name: string]: unknown;
}

const query = (): Query => ({ filter: { tags: ["a", "b", "c"], since: 7 }, page: null });

describe("an object is found by what it consists of", () => {
  test("when another with the same was noted", () => {
    expect(noted(query()).find(query())).toBe(encodeKey(query()));
  });

  test("among others of the same structure, and of others", () => {
    const values = Array.from({ length: 200 }, (_, at) => ({
      kind: at % 3 === 0 ? "x" : { deep: at % 5 },
      tags: Array.from({ length: at % 4 }, (__, place) => (at >> place) % 2),
      at: at >> 2,
    }));
    const structures = noted(...values);
    for (const value of values) expect(structures.find(plainCopy(value)!)).toBe(encodeKey(value));
  });

  test.each<[string, object, object]>([
    ["NaN", { a: Number.NaN, b: 1 }, { a: Number.NaN, b: 1 }],
    ["0 in the place of -0", { a: -0 }, { a: 0 }],
    ["an undefined property", { a: undefined }, { a: undefined }],
    ["an undefined element", [undefined], [undefined]],
    [
      "a name that prototypes have",
      JSON.parse('{"__proto__":1}') as object,
      JSON.parse('{"__proto__":1}') as object,
    ],
    ["names like indices, put in another order", { 2: "b", 1: "a" }, { 1: "a", 2: "b" }],
    ["one object twice", { a: { b: 1 }, c: { b: 1 } }, ((b) => ({ a: b, c: b }))({ b: 1 })],
    ["nothing", {}, {}],
    ["no element", [], []],
  ])("with %s", (_, value, other) => {
    expect(encodeKey(other)).toBe(encodeKey(value));
    expect(noted(value).find(other)).toBe(encodeKey(value));
  });

  test("by what a getter or a proxy gives", () => {
    const structures = noted(query());
    const { filter } = query();
    const given = {
      get filter() {
        return filter;
      },
      page: null,
    };
    expect(structures.find(given)).toBe(encodeKey(given));
    expect(structures.find(new Proxy(query(), {}))).toBe(encodeKey(query()));
    filter.since = 8;
    expect(structures.find(given)).toBeUndefined();
  });

  test("whatever becomes of the one that was noted", () => {
    const value = query();
    const structures = noted(value);
    value.filter.since = 8;
    value.filter.tags.push("d");
    expect(structures.find(value)).toBeUndefined();
    expect(structures.find(query())).toBe(encodeKey(query()));
  });

  test("while a getter in it has others found", () => {
    const structures = noted({ a: 1, b: 2, c: 3 });
    const given = {
      a: 1,
      get b() {
        structures.find({ a: 1, b: 2, c: 4 });
        return 2;
      },
      c: 3,
    };
    expect(structures.find(given)).toBe(encodeKey({ a: 1, b: 2, c: 3 }));
  });
});

describe("an object is not found", () => {
  class Special extends Array<unknown> {}

  test.each<[string, (value: Query) => unknown]>([
    ["a value is another", ({ filter }) => (filter.since = 8)],
    ["a number is a string", ({ filter }) => (filter.since = "7")],
    ["a number is a bigint", ({ filter }) => (filter.since = 7n)],
    ["null is undefined", (value) => (value.page = undefined)],
    ["null is false", (value) => (value.page = false)],
    ["a value is an object", ({ filter }) => (filter.since = {})],
    ["a value is in an array", ({ filter }) => (filter.since = [7])],
    ["a property is gone", (value) => delete value.page],
    ["a property is added", (value) => (value.more = undefined)],
    ["a property has another name", (value) => delete value.page && (value.pages = null)],
    [
      "a property is an object farther in",
      (value) => delete value.page && Object.assign(value.filter, { page: null }),
    ],
    ["an element is another", ({ filter }) => (filter.tags[1] = "x")],
    ["elements have changed places", ({ filter }) => filter.tags.reverse()],
    ["an element is gone", ({ filter }) => filter.tags.pop()],
    ["an element is added", ({ filter }) => filter.tags.push(undefined)],
    ["elements are in an array of their own", ({ filter }) => (filter.tags = [["a", "b", "c"]])],
    ["an array has a name", ({ filter }) => Object.assign(filter.tags, { name: 1 })],
    ["an array has a hole", ({ filter }) => Reflect.deleteProperty(filter.tags, 0)],
    [
      "an array has a hole and a name",
      ({ filter }) =>
        Reflect.deleteProperty(filter.tags, 2) && Object.assign(filter.tags, { name: 1 }),
    ],
    ["an array has a symbol", ({ filter }) => Object.assign(filter.tags, { [Symbol("s")]: 1 })],
    ["an array is of a subclass", ({ filter }) => (filter.tags = Special.from(filter.tags))],
    ["an array has no prototype", ({ filter }) => Object.setPrototypeOf(filter.tags, null)],
    [
      "an array is an object",
      ({ filter }) => (filter.tags = Object.assign({}, filter.tags) as never),
    ],
    ["an object has a symbol", ({ filter }) => Object.assign(filter, { [Symbol("s")]: 1 })],
    ["it has a symbol", (value) => Object.assign(value, { [Symbol("s")]: undefined })],
    [
      "an object is of a kind of its own",
      ({ filter }) => Object.defineProperty(filter, Symbol.toStringTag, { value: "Filter" }),
    ],
    ["an object has no prototype", ({ filter }) => Object.setPrototypeOf(filter, null)],
    [
      "an object is an instance",
      (value) => Object.setPrototypeOf(value.filter, { constructor: class Filter {} } as object),
    ],
    [
      "a property is not listed",
      (value) => Object.defineProperty(value, "page", { enumerable: false }),
    ],
    ["it has itself in it", (value) => (value.page = value)],
    ["a value is a function", (value) => (value.page = () => null)],
    ["a value is a symbol", (value) => (value.page = Symbol("s"))],
    ["a value is a date", ({ filter }) => (filter.since = new Date(7))],
  ])("when %s", (_, change) => {
    const structures = noted(query());
    const other = query();
    change(other);
    expect(structures.find(other)).toBeUndefined();
    expect(structures.find(query())).toBe(encodeKey(query()));
  });

  test("when arguments of a function are taken for an object with indices", () => {
    function given(): object {
      // oxlint-disable-next-line prefer-rest-params
      return arguments;
    }
    expect(noted({ 0: "a" }).find((given as (text: string) => object)("a"))).toBeUndefined();
  });

  describe("when what it lacks", () => {
    afterEach(() => {
      Reflect.deleteProperty(Object.prototype, "more");
      Reflect.deleteProperty(Array.prototype, 1);
    });

    test("all objects have", () => {
      const structures = noted({ a: 1, more: 1 });
      Object.assign(Object.prototype, { more: 1 });
      expect(structures.find({ a: 1 })).toBeUndefined();
    });

    test("all arrays have", () => {
      const structures = noted([1, 2, 3]);
      Object.assign(Array.prototype, { 1: 2 });
      // oxlint-disable-next-line no-sparse-arrays
      expect(structures.find([1, , 3])).toBeUndefined();
    });
  });

  test("unless its key is the same, whatever else differs", () => {
    const outcomes = { found: 0, other: 0 };
    fc.assert(
      fc.property(
        fc.array(plainData, { minLength: 1, maxLength: 5 }),
        fc.nat(),
        fc.nat(100),
        fc.nat(changes.length - 1),
        (values, which, place, change) => {
          const structures = noted(...values);
          for (const value of values) {
            expect(structures.find(plainCopy(value)!)).toBe(encodeKey(value));
          }
          const other = changed(values[which % values.length]!, place, change);
          const found = structures.find(other);
          if (found === undefined) outcomes.other += 1;
          else {
            outcomes.found += 1;
            expect(found).toBe(encodeKey(other as Key));
          }
        },
      ),
      { numRuns: process.env.CLASS_CACHE_SOAK === "1" ? 200_000 : 5_000 },
    );
    expect(outcomes.found).toBeGreaterThan(100);
    expect(outcomes.other).toBeGreaterThan(1000);
  });
});
