import { describe, expect, test } from "@jest/globals";
import { cached, configure, resetStats, stats } from "@class-cache/core";
import { currentBackend } from "../current-backend.ts";

export function describeStatistics(): void {
  describe("statistics", () => {
    test("count in all and by method, and start anew", async () => {
      class Counted {
        @cached() async work(x: number): Promise<number> {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return x;
        }
      }
      const counted = new Counted();
      for (const x of [1, 1, 1, 2]) await counted.work(x);
      const all = stats();
      expect(all).toMatchObject({ hits: 2, memoryHits: 2, misses: 2, errors: 0 });
      expect(all.timeSpent).toBeGreaterThan(0);
      expect(all.timeSaved).toBeGreaterThan(0);
      expect(all.methods["Counted.work"]).toMatchObject({ hits: 2, misses: 2 });
      resetStats();
      expect(stats()).toMatchObject({ hits: 0, misses: 0, timeSaved: 0 });
    });

    test("know the time saved by what another process computed", async () => {
      class SecondCounted {
        @cached() async work(x: number): Promise<number> {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return x;
        }
      }
      const counted = new SecondCounted();
      await counted.work(1);
      configure({ backend: currentBackend() });
      await counted.work(1);
      expect(stats().timeSaved).toBeGreaterThan(0);
    });
  });
}
