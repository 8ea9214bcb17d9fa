import { beforeEach, describe, expect, test } from "@jest/globals";
import { configure, memoizeBatch, resetStats, stats } from "@class-cache/core";
import { memory } from "@class-cache/mapping";

beforeEach(() => {
  configure({ backend: memory() });
  resetStats();
});

describe("a memoized function of items", () => {
  test("computes what is missing and keeps its name and length", async () => {
    const given: (readonly string[])[] = [];
    const lengths = memoizeBatch(
      async function lengths(words: readonly string[]): Promise<number[]> {
        given.push(words);
        return words.map((word) => word.length);
      },
      { id: "lengths" },
    );
    expect(await lengths(["a", "bb"])).toEqual([1, 2]);
    expect(await lengths(["ccc", "bb"])).toEqual([3, 2]);
    expect(given).toEqual([["a", "bb"], ["ccc"]]);
    expect([lengths.name, lengths.length]).toEqual(["lengths", 1]);
    expect(stats().methods["lengths"]).toMatchObject({ hits: 1, misses: 3 });
  });

  test("has a handle that is about one item", async () => {
    const lengths = memoizeBatch(
      async (words: readonly string[]): Promise<(number | Error)[]> =>
        words.map((word) => (word === "" ? new RangeError("empty") : word.length)),
      { id: "handled lengths", ttl: "1h" },
    );
    await lengths(["a", "bb"]);
    expect(await lengths.memo.peek("bb")).toBe(2);
    await lengths.memo.set(["a"], 100);
    expect(await lengths(["a", "bb"])).toEqual([100, 2]);
    expect(await lengths.memo.refresh("a")).toBe(1);
    await expect(lengths.memo.refresh("")).rejects.toBeInstanceOf(RangeError);
  });

  test("needs an id, a function, and options that it knows", () => {
    const fn = async (items: readonly number[]): Promise<number[]> => [...items];
    const refused = expect.objectContaining({ code: "ERR_OPTION" });
    expect(() => memoizeBatch(fn, {} as { id: string })).toThrow(refused);
    expect(() => memoizeBatch(1 as unknown as typeof fn, { id: "x" })).toThrow(refused);
    expect(() => memoizeBatch(fn, { id: "x", maxBatch: 1 } as { id: string })).toThrow(refused);
  });
});
