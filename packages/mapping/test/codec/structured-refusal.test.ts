import { describe, expect, test } from "@jest/globals";
import { Readable } from "node:stream";
import { json } from "../../src/codec/json.ts";
import { structured } from "../../src/codec/structured.ts";
import type { ValueCodec } from "../../src/codec/codec.ts";
import { UnstorableError } from "../../src/errors.ts";
import { entry } from "../support/entry.ts";

function refusal(codec: ValueCodec, value: unknown): UnstorableError {
  try {
    void codec.encode(value, entry);
  } catch (error) {
    if (error instanceof UnstorableError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

class Point {
  readonly x = 1;
}
class Tags extends Set {}
class Vector extends Float64Array {}
class HttpError extends Error {}
const symbol = Symbol("tag");

/** What no codec stores. */
const anywhere: [string, unknown, string, string][] = [
  ["a function", { a: [0, { b: () => 1 }] }, "value.a[1].b", "a function"],
  ["a class", Point, "value", "a function"],
  ["a symbol", { "a b": symbol }, 'value["a b"]', "a symbol"],
  ["a promise", [Promise.resolve(1)], "value[0]", "a promise"],
  ["a WeakMap", { cache: new WeakMap() }, "value.cache", "a WeakMap"],
  ["a stream", { body: Readable.from([]) }, "value.body", "a stream (Readable)"],
  ["an instance", { point: new Point() }, "value.point", "an instance of Point"],
  ["a property named by a symbol", [{ [symbol]: 1 }], "value[0]", "Symbol(tag)"],
  ["the same of an array", Object.assign([1], { [symbol]: 1 }), "value", "Symbol(tag)"],
  ["a boxed symbol", [Object(symbol)], "value[0]", "a boxed Symbol"],
  ["a proxy of a Map", [new Proxy(new Map(), {})], "value[0]", "a proxy"],
  ["SharedArrayBuffer", [new SharedArrayBuffer(1)], "value[0]", "a SharedArrayBuffer"],
  ["an iterator", { all: [1].values() }, "value.all", "an "],
  ["an AbortSignal", { signal: AbortSignal.abort() }, "value.signal", "AbortSignal"],
  ["an object that inherits", [Object.create({ a: 1 })], "value[0]", "a prototype of its own"],
];

describe("the structured codec refuses", () => {
  test.each([
    ...anywhere,
    ["a function in a Map", new Map([["k", () => 1]]), 'value.get("k")', "a function"],
    ["a key of a Map", new Map([[new Point(), 1]]), "value.keys()[0]", "Point"],
    [
      "a value of a Map behind an object",
      new Map([[{}, new Point()]]),
      "value.values()[0]",
      "Point",
    ],
    ["a member of a Set", new Set([1, new Point()]), "value.values()[1]", "Point"],
    ["a property of an array", Object.assign([1], { point: new Point() }), "value.point", "Point"],
    ["one behind a hole", Object.assign([], { 3: new Point() }), "value[3]", "Point"],
    [
      "a large array's property",
      Object.assign(Array(99).fill(1.5), { p: new Point() }),
      "value.p",
      "Point",
    ],
    ["a cause", new Error("x", { cause: new Point() }), "value.cause", "Point"],
    [
      "a property of an error",
      Object.assign(new Error("x"), { at: new Point() }),
      "value.at",
      "Point",
    ],
    ["one of the errors", new AggregateError([1, new Point()]), "value.errors[1]", "Point"],
    [
      "an error of a class",
      { error: new HttpError("x") },
      "value.error",
      "an instance of HttpError, which extends Error",
    ],
    ["a subclass of Set", new Tags(), "value", "an instance of Tags, which extends Set"],
    ["a subclass of Array", [new (class List extends Array {})()], "value[0]", "List"],
    ["a subclass of a typed array", new Vector(1), "value", "Vector"],
    [
      "a view of shared memory",
      [new Uint8Array(new SharedArrayBuffer(1))],
      "value[0]",
      "SharedArrayBuffer",
    ],
    [
      "a view of shared memory alone",
      new Uint8Array(new SharedArrayBuffer(1)),
      "value",
      "SharedArrayBuffer",
    ],
    [
      "a Map with a property",
      [Object.assign(new Map(), { x: 1 })],
      "value[0]",
      "Map with a property of its own (x)",
    ],
    ["a Date with a property", Object.assign(new Date(), { x: 1 }), "value", "Date"],
    [
      "a boxed text with a property",
      Object.assign(Object("abc") as object, { x: 1 }),
      "value",
      "(x)",
    ],
    ["a Buffer with a property", Object.assign(Buffer.alloc(99), { x: 1 }), "value", "(x)"],
    [
      "a lastIndex",
      Object.assign(/a/, { lastIndex: "1" }),
      "value",
      "a lastIndex that is no number",
    ],
    [
      "what a getter gives",
      {
        get fn() {
          return () => 1;
        },
      },
      "value.fn",
      "a function",
    ],
    ["what stands beside a URL", [new URL("a:b"), { a: new Point() }], "value[1].a", "Point"],
    [
      "what stands in a bare object",
      Object.assign(Object.create(null) as object, { p: new Point() }),
      "value.p",
      "Point",
    ],
  ])("%s", (_name, value, path, what) => {
    const error = refusal(structured(), value);
    expect(error.code).toBe("ERR_UNSTORABLE");
    expect(error.path).toBe(path);
    expect(error.message).toContain(what);
    expect(error.value).toBe(value);
  });

  test("an instance with the way to register its class", () => {
    expect(refusal(structured(), new Point()).message).toContain(
      "structured({ classes: [Point] })",
    );
    expect(refusal(structured(), new HttpError("")).message).toContain("classes: [HttpError]");
    expect(refusal(structured(), new Tags()).message).toContain(
      "{ class: Tags, toData, fromData }",
    );
  });

  test("other things with what to do instead", () => {
    expect(refusal(structured(), new Proxy(new Map(), {})).message).toContain("is a proxy of");
    expect(refusal(structured(), new SharedArrayBuffer(1)).message).toContain("Copy its content");
    expect(refusal(structured(), () => 1).message).toContain("Return data only");
  });

  test.each([
    ["objects", (inner: unknown) => ({ inner })],
    ["lists", (inner: unknown) => [inner]],
    ["Maps", (inner: unknown) => new Map([[1, inner]])],
    [
      "objects without a prototype",
      (inner: unknown) => Object.assign(Object.create(null) as object, { inner }),
    ],
  ])("nesting deeper than it could read: %s", (_name, around) => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 1001; depth++) deep = around(deep);
    expect(refusal(structured(), deep).message).toContain("nested more than 1000 objects deep");
  });

  test("a value of which a getter throws, with the cause", () => {
    const cause = new Error("getter");
    const value = {
      get broken(): never {
        throw cause;
      },
    };
    expect(refusal(structured(), value).cause).toBe(cause);
    expect(refusal(json(), value).cause).toBe(cause);
  });
});

describe("the JSON codec refuses", () => {
  const cycle: Record<string, unknown> = {};
  cycle.list = [{ cycle }];

  test.each([
    ...anywhere.filter(([name]) => name !== "a boxed symbol"),
    ["undefined", undefined, "value", "undefined"],
    ["a property of undefined", { a: { b: undefined } }, "value.a.b", "undefined"],
    ["undefined in a list", [1, undefined], "value[1]", "undefined"],
    ["NaN", { a: Number.NaN }, "value.a", "NaN"],
    ["Infinity", [-Infinity], "value[0]", "-Infinity"],
    ["-0", [0, -0], "value[1]", "-0"],
    ["a bigint", { big: 1n }, "value.big", "a bigint"],
    ["a Date", { at: new Date(0) }, "value.at", "a Date"],
    ["a Map", { map: new Map() }, "value.map", "a Map"],
    ["a Buffer", { bytes: Buffer.alloc(1) }, "value.bytes", "Buffer"],
    ["a typed array", { bytes: new Float32Array(1) }, "value.bytes", "a Float32Array"],
    ["a URL", [new URL("a:b")], "value[0]", "URL"],
    ["an error", [new Error("x")], "value[0]", "an Error"],
    ["a boxed number", [Object(1)], "value[0]", "a boxed Number"],
    ["a hole", { list: Object.assign([1], { length: 2 }) }, "value.list", "holes"],
    ["an array with a property", [Object.assign([1], { x: 1 })], "value[0]", "properties beside"],
    ["an object without a prototype", [Object.create(null)], "value[0]", "without a prototype"],
    ["toJSON", { a: { toJSON: () => 1 } }, "value.a.toJSON", "a function"],
    ["a cycle", cycle, "value.list[0].cycle", "a reference back to value,"],
  ])("%s", (_name, value, path, what) => {
    const error = refusal(json(), value);
    expect(error.path).toBe(path);
    expect(error.message).toContain(what);
    expect(error.message).toContain("structured()");
    expect(error.value).toBe(value);
  });

  test("nesting that the call stack cannot take", () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 200_000; depth++) deep = [deep];
    expect(refusal(json(), deep).code).toBe("ERR_UNSTORABLE");
  });
});
