import { describe, expect, test } from "@jest/globals";
import { cachedBatch, configure } from "@class-cache/core";
import { ManualClock } from "@class-cache/mapping";
import { currentBackend } from "../current-backend.ts";
import { settled } from "../gate.ts";

export function describeBatchOptions(): void {
  describe("options of a batch", () => {
    test("are asked about each item", async () => {
      const clock = new ManualClock();
      configure({ backend: currentBackend(), clock });
      const given: (readonly string[])[] = [];
      class BatchOptional {
        @cachedBatch({
          ttl: (value: string) => value.length * 1000,
          shouldCache: (value: string, { args }) => value !== "no" && args.length === 2,
          ignoreArgs: [1],
        })
        async load(items: readonly string[], _who: number): Promise<string[]> {
          given.push(items);
          return [...items];
        }
      }
      const optional = new BatchOptional();
      await optional.load(["a", "bbb", "no"], 1);
      expect(given.splice(0)).toEqual([["a", "bbb", "no"]]);
      await optional.load(["a", "bbb", "no"], 2);
      expect(given.splice(0)).toEqual([["no"]]);
      clock.advance(1000);
      await optional.load(["a", "bbb"], 3);
      expect(given).toEqual([["a"]]);
    });

    test("stale items are answered at once and computed anew together in the background", async () => {
      const clock = new ManualClock();
      configure({ backend: currentBackend(), clock });
      const given: (readonly number[])[] = [];
      class BatchAging {
        @cachedBatch({ ttl: 1000, staleWhileRevalidate: "1h" })
        async load(items: readonly number[]): Promise<string[]> {
          given.push(items);
          return items.map((item) => `${item}.${given.length}`);
        }
      }
      const aging = new BatchAging();
      await aging.load([1, 2, 3]);
      clock.advance(1000);
      expect(await aging.load([1, 2, 3])).toEqual(["1.1", "2.1", "3.1"]);
      await settled();
      expect(given).toEqual([
        [1, 2, 3],
        [1, 2, 3],
      ]);
      expect(await aging.load([3, 2, 1])).toEqual(["3.2", "2.2", "1.2"]);
    });

    test("an item that fails is answered with its stale result, the others with new ones", async () => {
      const clock = new ManualClock();
      configure({ backend: currentBackend(), clock });
      let calls = 0;
      const told: string[] = [];
      class BatchFallback {
        @cachedBatch({
          ttl: 1000,
          staleIfError: "1h",
          onError: (error) => told.push(error.message),
        })
        async load(items: readonly number[]): Promise<(string | Error)[]> {
          calls += 1;
          return items.map((item) =>
            calls > 1 && item === 2 ? new Error("no 2") : `${item}.${calls}`,
          );
        }
      }
      const fallback = new BatchFallback();
      await fallback.load([1, 2]);
      clock.advance(1000);
      expect(await fallback.load([1, 2])).toEqual(["1.2", "2.1"]);
      expect(told).toEqual(["no 2"]);
    });

    test("without single flight each call computes its own items, duplicates folded", async () => {
      const given: (readonly number[])[] = [];
      class BatchAlone {
        @cachedBatch({ singleFlight: false })
        async load(items: readonly number[]): Promise<number[]> {
          given.push(items);
          await settled();
          return [...items];
        }
      }
      const alone = new BatchAlone();
      await Promise.all([alone.load([1, 1, 2]), alone.load([2, 2])]);
      expect(given).toEqual([[1, 2], [2]]);
    });

    test("forceFresh computes its items anew", async () => {
      const given: (readonly number[])[] = [];
      class BatchForced {
        @cachedBatch({ forceFresh: ([item]: [number]) => item > 1 })
        async load(items: readonly number[]): Promise<number[]> {
          given.push(items);
          return [...items];
        }
      }
      const forced = new BatchForced();
      await forced.load([1, 2]);
      await forced.load([1, 2]);
      expect(given).toEqual([[1, 2], [2]]);
    });

    test("refuses a maxBatchSize that is none", () => {
      for (const maxBatchSize of [0, -1, 1.5, "2" as unknown as number]) {
        expect(() => cachedBatch({ maxBatchSize })).toThrow(
          expect.objectContaining({ code: "ERR_OPTION" }),
        );
      }
    });
  });
}
