import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { structured } from "@class-cache/mapping";
import { plainJson } from "../../src/codec/plain-json.ts";

const codec = structured();
const context = { id: "test", key: "" };
const throughCodec = (value: unknown): unknown =>
  codec.decode(codec.encode(value, context) as Uint8Array, context);

describe("a small plain value is written as JSON", () => {
  test.each<[string, object]>([
    ["an empty object", {}],
    ["an empty array", []],
    ["primitives", { text: "some", number: -1.5e-300, yes: true, nothing: null }],
    ["objects in arrays in objects", { list: [{ a: 1 }, [{ b: [] }]] }],
    ["texts of any script, and halves of them", { "ключ 😀": "漢\ud83d", "\udc00": "\u2028" }],
    ["names that are numbers", { 2: "two", 1: "one", b: 0, a: 0 }],
    ["numbers at their limits", [2 ** 53, Number.MAX_VALUE, Number.MIN_VALUE, 0.1 + 0.2]],
    ["another realm's object", runInNewContext("({ a: [1] })") as object],
  ])("%s", (_, value) => {
    expect(plainJson(value)).toBe(JSON.stringify(value));
    const read = throughCodec(value);
    expect(read).toEqual(value);
    expect(JSON.stringify(read)).toBe(JSON.stringify(value));
  });
});

describe("what JSON would not give back as it was is written otherwise", () => {
  const shared = { a: 1 };
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  // oxlint-disable-next-line no-sparse-arrays
  const sparse = [1, , 3];
  const named = Object.assign([1, 2], { name: "list" });
  const own = JSON.parse('{ "__proto__": 1, "a": 2 }') as object;

  test.each<[string, object]>([
    ["minus zero", [-0]],
    ["NaN", { a: Number.NaN }],
    ["an infinite number", { a: Infinity }],
    ["undefined", { a: undefined }],
    ["a big integer", [1n]],
    ["a date", { at: new Date(0) }],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { a: 1 })],
    ["an object met twice", [shared, shared]],
    ["a cycle", cycle],
    ["an array with a hole", sparse],
    ["a property that is called __proto__", own],
    ["a property that objects have anyway", { toString: "text" }],
    ["many parts", Array.from({ length: 100 }, (__, index) => index)],
    ["long text", { text: "long ".repeat(1000) }],
  ])("%s", (_, value) => {
    expect(plainJson(value)).toBeUndefined();
    expect(throughCodec(value)).toStrictEqual(value);
  });

  test("a map in it", () => {
    expect(throughCodec({ a: new Map([[1, 2]]) })).toEqual({ a: new Map([[1, 2]]) });
  });

  test("an array that has properties with names is kept with them", () => {
    expect(plainJson(named)).toBeUndefined();
    expect(throughCodec(named)).toMatchObject({ name: "list", length: 2 });
  });
});

test("a getter is asked once, and what it gave is stored", () => {
  const answers = [7, undefined, -0];
  const value = {
    get a() {
      return answers.shift();
    },
  };
  expect(throughCodec(value)).toEqual({ a: 7 });
  expect(answers).toHaveLength(2);
});

test("a method toJSON that a library gives to all objects is not asked", () => {
  const prototype = Object.prototype as { toJSON?: () => unknown };
  Object.defineProperty(prototype, "toJSON", { configurable: true, value: () => "wrong" });
  try {
    expect(plainJson({ a: 1 })).toBeUndefined();
    expect(throughCodec({ a: 1 })).toEqual({ a: 1 });
  } finally {
    delete prototype.toJSON;
  }
});

test("a setter that a library gives to all objects is not run", () => {
  let runs = 0;
  Object.defineProperty(Object.prototype, "polluted", {
    configurable: true,
    set() {
      runs += 1;
    },
  });
  try {
    const value = {};
    Object.defineProperty(value, "polluted", { value: 1, enumerable: true });
    expect(plainJson(value)).toBeUndefined();
    expect(runs).toBe(0);
  } finally {
    delete (Object.prototype as { polluted?: unknown }).polluted;
  }
});

test("the elements of a long array are not listed to see that it is long", () => {
  let listings = 0;
  const long = new Proxy(
    Array.from({ length: 1000 }, () => 1),
    {
      ownKeys(target) {
        listings += 1;
        return Reflect.ownKeys(target);
      },
    },
  );
  expect(plainJson(long)).toBeUndefined();
  expect(listings).toBe(0);
});
