import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { structured } from "../../src/codec/structured.ts";
import { entry } from "../support/entry.ts";
import { sameGraph } from "../support/same-graph.ts";

const codec = structured();
const bytesOf = (value: unknown): Uint8Array => codec.encode(value, entry) as Uint8Array;
const copyOf = (value: unknown): unknown => codec.decode(bytesOf(value), entry);

const sparse = Object.assign([1], { length: 9, 5: "five" });
const cycle: Record<string, unknown> = { list: [] };
(cycle.list as unknown[]).push(cycle, new Map([[cycle, new Set([cycle])]]));
const bare = Object.assign(Object.create(null) as Record<string, unknown>, { a: 1 });
bare.self = bare;
const failure = Object.assign(new RangeError("too much", { cause: { bare } }), { code: "E_MUCH" });
(failure.cause as Record<string, unknown>).failure = failure;
const stackless = new Error("x");
delete stackless.stack;
const memory = new ArrayBuffer(24);
const shared = { x: 1 };

describe("reads back what was stored", () => {
  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["NaN", Number.NaN],
    ["-0", -0],
    ["a bigint", -(2n ** 90n)],
    ["the empty text", ""],
    ["an ASCII text", "hello \u0000 world"],
    ["a Latin text", "blåbærsyltetøy"],
    ["a text of all planes", "日本語 🎉"],
    ["a lone surrogate", "a\ud800b"],
    ["a large text", "x".repeat(100_000)],
    ["a Buffer", Buffer.from("bytes")],
    ["an empty Buffer", Buffer.alloc(0)],
    [
      "typed arrays of all kinds",
      [
        Int8Array,
        Uint8Array,
        Uint8ClampedArray,
        Int16Array,
        Uint16Array,
        Int32Array,
        Uint32Array,
        Float32Array,
        Float64Array,
      ].map((kind) => kind.of(1, 2, 3)),
    ],
    ["typed arrays of bigints", [BigInt64Array.of(-1n), BigUint64Array.of(1n)]],
    ["a typed array alone", Float64Array.of(1.5, -0, Number.NaN)],
    ["a DataView", new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1)],
    ["an ArrayBuffer", Uint8Array.of(1, 2, 3).buffer],
    ["a Date", new Date(1e12)],
    ["an invalid Date", new Date(Number.NaN)],
    ["a RegExp", /a\/b/giu],
    ["a RegExp that is under way", Object.assign(/a/g, { lastIndex: 3 })],
    ["a URL", new URL("https://user@example.com:8080/path?q=1#hash")],
    ["boxed primitives", [Object(1), Object("text"), Object(true), Object(1n)]],
    ["a sparse array", sparse],
    ["a vast sparse array", Object.assign([], { length: 2 ** 32 - 1, 4_000_000_000: 1 })],
    ["an array with properties", Object.assign([1, 2], { total: 3, when: new Date(0) })],
    ["a match of a RegExp with groups", /(?<year>\d+)/.exec("in 2024")],
    ["a property of undefined", { a: undefined }],
    ["names of all kinds", { "": 1, 10: 2, 9: 3, "a b": 4, constructor: 5, toString: 6 }],
    ["own __proto__", JSON.parse('{"__proto__":{"polluted":true},"b":1}')],
    ["own __proto__ beside a URL", [new URL("a:b"), JSON.parse('{"__proto__":{"polluted":1}}')]],
    ["an object without a prototype", Object.assign(Object.create(null) as object, { b: [bare] })],
    [
      "own __proto__ without a prototype",
      Object.assign(Object.create(null) as object, JSON.parse('{"__proto__":1}')),
    ],
    [
      "a Map in its order",
      new Map<unknown, unknown>([
        ["b", 1],
        ["a", new Map([[Number.NaN, -0]])],
      ]),
    ],
    ["a Set in its order", new Set<unknown>([2, "1", new Set([{}])])],
    ["an error", new TypeError("no")],
    [
      "errors of all kinds",
      [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
        (kind) => new kind("x"),
      ),
    ],
    ["an error without a message", new Error()],
    ["an error with a cause of undefined", new Error("x", { cause: undefined })],
    ["an error with a name of its own", Object.assign(new Error("x"), { name: "Mine" })],
    ["an error with an emptied stack", Object.assign(new Error("x"), { stack: "" })],
    ["an error without a stack", stackless],
    ["an AggregateError", new AggregateError([new Error("a"), 1], "all")],
    ["an error that leads back to itself", failure],
    ["a cycle", cycle],
    ["a cycle beside a URL", [cycle, new URL("a:b")]],
    ["one object twice", [shared, { shared }, new Map([[shared, shared]])]],
    [
      "one object twice, beside a URL",
      [shared, new URL("a:b"), { shared }, Object.assign([shared], { shared })],
    ],
    ["one URL twice and another", [new URL("a:b"), new URL("a:b")].flatMap((url) => [url, url])],
    [
      "one small array twice, beside a URL",
      [new URL("a:b"), ...[[1], [1]].flatMap((list) => [list, list])],
    ],
    [
      "overlapping views of one memory",
      [new Uint8Array(memory, 3, 9), new Float64Array(memory, 8, 2)],
    ],
    ["a buffer and a view of it", [memory, new Uint16Array(memory, 2, 4), memory]],
    ["a deep value", nested(990, (inner) => ({ inner }))],
    ["a deep Map", nested(990, (inner) => new Map([[inner, 1]]))],
    [
      "deep objects without a prototype",
      nested(990, (inner) => Object.assign(Object.create(null) as object, { inner })),
    ],
  ])("%s", (_name, value) => {
    expect(sameGraph(copyOf(value), value)).toBe(true);
  });

  test.each([
    ["of the system", () => readFileSync("/nowhere/at/all")],
    ["about an argument", () => Buffer.alloc(-1)],
    ["about a URL", () => new URL("no url")],
  ])("errors of Node.js %s", (_name, run) => {
    const error = errorOf(run) as NodeJS.ErrnoException;
    const back = copyOf(error) as NodeJS.ErrnoException;
    expect(back).toBeInstanceOf(Error);
    expect({ ...back }).toEqual({ ...error });
    expect([back.name, back.message, back.stack]).toEqual([error.name, error.message, error.stack]);
  });

  test("getters as the values that they give", () => {
    const url = new URL("a:b");
    const value = {
      get now(): Date {
        return new Date(7);
      },
      get each(): URL {
        return new URL(url);
      },
    };
    expect(sameGraph(copyOf(value), { now: new Date(7), each: url })).toBe(true);
  });

  test("proxies of objects and arrays as what they show", () => {
    const value = new Proxy({ list: new Proxy([1, { a: 1 }], {}), empty: new Proxy({}, {}) }, {});
    expect(sameGraph(copyOf(value), { list: [1, { a: 1 }], empty: {} })).toBe(true);
  });

  test("values of another realm as those of this one", () => {
    const foreign: unknown = runInNewContext(
      "({ list: [1, , 2], map: new Map([[new Date(3), new Set([/x/])]]), error: new TypeError('no') })",
    );
    const back = copyOf(foreign) as Record<string, unknown>;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(back.list).toBeInstanceOf(Array);
    expect(back.error).toBeInstanceOf(TypeError);
    expect(sameGraph(back.map, new Map([[new Date(3), new Set([/x/])]]))).toBe(true);
  });
});

