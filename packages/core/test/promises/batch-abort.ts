import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { cachedBatch, memoOfBatch } from "@class-cache/core";
import { gate, settled } from "../gate.ts";
import { troubledBackend } from "../troubled-backend.ts";

export function describeBatchAbort(): void {
  describe("abort of a batch", () => {
    test("frees that caller at once, and the method only when no item is wanted any more", async () => {
      const { opened, open } = gate();
      const signals: (AbortSignal | undefined)[] = [];
      class BatchLoader {
        @cachedBatch() async load(
          items: readonly number[],
          { signal }: { signal?: AbortSignal } = {},
        ): Promise<number[]> {
          signals.push(signal);
          await opened;
          return [...items];
        }
      }
      const loader = new BatchLoader();
      const [one, two] = [new AbortController(), new AbortController()];
      const first = loader.load([1, 2], { signal: one.signal });
      const second = loader.load([2], { signal: two.signal });
      await settled();
      const reason = new Error("no longer wanted");
      one.abort(reason);
      await expect(first).rejects.toBe(reason);
      expect(signals).toHaveLength(1);
      expect(signals[0]?.aborted).toBe(false);
      open();
      expect(await second).toEqual([2]);
      const third = loader.load([7, 8], { signal: two.signal });
      two.abort();
      await expect(third).rejects.toHaveProperty("name", "AbortError");
      await expect(loader.load([2], { signal: two.signal })).rejects.toHaveProperty(
        "name",
        "AbortError",
      );
    });

    test("stops the method when the last waiter of its items has left", async () => {
      let stopped: unknown;
      class BatchStopped {
        @cachedBatch() load(items: readonly number[], signal: AbortSignal): Promise<number[]> {
          return new Promise((_, reject) => {
            signal.addEventListener("abort", () => {
              stopped = signal.reason;
              reject(signal.reason as Error);
            });
            void items;
          });
        }
      }
      const loader = new BatchStopped();
      const [one, two] = [new AbortController(), new AbortController()];
      const first = loader.load([1, 2], one.signal);
      const second = loader.load([2, 1], two.signal);
      await settled();
      one.abort();
      await expect(first).rejects.toHaveProperty("name", "AbortError");
      await settled();
      expect(stopped).toBeUndefined();
      const reason = new Error("last");
      two.abort(reason);
      await expect(second).rejects.toBe(reason);
      expect(stopped).toBe(reason);
      expect(await memoOfBatch(loader, "load").has(1, two.signal)).toBe(false);
    });

    test("items that nobody wants any more do not reach the method", async () => {
      const given: (readonly number[])[] = [];
      const { opened, open } = gate();
      class BatchQueued {
        @cachedBatch({ concurrency: 1 })
        async load(items: readonly number[], _signal?: AbortSignal): Promise<number[]> {
          given.push(items);
          await opened;
          return [...items];
        }
      }
      const queued = new BatchQueued();
      const controller = new AbortController();
      const first = queued.load([1]);
      await settled();
      const second = queued.load([2, 3], controller.signal);
      await settled();
      const third = queued.load([3]);
      await settled();
      controller.abort();
      await expect(second).rejects.toHaveProperty("name", "AbortError");
      open();
      expect([await first, await third]).toEqual([[1], [3]]);
      expect(given).toEqual([[1], [3]]);
    });

    test("frees a caller while the backend does not answer", async () => {
      const { opened, open } = gate();
      class BatchStuck {
        @cachedBatch({ backend: troubledBackend({ lookup: () => opened.then(() => undefined) }) })
        async load(items: readonly number[], _signal: AbortSignal): Promise<number[]> {
          return [...items];
        }
      }
      const controller = new AbortController();
      const answer = new BatchStuck().load([1], controller.signal);
      await settled();
      controller.abort();
      await expect(answer).rejects.toHaveProperty("name", "AbortError");
      open();
    });

    test("a thousand items wait on one signal without a warning", async () => {
      const warnings: Error[] = [];
      const listener = (warning: Error): void => void warnings.push(warning);
      process.on("warning", listener);
      class BatchThousand {
        @cachedBatch()
        async load(items: readonly number[], _signal: AbortSignal): Promise<number[]> {
          await settled();
          return [...items];
        }
      }
      const items = Array.from({ length: 1000 }, (_, at) => at);
      expect(await new BatchThousand().load(items, new AbortController().signal)).toEqual(items);
      await sleep(1);
      process.off("warning", listener);
      expect(warnings).toEqual([]);
    });
  });
}
