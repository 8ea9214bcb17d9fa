import { randomBytes } from "node:crypto";

/** What any codec keeps, `json()` included. */
export const plainValues: readonly (readonly [string, unknown])[] = [
  ["a number", 1.5],
  ["a large number", 1e300],
  ["the largest safe integer", Number.MAX_SAFE_INTEGER],
  ["true", true],
  ["null", null],
  ["a text", "text"],
  ["the empty text", ""],
  ["a text of all planes", "é 日本語 🎉"],
  ["a text with a zero character, quotes and lines", '\0"\\\n\u2028'],
  ["a lone surrogate", "a\ud800b"],
  ["an empty list", []],
  ["an empty object", {}],
  ["lists and objects in each other", { a: [1, { b: [[], {}, null] }], c: "d" }],
  ["names of all kinds", { "": 1, "a b": 2, 10: 3, constructor: 4, toString: 5, $date: 6 }],
  ["an own __proto__", JSON.parse('{"__proto__":{"polluted":1},"b":1}')],
  ["an own then", JSON.parse('{"then":1}')],
  ["a list of 10,000", Array.from({ length: 10_000 }, (_, at) => `item ${at}`)],
  [
    "an object of 1,000",
    Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`k${at}`, at])),
  ],
];

const shared = { x: 1 };
const cycle: Record<string, unknown> = { list: [] };
(cycle.list as unknown[]).push(cycle, new Map([[cycle, new Set([cycle])]]));

/** What `structuredClone` keeps beside that. */
export const richValues: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["-0", -0],
  ["Infinity", Infinity],
  ["a bigint", -(2n ** 90n)],
  ["a Date", new Date(1e12)],
  ["an invalid Date", new Date(Number.NaN)],
  ["a RegExp", /a\/b/giu],
  ["boxed primitives", [Object(1), Object("text"), Object(true), Object(1n)]],
  [
    "a Map in its order",
    new Map<unknown, unknown>([
      ["b", 1],
      ["a", new Map([[Number.NaN, -0]])],
      [{ key: 1 }, undefined],
    ]),
  ],
  ["a Set in its order", new Set<unknown>([2, "1", new Set([{}]), undefined])],
  ["an empty Map and an empty Set", [new Map(), new Set()]],
  ["a property of undefined", { a: undefined, b: [undefined] }],
  ["-0, NaN and infinities in a list", [-0, Number.NaN, -Infinity]],
  ["a list with holes", Object.assign([1], { 5: "five", length: 9 })],
  ["a list of holes", Object.assign([], { length: 3 })],
  ["a list with a property", Object.assign([1, 2], { total: 3 })],
  ["an error", new TypeError("no")],
  ["an error without a message", new Error()],
  ["an error with its cause", new RangeError("outer", { cause: new Error("inner") })],
  [
    "errors of all kinds",
    [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
      (kind) => new kind("x"),
    ),
  ],
  ["a Uint8Array", Uint8Array.of(1, 2, 3)],
  ["an empty Uint8Array", new Uint8Array(0)],
  [
    "typed arrays of numbers",
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
  ["a Float64Array with NaN and -0", Float64Array.of(1.5, -0, Number.NaN)],
  ["an ArrayBuffer", Uint8Array.of(1, 2, 3).buffer],
  ["a DataView of a part", new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1)],
  ["a cycle", cycle],
  ["an object that occurs twice", { one: shared, other: [shared] }],
  ["equal objects that are two", [{ x: 1 }, { x: 1 }]],
  ["1 MB of bytes", new Uint8Array(randomBytes(1_000_000))],
  [
    "all of it together",
    {
      map: new Map([["a", new Set([1n])]]),
      bytes: Uint8Array.of(1),
      date: new Date(5),
      no: undefined,
    },
  ],
];
