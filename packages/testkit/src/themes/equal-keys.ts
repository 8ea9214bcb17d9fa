import type { Key } from "@class-cache/mapping";

const shared = { x: 1 };

/** Pairs that are written differently and are one key. */
export const equalKeys: readonly (readonly [string, Key, Key])[] = [
  ["-0 and 0", -0, 0],
  ["NaN and NaN", Number.NaN, 0 / 0],
  ["[-0] and [0]", [-0], [0]],
  ["Maps with -0 and 0 in them", new Map([["a", -0]]), new Map([["a", 0]])],
  ["two arrays alike", [1, [2]], [1, [2]]],
  ["objects with their properties in any order", { a: 1, b: [2] }, { b: [2], a: 1 }],
  [
    "deep objects with their properties in any order",
    [{ a: 1, b: { c: 2, d: 3 } }],
    [{ b: { d: 3, c: 2 }, a: 1 }],
  ],
  ["properties named by numbers in any order", { 10: 1, x: 3, 9: 2 }, { x: 3, 9: 2, 10: 1 }],
  [
    "Maps with their entries in any order",
    new Map<unknown, unknown>([
      ["a", 1],
      [["b"], 2],
    ]),
    new Map<unknown, unknown>([
      [["b"], 2],
      ["a", 1],
    ]),
  ],
  ["Sets with their members in any order", new Set([1, "1", [2]]), new Set([[2], "1", 1])],
  ["one object twice and two alike", [shared, shared], [{ x: 1 }, { x: 1 }]],
  ["Dates of one moment", new Date(5), new Date("1970-01-01T00:00:00.005Z")],
  ["RegExps alike", /a\/b/gi, new RegExp("a\\/b", "ig")],
  ["URLs written differently", new URL("HTTP://EXAMPLE.com:80"), new URL("http://example.com/")],
  ["a view of a part and a copy of it", Uint8Array.of(0, 1, 2).subarray(1), Uint8Array.of(1, 2)],
  ["a frozen object and another", Object.freeze({ a: 1 }), { a: 1 }],
  [
    "a getter and its value",
    {
      get a() {
        return 1;
      },
    },
    { a: 1 },
  ],
];