describe("what is read back", () => {
  const values: [string, () => unknown][] = [
    ["a Buffer", () => Buffer.from("one")],
    ["a Float64Array", () => Float64Array.of(1, 2)],
    ["nested bytes", () => ({ a: [Buffer.from("one")], b: Uint8Array.of(1).buffer })],
    [
      "a view of a part",
      () => [Buffer.from("-one-").subarray(1, 4), new Uint8Array(64).subarray(8, 9)],
    ],
    ["overlapping views", () => [Buffer.from(memory, 3, 9), Buffer.from(memory, 8, 8)]],
    ["a text", () => "text"],
  ];

  test.each(values)("does not change with the bytes: %s", (_name, make) => {
    const bytes = bytesOf(make());
    const back = codec.decode(bytes, entry);
    bytes.fill(0xff);
    expect(sameGraph(back, make())).toBe(true);
  });

  test.each(values)("is new each time: %s", (_name, make) => {
    const bytes = bytesOf(make());
    const first = codec.decode(bytes, entry);
    for (const view of viewsIn(first)) new Uint8Array(view.buffer).fill(0xff);
    expect(sameGraph(codec.decode(bytes, entry), make())).toBe(true);
  });

  test.each(values)("shows no memory but its own: %s", (_name, make) => {
    const pool = Buffer.allocUnsafeSlow(8192).fill("secret");
    bytesOf(make()).forEach((byte, at) => (pool[at + 5] = byte));
    const back = codec.decode(pool.subarray(5, 5 + bytesOf(make()).length), entry);
    for (const view of viewsIn(back)) {
      expect(Buffer.from(view.buffer).toString("latin1")).not.toContain("secret");
    }
  });

  test("keeps overlapping views one memory", () => {
    const [left, right] = copyOf([Buffer.from(memory, 3, 9), Buffer.from(memory, 8, 8)]) as [
      Buffer,
      Buffer,
    ];
    left[5] = 77;
    expect(right[0]).toBe(77);
  });
});

