import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { cachedBatch, stats } from "@class-cache/core";
import { EventTrace } from "../event-trace.ts";

export function describeBatchTraces(): void {
  describe("what is told of a batch", () => {
    test("is told of each item as of a single call", async () => {
      using trace = new EventTrace();
      class BatchTraced {
        @cachedBatch() async load(items: readonly number[]): Promise<number[]> {
          await sleep(20);
          return [...items];
        }
      }
      const traced = new BatchTraced();
      await traced.load([1, 2]);
      expect(trace.take()).toEqual(["miss", "miss", "store", "store"]);
      expect(trace.messages.at(-1)).toMatchObject({
        method: "BatchTraced.load",
        key: "[null,{},[2]]",
      });
      await traced.load([1, 2, 3]);
      expect(trace.take()).toEqual(["hit(memory)", "hit(memory)", "miss", "store"]);
      await Promise.all([traced.load([4]), traced.load([4])]);
      expect(trace.take()).toEqual(["miss", "store", "hit(flight)"]);
      expect(stats().methods["BatchTraced.load"]).toMatchObject({ hits: 3, misses: 4 });
    });

    test("shares the time of one call of the method among its items", async () => {
      class BatchTimed {
        @cachedBatch() async load(items: readonly number[]): Promise<number[]> {
          await sleep(50);
          return [...items];
        }
      }
      const timed = new BatchTimed();
      const items = Array.from({ length: 10 }, (_, at) => at);
      await timed.load(items);
      const { timeSpent } = stats();
      expect(timeSpent).toBeGreaterThan(45);
      expect(timeSpent).toBeLessThan(300);
      await timed.load(items);
      expect(stats().timeSaved).toBeCloseTo(timeSpent, 3);
    });
  });
}
