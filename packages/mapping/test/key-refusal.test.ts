import { describe, expect, test } from "@jest/globals";
import { createHash, webcrypto } from "node:crypto";
import { Readable } from "node:stream";
import { decodeKey, encodeKey, type Key } from "../src/key.ts";
import { refusal } from "./support/refusal.ts";

describe("refusals", () => {
  class Derived extends Map {}
  class Failure extends Error {}
  const cycle: Record<string, unknown> = {};
  cycle.a = [1, { up: cycle }];
  const loop = new Map<string, unknown>();
  loop.set("me", loop);
  function argumentsOf(): IArguments {
    return arguments;
  }
  async function* generate(): AsyncGenerator<number> {
    yield 1;
  }

  test.each<[string, unknown, string, string]>([
    ["a function", { a: [0, 0, { b: () => 1 }] }, "key.a[2].b", "a function"],
    ["a class", class A {}, "key", "a function"],
    ["a proxy of a function", [new Proxy(() => 1, {})], "key[0]", "a function"],
    ["a symbol", { "a b": Symbol("s") }, 'key["a b"]', "a symbol"],
    ["a promise", [Promise.resolve(1)], "key[0]", "a promise"],
    ["a WeakMap", new Map([["a", new WeakMap()]]), 'key.get("a")', "a WeakMap"],
    ["a key of a Map", new Map([[new WeakSet(), 1]]), "key.keys()[0]", "a WeakSet"],
    ["a member of a Set", new Set([1, () => 1]), "key.values()[1]", "a function"],
    ["a generator", generate(), "key", "a generator"],
    ["an iterator", [][Symbol.iterator](), "key", "an "],
    ["a stream", { body: Readable.from([]) }, "key.body", "a stream (Readable)"],
    ["a web stream", new ReadableStream(), "key", "a stream (ReadableStream)"],
    ["an error", { cause: new TypeError("x") }, "key.cause", "a TypeError"],
    ["an error of a class of its own", new Failure(), "key", "Failure"],
    ["a boxed number", Object(1), "key", "a boxed Number"],
    ["a boxed text", Object("a"), "key", "a boxed String"],
    ["a subclass of Map", new Derived(), "key", "Derived, which extends Map"],
    ["a subclass of Array", [new (class List extends Array {})()], "key[0]", "List"],
    ["a proxy of a Map", new Proxy(new Map(), {}), "key", "a proxy"],
    ["an abort signal", AbortSignal.timeout(1), "key", "AbortSignal"],
    ["a hash", createHash("md5"), "key", "Hash"],
    ["a CryptoKey's store", webcrypto.subtle, "key", "SubtleCrypto"],
    ["an arguments object", argumentsOf(), "key", "arguments"],
    ["Math", [Math], "key[0]", "Math"],
    ["an object with a prototype of its own", Object.create({ a: 1 }), "key", "prototype"],
    [
      "an object behind one without a prototype",
      Object.create(Object.create(null) as object),
      "key",
      "prototype",
    ],
    ["one that claims to be plain", Object.create({ constructor: Object }), "key", "prototype"],
    ["an object named a URL", Object.create(URL.prototype), "key", "URL"],
    ["an object named an array", Object.create(Array.prototype), "key", "Array"],
    ["a property named by a symbol", [{ [Symbol("tag")]: 1 }], "key[0]", "Symbol(tag)"],
    ["the same of an array", Object.assign([1], { [Symbol("tag")]: 1 }), "key", "Symbol(tag)"],
    [
      "a Map with a property",
      Object.assign(new Map(), { x: 1 }),
      "key",
      "Map with a property of its own (x)",
    ],
    ["a Set with a property", Object.assign(new Set(), { x: 1 }), "key", "Set"],
    ["a Date with a property", Object.assign(new Date(), { x: 1 }), "key", "Date"],
    ["a RegExp with a property", Object.assign(/a/, { x: 1 }), "key", "RegExp"],
    ["a URL with a property", Object.assign(new URL("a:b"), { x: 1 }), "key", "URL"],
    [
      "a small typed array with a property",
      Object.assign(new Uint8Array(2), { x: 1 }),
      "key",
      "(x)",
    ],
    ["a large typed array with one", Object.assign(new Float64Array(99), { x: 1 }), "key", "(x)"],
    ["a large Buffer with one", Object.assign(Buffer.alloc(99), { x: 1 }), "key", "(x)"],
    ["a property of an array", Object.assign([1], { x: () => 1 }), "key.x", "a function"],
    ["a lastIndex", Object.assign(/a/, { lastIndex: new Error() }), "key.lastIndex", "an Error"],
    ["a cycle", cycle, "key.a[1].up", "a reference back to key,"],
    ["a cycle below the root", { in: [loop] }, 'key.in[0].get("me")', "back to key.in[0],"],
  ])("refuses %s", (_name, key, path, what) => {
    const error = refusal(key);
    expect(error.code).toBe("ERR_UNKEYABLE");
    expect(error.path).toBe(path);
    expect(error.message).toContain(what);
  });

  test("call the key what the caller calls it", () => {
    expect(refusal({ conn: () => 1 }, "args[0]").message).toMatch(/^args\[0\]\.conn is a function/);
    expect(refusal(() => 1, "this").path).toBe("this");
  });

  test("include nesting that no real key has, long before the stack ends", () => {
    let deep: Key = [];
    for (let depth = 0; depth < 998; depth++) deep = [deep];
    expect(encodeKey(decodeKey(encodeKey(deep)))).toBe(encodeKey(deep));
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(refusal(deep).message).toContain("nested more than 1000 objects deep");
    expect(refusal(deep).path.length).toBeLessThan(200);
  });
});