test("does not touch what it stores", () => {
  const frozen = Object.freeze({
    list: Object.freeze([Object.freeze({ at: new Date(0) }), Object.freeze([1])]),
    sparse: Object.freeze(Object.assign([], { 3: new Map() })),
    bare: Object.freeze(Object.create(null) as object),
    error: Object.freeze(new Error("x")),
  });
  expect(sameGraph(copyOf(frozen), frozen)).toBe(true);
  expect(sameGraph(copyOf(frozen.list), frozen.list)).toBe(true);
});

test("does not write what lies around a view", () => {
  const secret = Buffer.from("secret-visible-secret").subarray(7, 14);
  const pooled = [Buffer.from("left"), Buffer.from("hidden"), Buffer.from("right")];
  const bytes = Buffer.from(bytesOf({ secret, pooled: [pooled[0], pooled[2]] })).toString("latin1");
  expect(bytes).toContain("visible");
  expect(bytes).not.toContain("secret-");
  expect(bytes).not.toContain("hidden");
});

test("gives memory of their own to views that merely lay in one buffer", () => {
  const views = copyOf([new Uint8Array(memory, 0, 4), new Uint8Array(memory, 4, 4)]);
  const [left, right] = views as [Uint8Array, Uint8Array];
  expect(left.buffer).not.toBe(right.buffer);
  expect(left.buffer.byteLength).toBe(4);
});

test("pollutes no prototype", () => {
  copyOf(JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'));
  copyOf([new URL("a:b"), JSON.parse('{"__proto__":{"polluted":1}}')]);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test("is not deceived by a value that holds its own bytes", () => {
  const bytes = new Uint8Array(bytesOf([new URL("a:b"), bare]));
  const value = [bytes, new Uint8Array(0), new URL("a:b"), new Uint8Array(0)];
  expect(sameGraph(copyOf(value), value)).toBe(true);
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("did not throw");
}

function nested(depth: number, around: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let at = 0; at < depth; at++) value = around(value);
  return value;
}

function viewsIn(value: unknown): ArrayBufferView[] {
  if (ArrayBuffer.isView(value)) return [value];
  if (value instanceof ArrayBuffer) return [new Uint8Array(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(viewsIn) : [];
}
