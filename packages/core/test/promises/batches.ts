import { describe, expect, test } from "@jest/globals";
import { cachedBatch, configure, memoOfBatch } from "@class-cache/core";
import { currentBackend } from "../current-backend.ts";
import { gate, settled } from "../gate.ts";

interface Word {
  readonly word: string;
}

export function describeBatches(): void {
  describe("a batch", () => {
    test("gives the method only the items that are missing, once each, and aligns the results", async () => {
      const given: (readonly string[])[] = [];
      class BatchWords {
        @cachedBatch() async load(items: readonly string[]): Promise<Word[]> {
          given.push(items);
          return items.map((word) => ({ word }));
        }
      }
      const words = new BatchWords();
      expect(await words.load(["b", "a", "b"])).toEqual([
        { word: "b" },
        { word: "a" },
        { word: "b" },
      ]);
      expect(await words.load(["c", "a", "d", "c", "b"])).toEqual(
        ["c", "a", "d", "c", "b"].map((word) => ({ word })),
      );
      expect(given).toEqual([
        ["b", "a"],
        ["c", "d"],
      ]);
      expect(await words.load(["d", "a"])).toEqual([{ word: "d" }, { word: "a" }]);
      expect(given).toHaveLength(2);
    });

    test("finds what another memory of the same backend has stored", async () => {
      let calls = 0;
      class BatchStoredWords {
        @cachedBatch() async load(items: readonly string[]): Promise<number[]> {
          calls += 1;
          return items.map((item) => item.length);
        }
      }
      await new BatchStoredWords().load(["a", "bb"]);
      configure({ backend: currentBackend() });
      expect(await new BatchStoredWords().load(["bb", "a"])).toEqual([2, 1]);
      expect(calls).toBe(1);
    });

    test("without items does not call the method", async () => {
      let calls = 0;
      class BatchNever {
        @cachedBatch() async load(items: readonly string[]): Promise<string[]> {
          calls += 1;
          return [...items];
        }
      }
      expect(await new BatchNever().load([])).toEqual([]);
      expect(calls).toBe(0);
    });

    test("tells items apart as keys do, and by instance and further arguments", async () => {
      const given: unknown[] = [];
      class BatchMixed {
        readonly name: string;
        constructor(name: string) {
          this.name = name;
        }
        @cachedBatch() async load(items: readonly unknown[], language?: string): Promise<string[]> {
          given.push(...items);
          return items.map((item) => `${this.name} ${typeof item} ${language}`);
        }
      }
      const [one, two] = [new BatchMixed("one"), new BatchMixed("two")];
      const items = [1, "1", 1n, { x: 1 }, { x: 1 }, undefined, null, Number.NaN, Number.NaN];
      expect(await one.load(items)).toEqual([
        "one number undefined",
        "one string undefined",
        "one bigint undefined",
        "one object undefined",
        "one object undefined",
        "one undefined undefined",
        "one object undefined",
        "one number undefined",
        "one number undefined",
      ]);
      expect(given.splice(0)).toEqual([1, "1", 1n, { x: 1 }, undefined, null, Number.NaN]);
      expect(await two.load([1])).toEqual(["two number undefined"]);
      expect(await one.load([1], "en")).toEqual(["one number en"]);
      expect(await one.load([1], "en")).toEqual(["one number en"]);
      expect(given).toEqual([1, 1]);
    });

    test("a result that was changed by its caller is unchanged for the next", async () => {
      class BatchLists {
        @cachedBatch() async load(items: readonly number[]): Promise<number[][]> {
          return items.map((item) => [item]);
        }
      }
      const lists = new BatchLists();
      const [list] = await lists.load([1]);
      list?.push(2);
      expect(await lists.load([1])).toEqual([[1]]);
    });

    test("batches at the same time share the items in flight", async () => {
      const given: (readonly number[])[] = [];
      const { opened, open } = gate();
      class BatchShared {
        @cachedBatch() async load(items: readonly number[]): Promise<{ n: number }[]> {
          given.push(items);
          await opened;
          return items.map((n) => ({ n }));
        }
      }
      const shared = new BatchShared();
      const batches = [shared.load([1, 2, 3]), shared.load([3, 4, 2]), shared.load([4, 1])];
      await settled();
      expect(given).toEqual([[1, 2, 3], [4]]);
      open();
      const [one, two, three] = await Promise.all(batches);
      expect(one).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
      expect(two).toEqual([{ n: 3 }, { n: 4 }, { n: 2 }]);
      expect(three).toEqual([{ n: 4 }, { n: 1 }]);
      expect(two?.[0]).not.toBe(one?.[2]);
    });

    test("more items than maxBatchSize come to the method in several calls, as many at a time as concurrency says", async () => {
      const sizes: number[] = [];
      let running = 0;
      let most = 0;
      class BatchSplit {
        @cachedBatch({ maxBatchSize: 4, concurrency: 2 })
        async load(items: readonly number[]): Promise<number[]> {
          sizes.push(items.length);
          running += 1;
          most = Math.max(most, running);
          await settled();
          running -= 1;
          return items.map((item) => item * 2);
        }
      }
      const items = Array.from({ length: 22 }, (_, at) => at);
      expect(await new BatchSplit().load(items)).toEqual(items.map((item) => item * 2));
      expect(sizes).toEqual([4, 4, 4, 4, 4, 2]);
      expect(most).toBe(2);
    });

    test("a limited method may call itself for other items", async () => {
      class BatchDeep {
        @cachedBatch({ concurrency: 1 }) async load(items: readonly number[]): Promise<number[]> {
          const next = items.filter((item) => item > 0).map((item) => item - 1);
          const below = await this.load(next);
          return items.map((item) => (item === 0 ? 0 : 1 + (below[next.indexOf(item - 1)] ?? 0)));
        }
      }
      expect(await new BatchDeep().load([5, 3, 8])).toEqual([5, 3, 8]);
    });

    test("a method that waits for one of its own items computes it once more, and that is reported", async () => {
      const codes: string[] = [];
      configure({
        backend: currentBackend(),
        onError: (error) => codes.push((error as { code?: string }).code ?? error.message),
      });
      let depth = 0;
      class BatchCircular {
        @cachedBatch() async load(items: readonly string[]): Promise<string[]> {
          depth += 1;
          return depth === 1
            ? this.load([...items].reverse()).then((r) => r.reverse())
            : [...items];
        }
      }
      expect(await new BatchCircular().load(["a", "b", "c"])).toEqual(["a", "b", "c"]);
      expect(codes).toEqual(["ERR_CYCLE", "ERR_CYCLE", "ERR_CYCLE"]);
    });

    test("works for static and inherited methods, each class with results of its own", async () => {
      const given: string[] = [];
      class BatchParent {
        @cachedBatch() static async made(items: readonly number[]): Promise<number[]> {
          given.push(`${this.name} static ${items.join(" ")}`);
          return [...items];
        }
        @cachedBatch() async load(items: readonly number[]): Promise<number[]> {
          given.push(`${this.constructor.name} ${items.join(" ")}`);
          return [...items];
        }
      }
      class BatchChild extends BatchParent {
        override async load(items: readonly number[]): Promise<number[]> {
          return (await super.load(items)).map((item) => -item);
        }
      }
      await BatchParent.made([1, 2]);
      await BatchParent.made([1, 2, 3]);
      expect(given.splice(0)).toEqual(["BatchParent static 1 2", "BatchParent static 3"]);
      await new BatchParent().load([1]);
      expect(await new BatchChild().load([1])).toEqual([-1]);
      await new BatchChild().load([1, 2]);
      expect(given).toEqual(["BatchParent 1", "BatchChild 1", "BatchChild 2"]);
      expect(await memoOfBatch(BatchParent, "made").has(3)).toBe(true);
    });

    test("what the method does to its arrays, and the caller to his, changes nothing", async () => {
      class BatchCareless {
        readonly kept: number[][] = [];
        @cachedBatch({ key: ([item]: [number]) => item })
        async load(items: number[]): Promise<number[]> {
          const results = items.map((item) => item + 1);
          items.length = 0;
          return results;
        }
      }
      const items = [1, 2];
      const answer = new BatchCareless().load(items);
      items.pop();
      expect(await answer).toEqual([2, 3]);
    });

    test("an item that is changed before it is computed is answered and not remembered", async () => {
      let calls = 0;
      class BatchChanging {
        @cachedBatch() async load(items: readonly { n: number }[]): Promise<number[]> {
          calls += 1;
          return items.map(({ n }) => n);
        }
      }
      const changing = new BatchChanging();
      const item = { n: 1 };
      const answer = changing.load([item, { n: 5 }]);
      await Promise.resolve();
      await Promise.resolve();
      item.n = 2;
      expect(await answer).toEqual([2, 5]);
      expect(await changing.load([{ n: 1 }, { n: 5 }])).toEqual([1, 5]);
      expect(calls).toBe(2);
    });
  });
}
