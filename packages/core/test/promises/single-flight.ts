import { describe, expect, test } from "@jest/globals";
import { cached, stats } from "@class-cache/core";
import { gate, settled } from "../gate.ts";

export function describeSingleFlight(): void {
  describe("single flight", () => {
    test("computes once for many calls at the same time", async () => {
      let calls = 0;
      const { opened, open } = gate();
      class Slow {
        @cached() async work(x: number): Promise<{ x: number }> {
          calls += 1;
          await opened;
          return { x };
        }
      }
      const slow = new Slow();
      const answers = Promise.all(Array.from({ length: 50 }, () => slow.work(1)));
      await settled();
      open();
      const results = await answers;
      expect(calls).toBe(1);
      expect(results.every((result) => result.x === 1)).toBe(true);
      expect(new Set(results).size).toBe(50);
      expect(stats()).toMatchObject({ misses: 1, hits: 49 });
    });

    test("computes for each call where it is off", async () => {
      let calls = 0;
      class SecondSlow {
        @cached({ singleFlight: false, memory: false }) async work(): Promise<number> {
          calls += 1;
          await settled();
          return calls;
        }
      }
      const slow = new SecondSlow();
      await Promise.all([slow.work(), slow.work(), slow.work()]);
      expect(calls).toBe(3);
    });

    test("tells every waiting call of a rejection", async () => {
      class Broken {
        @cached() async work(): Promise<number> {
          await settled();
          throw new Error("broken");
        }
      }
      const broken = new Broken();
      const outcomes = await Promise.allSettled([broken.work(), broken.work(), broken.work()]);
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    });

    test("computes for each call what is not remembered and cannot be copied", async () => {
      let calls = 0;
      class Functions {
        @cached({ shouldCache: () => false }) async make(): Promise<() => number> {
          const call = (calls += 1);
          await settled();
          return () => call;
        }
      }
      const functions = new Functions();
      const made = await Promise.all([functions.make(), functions.make(), functions.make()]);
      expect(made.map((f) => f()).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
    });

    test("one caller's abort leaves the others theirs, also of what cannot be copied", async () => {
      let calls = 0;
      class Makers {
        @cached({ shouldCache: () => false })
        async make(_signal?: AbortSignal): Promise<() => number> {
          const call = (calls += 1);
          await settled();
          _signal?.throwIfAborted();
          return () => call;
        }
      }
      const makers = new Makers();
      const controller = new AbortController();
      const first = makers.make();
      const second = makers.make(controller.signal);
      const third = makers.make();
      await first;
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      await expect(second).rejects.toHaveProperty("name", "AbortError");
      expect((await third)()).toBeGreaterThan(1);
    });

    test("lets a method call itself for another key, and other cached methods", async () => {
      class Numbers {
        @cached() async fibonacci(n: number): Promise<number> {
          if (n < 2) return this.identity(n);
          return (await this.fibonacci(n - 1)) + (await this.fibonacci(n - 2));
        }
        @cached() async identity(n: number): Promise<number> {
          return n;
        }
      }
      expect(await new Numbers().fibonacci(20)).toBe(6765);
    });
  });
}
