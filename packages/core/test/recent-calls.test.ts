import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Key } from "@class-cache/mapping";
import { encodeKey } from "@class-cache/mapping";
import { plainCopy } from "../src/keys/plain-copy.ts";
import { RecentCalls } from "../src/keys/recent-calls.ts";
import { changed, changes, plainData } from "./plain-data.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heldBytes(work: () => void): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  work();
  collect();
  return process.memoryUsage().heapUsed - before;
}

const textOf = (args: readonly unknown[]): string => encodeKey(args as Key);

/** @returns the text that was known of such a call */
function call(calls: RecentCalls, args: readonly unknown[]): string | undefined {
  const known = calls.find(args, args.length);
  if (known === undefined) {
    calls.add(args, args.length, { text: textOf(args), found: undefined }, textOf);
  }
  return known?.text;
}

/** More than pass before one is noted. */
const OFTEN = 150;

function oftenEach(calls: RecentCalls, ...all: (() => readonly unknown[])[]): void {
  for (let time = 0; time < OFTEN * all.length; time += 1) call(calls, all[time % all.length]!());
}

describe("any number of calls takes bounded memory", () => {
  const part = (at: number): string => "x".repeat(100_000).slice(at % 1000, (at % 1000) + 40) + at;
  test.each<[string, (at: number) => unknown[]]>([
    ["primitives", (at) => [at, `text ${at}`]],
    ["a primitive and what is never kept", (at) => [at, new Date(at)]],
    ["a primitive and an object that comes once", (at) => [at, { at }]],
    ["objects that come once", (at) => [{ at }]],
    ["objects that come often", (at) => [{ at: at >> 6 }]],
    ["objects of ever other structures", (at) => [{ [`name ${at >> 6}`]: { at } }]],
    ["arrays of many lengths", (at) => [Array.from({ length: at % 60 }, () => at >> 8)]],
    ["parts of long texts", (at) => [{ text: part(at >> 6).slice(3, 30), at: at >> 6 }]],
    ["long texts", (at) => [{ text: part(at).repeat(50) }]],
  ])("with %s", (_, argsOf) => {
    const calls = new RecentCalls();
    const bytes = heldBytes(() => {
      for (let at = 0; at < 50_000; at += 1) {
        const args = argsOf(at);
        const known = calls.find(args, args.length);
        if (known === undefined) {
          calls.add(args, args.length, { text: textOf(args), found: undefined }, textOf);
        }
      }
    });
    expect(bytes).toBeLessThan(5_000_000);
    expect(calls.find([-1], 1)).toBeUndefined();
  });
});

describe("a call with an object", () => {
  const query = (since: unknown = 1): object => ({ filter: { tags: ["a"], since }, text: "t" });

  test("is known when such a one came often, each time with another object", () => {
    const calls = new RecentCalls();
    oftenEach(calls, () => [query()]);
    expect(call(calls, [query()])).toBe(textOf([query()]));
    expect(call(calls, [query(2)])).toBeUndefined();
  });

  test("is known by all of its arguments", () => {
    const calls = new RecentCalls();
    const all = [1, 2].flatMap((n) => [
      () => [query(), n],
      () => [n, query()],
      () => [query(), query(n)],
      () => [[query(n)]],
    ]);
    oftenEach(calls, ...all);
    for (const argsOf of all) expect(call(calls, argsOf())).toBe(textOf(argsOf()));
    expect(call(calls, [query()])).toBeUndefined();
    expect(call(calls, [query(), 3])).toBeUndefined();
    expect(call(calls, [query(), query(3)])).toBeUndefined();
  });

  test("is known again after many others that came once", () => {
    const calls = new RecentCalls();
    for (let at = 0; at < 5000; at += 1) call(calls, [query(at)]);
    for (let at = 0; at < 5000; at += 1) call(calls, [query("again")]);
    expect(call(calls, [query("again")])).toBe(textOf([query("again")]));
  });

  test("is not known by what a proxy gave after the key was made", () => {
    const calls = new RecentCalls();
    let reads = 0;
    const read = (target: object, name: string | symbol): unknown =>
      name === "at" ? (reads += 1) % 100 : Reflect.get(target, name);
    // Few enough for the looking not to be given up.
    for (let time = 0; time < OFTEN / 2; time += 1) {
      const args = [new Proxy({ at: 0 }, { get: read })];
      calls.add(args, 1, { text: textOf(args), found: undefined }, textOf);
    }
    for (let at = 0; at < 100; at += 1) expect(calls.find([{ at }], 1)).toBeUndefined();
  });

  test("is never taken for one with another key", () => {
    const seen = { known: 0, unknown: 0 };
    const step = fc.record({
      which: fc.nat(),
      change: fc.nat(changes.length - 1),
      place: fc.nat(20),
    });
    fc.assert(
      fc.property(
        fc.array(plainData, { minLength: 1, maxLength: 4 }),
        fc.array(step, { minLength: 1, maxLength: 8 }),
        (values, steps) => {
          const calls = new RecentCalls();
          oftenEach(calls, ...values.flatMap((value) => [() => [plainCopy(value)], () => [value]]));
          for (const { which, change, place } of steps) {
            const value = values[which % values.length]!;
            const other = changed(value, place, change);
            for (const args of [[other], [value], [plainCopy(value)], [other]]) {
              const found = calls.find(args, 1)?.text;
              seen[found === undefined ? "unknown" : "known"] += 1;
              if (found !== undefined) expect(found).toBe(textOf(args));
            }
          }
        },
      ),
      { numRuns: 100 },
    );
    expect(seen.known).toBeGreaterThan(200);
    expect(seen.unknown).toBeGreaterThan(200);
  });
});
