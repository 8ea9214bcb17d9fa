import { describe, expect, test } from "@jest/globals";
import { cachedBatch, configure, memoOfBatch } from "@class-cache/core";
import { currentBackend } from "../current-backend.ts";
import { EventTrace } from "../event-trace.ts";
import { gate, settled } from "../gate.ts";

export function describeBatchErrors(): void {
  describe("errors of a batch", () => {
    test("an Error in an item's place is that item's alone, and is not remembered", async () => {
      const given: (readonly number[])[] = [];
      class BatchPartly {
        @cachedBatch() async load(items: readonly number[]): Promise<(number | Error)[]> {
          given.push(items);
          return items.map((item) => (item < 0 ? new RangeError(`no ${item}`) : item));
        }
      }
      const partly = new BatchPartly();
      const results = await partly.load([1, -1, 2, -1]);
      expect(results).toEqual([1, new RangeError("no -1"), 2, new RangeError("no -1")]);
      expect(results[1]).toBeInstanceOf(RangeError);
      expect(await partly.load([2, -1, 1])).toEqual([2, new RangeError("no -1"), 1]);
      expect(given).toEqual([[1, -1, 2], [-1]]);
    });

    test("a call that shares a failing item gets the error in its place as well", async () => {
      const { opened, open } = gate();
      class BatchSharedPartly {
        @cachedBatch() async load(items: readonly number[]): Promise<(number | Error)[]> {
          await opened;
          return items.map((item) => (item < 0 ? new Error(`no ${item}`) : item));
        }
      }
      const shared = new BatchSharedPartly();
      const batches = [shared.load([1, -1]), shared.load([-1, 2])];
      await settled();
      open();
      expect(await Promise.all(batches)).toEqual([
        [1, new Error("no -1")],
        [new Error("no -1"), 2],
      ]);
    });

    test("where the method rejects, so do the calls that wait for its items, and nothing is remembered", async () => {
      let calls = 0;
      const down = new Error("down");
      class BatchDown {
        @cachedBatch() async load(items: readonly string[]): Promise<string[]> {
          calls += 1;
          await settled();
          if (calls <= 1) throw down;
          return [...items];
        }
      }
      const service = new BatchDown();
      const [one, two] = await Promise.allSettled([service.load(["a", "b"]), service.load(["b"])]);
      expect(one).toEqual({ status: "rejected", reason: down });
      expect(two).toEqual({ status: "rejected", reason: down });
      expect(await service.load(["a", "b"])).toEqual(["a", "b"]);
    });

    test("a call of which one part was rejected keeps what the others brought", async () => {
      const given: (readonly string[])[] = [];
      class BatchHalves {
        @cachedBatch({ maxBatchSize: 2 }) async load(items: readonly string[]): Promise<string[]> {
          given.push(items);
          if (given.length === 1) throw new Error("first half");
          return [...items];
        }
      }
      const halves = new BatchHalves();
      await expect(halves.load(["a", "b", "c", "d"])).rejects.toThrow("first half");
      expect(await halves.load(["a", "b", "c", "d"])).toEqual(["a", "b", "c", "d"]);
      expect(given).toEqual([
        ["a", "b"],
        ["c", "d"],
        ["a", "b"],
      ]);
    });

    test("results that are not one for each item are an error that names class and method", async () => {
      class BatchFaulty {
        @cachedBatch() async short(items: readonly string[]): Promise<string[]> {
          return items.slice(1);
        }
        @cachedBatch({ cacheErrors: true }) async long(
          items: readonly string[],
        ): Promise<string[]> {
          return [...items, "more"];
        }
        @cachedBatch() async map(items: readonly string[]): Promise<string[]> {
          return new Map(items.map((item) => [item, item])) as unknown as string[];
        }
        @cachedBatch() async nothing(_items: readonly string[]): Promise<string[]> {
          return undefined as unknown as string[];
        }
      }
      const faulty = new BatchFaulty();
      await expect(faulty.short(["a", "b"])).rejects.toMatchObject({
        code: "ERR_BATCH",
        items: 2,
        message: expect.stringMatching(
          /^BatchFaulty\.short was given 2 items and returned an array of 1\./,
        ),
      });
      await expect(faulty.long(["a"])).rejects.toThrow(
        "BatchFaulty.long was given 1 item and returned",
      );
      await expect(faulty.map(["a"])).rejects.toThrow("returned an object of Map");
      await expect(faulty.nothing(["a"])).rejects.toThrow("returned undefined");
      expect(await memoOfBatch(faulty, "long").has("a")).toBe(false);
      configure({ backend: currentBackend() });
      using trace = new EventTrace();
      await expect(faulty.long(["a"])).rejects.toMatchObject({ code: "ERR_BATCH" });
      expect(trace.events).toContain("miss");
    });

    test("what is no array of items, or has an item that cannot be keyed, is refused", async () => {
      let calls = 0;
      class BatchStrict {
        @cachedBatch() async load(items: readonly unknown[]): Promise<unknown[]> {
          calls += 1;
          return [...items];
        }
      }
      const strict = new BatchStrict();
      await expect(strict.load("ab" as unknown as string[])).rejects.toMatchObject({
        code: "ERR_OPTION",
      });
      await expect(strict.load([1, () => 1])).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
      expect(calls).toBe(0);
    });

    test("the errors of items can be remembered, and come back in their places", async () => {
      let calls = 0;
      const seen: unknown[] = [];
      class Missing extends Error {
        override name = "Missing";
      }
      class BatchRemembering {
        @cachedBatch({
          cacheErrors: (error: unknown) => {
            seen.push(error);
            return "1m";
          },
        })
        async load(items: readonly number[]): Promise<(number | Error)[]> {
          calls += 1;
          return items.map((item) => (item < 0 ? new Missing(`no ${item}`) : item));
        }
      }
      const remembering = new BatchRemembering();
      await remembering.load([1, -1]);
      expect(seen).toEqual([expect.objectContaining({ name: "Missing" })]);
      const [, error] = await remembering.load([1, -1]);
      expect(error).toMatchObject({ name: "Missing", message: "no -1" });
      expect(calls).toBe(1);
    });
  });
}
