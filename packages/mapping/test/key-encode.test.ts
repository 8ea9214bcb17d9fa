import { describe, expect, test } from "@jest/globals";
import { runInNewContext } from "node:vm";
import { decodeKey, encodeKey, type Key } from "../src/key.ts";
import { keyKinds } from "../../testkit/src/themes/key-kinds.ts";
import { sparse } from "./support/sparse.ts";
import { refusal } from "./support/refusal.ts";

describe("keys that differ", () => {
  test("have different texts, each pair of them", () => {
    const byText = new Map<string, string>();
    for (const [name, key] of keyKinds) {
      const text = encodeKey(key);
      expect([name, byText.get(text)]).toEqual([name, undefined]);
      byText.set(text, name);
    }
  });

  test.each(keyKinds)("%s read back has the same text", (_name, key) => {
    const text = encodeKey(key);
    expect(encodeKey(decodeKey(text))).toBe(text);
  });

  test.each(keyKinds)("%s is not imitated by the JSON of its text", (_name, key) => {
    const text = encodeKey(key);
    const imitation = JSON.parse(text) as Key;
    expect(encodeKey(imitation) === text).toBe(!text.includes('"$'));
  });
});

const shared = { x: 1 };

/** Deeply equal, so one key. */
const equal: readonly [string, Key, Key][] = [
  ["-0 and 0", -0, 0],
  ["NaN and NaN", Number.NaN, 0 / 0],
  ["[-0] and [0]", [-0], [0]],
  ["Map keys -0 and 0", new Map([[-0, 1]]), new Map([[0, 1]])],
  ["properties in any order", { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ["integer-like properties in any order", { 10: 1, 9: 2 }, { 9: 2, 10: 1 }],
  [
    "Map entries in any order",
    new Map([
      ["a", 1],
      ["b", 2],
    ]),
    new Map([
      ["b", 2],
      ["a", 1],
    ]),
  ],
  ["Set members in any order", new Set([1, "1", [2]]), new Set([[2], "1", 1])],
  [
    "Map with equal keys in any order",
    new Map([
      [{}, 1],
      [{}, 2],
    ]),
    new Map([
      [{}, 2],
      [{}, 1],
    ]),
  ],
  ["one object twice and two equal ones", [shared, shared], [{ x: 1 }, { x: 1 }]],
  [
    "a getter and its value",
    {
      get a() {
        return 1;
      },
    },
    { a: 1 },
  ],
  ["a property that is not enumerable and none", Object.defineProperty({}, "a", { value: 1 }), {}],
  [
    "a property named by a hidden symbol and none",
    Object.defineProperty({ a: 1 }, Symbol("hidden"), { value: 1 }),
    { a: 1 },
  ],
  ["a frozen object and another", Object.freeze({ a: 1 }), { a: 1 }],
  ["a view of a part and a copy of it", Uint8Array.of(0, 1, 2).subarray(1), Uint8Array.of(1, 2)],
  [
    "a Buffer of a pool and one of its own",
    Buffer.from("abc"),
    Buffer.concat([Buffer.from("abc")]),
  ],
  ["a proxy of an object and the object", new Proxy({ a: 1 }, {}), { a: 1 }],
  ["URLs written differently", new URL("HTTP://EXAMPLE.com:80"), new URL("http://example.com/")],
];

test.each(equal)("%s are one key", (_name, left, right) => {
  expect(encodeKey(left)).toBe(encodeKey(right));
});

describe("values of another realm", () => {
  test("are the same keys as those of this one", () => {
    const foreign = runInNewContext(`({
      object: { b: [1, , 3], a: new Map([["k", new Set([1n])]]) },
      bare: Object.assign(Object.create(null), { x: undefined }),
      date: new Date(5), regexp: /x/gi, bytes: Uint16Array.of(1, 2),
      buffer: new ArrayBuffer(3), view: new DataView(new ArrayBuffer(2)),
    })`) as Key;
    const own = {
      object: { b: Object.assign(sparse(3), { 0: 1, 2: 3 }), a: new Map([["k", new Set([1n])]]) },
      bare: Object.assign(Object.create(null) as object, { x: undefined }),
      date: new Date(5),
      regexp: /x/gi,
      bytes: Uint16Array.of(1, 2),
      buffer: new ArrayBuffer(3),
      view: new DataView(new ArrayBuffer(2)),
    };
    expect(encodeKey(foreign)).toBe(encodeKey(own));
  });

  test("are refused as those of this one", () => {
    expect(refusal(runInNewContext("({ a: [new Error('x')] })")).path).toBe("key.a[0]");
    expect(refusal(runInNewContext("new (class extends Map {})()")).path).toBe("key");
    expect(refusal(runInNewContext("(class Foo {}, Object(1))")).path).toBe("key");
  });
});

test("reads each property once", () => {
  let reads = 0;
  const key = {
    get fickle() {
      reads += 1;
      return reads === 1 ? 1 : () => 1;
    },
  };
  expect(encodeKey(key)).toBe('{"fickle":1}');
});

test("quotes texts of any length as JSON does", () => {
  for (const length of [1, 39, 40, 41, 200]) {
    for (const special of [
      "",
      '"',
      "\\",
      "\n",
      "\u007f",
      "\u2028",
      "\ud800",
      "\udfff",
      "\ud83d\ude00",
    ]) {
      const text = "x".repeat(length) + special + "y";
      expect(encodeKey(text)).toBe(JSON.stringify(text));
      expect(encodeKey({ [text]: 1 })).toBe(JSON.stringify({ [text]: 1 }));
      expect(decodeKey(encodeKey(text))).toBe(text);
    }
  }
});
