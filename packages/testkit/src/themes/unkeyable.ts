import { Readable } from "node:stream";

class Point {
  readonly x = 1;
}
class Derived extends Map<unknown, unknown> {}

function cycle(): object {
  const loop: Record<string, unknown> = {};
  loop.inner = [loop];
  return loop;
}

/** What no key may be, nor have in it. */
export const unkeyable: readonly (readonly [string, () => unknown])[] = [
  ["a function", () => () => 1],
  ["a class", () => Point],
  ["a symbol", () => Symbol("s")],
  ["a promise", () => Promise.resolve(1)],
  ["a class instance", () => new Point()],
  ["an instance of a class that extends Map", () => new Derived()],
  ["an error", () => new TypeError("x")],
  ["a cycle", cycle],
  ["a WeakMap", () => new WeakMap()],
  ["a stream", () => Readable.from([])],
  ["an iterator", () => [].values()],
  ["an abort signal", () => AbortSignal.abort()],
  ["a function in a list", () => [1, [() => 1]]],
  ["a symbol in an object", () => ({ a: { b: Symbol("s") } })],
  ["a class instance in a Map", () => new Map([["a", new Point()]])],
  ["a promise as a Map's key", () => new Map([[Promise.resolve(1), 1]])],
  ["a WeakSet in a Set", () => new Set([new WeakSet()])],
];
