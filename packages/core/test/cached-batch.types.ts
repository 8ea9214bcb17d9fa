import { cached, cachedBatch, memoizeBatch, memoOf, memoOfBatch } from "@class-cache/core";
import type { Loose, MemoHandle } from "@class-cache/core";

// Compiled, never run: what the compiler must accept and refuse under both kinds of decorators.

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_same: Equal<A, B>): void {}

class Accepted {
  @cachedBatch() async lengths(words: readonly string[], language?: string): Promise<number[]> {
    return words.map((word) => `${word}${language}`.length);
  }

  @cachedBatch({ maxBatchSize: 10, ttl: "10m" })
  static async made(ids: number[]): Promise<readonly Accepted[]> {
    return ids.map(() => new Accepted());
  }

  @cachedBatch() async partly(words: readonly string[]): Promise<(number | RangeError)[]> {
    return words.map((word) => word.length);
  }

  @cachedBatch() async same<T>(items: readonly T[]): Promise<T[]> {
    return [...items];
  }

  @cachedBatch() async bound(this: Accepted, items: readonly number[]): Promise<number[]> {
    return [...items];
  }

  @cachedBatch({
    key: ([url]: [URL, number]) => url.href,
    ttl: (value: string) => (value === "" ? 0 : "1 day"),
    tags: (value: string, [url, page]) => [value, url.host, `${page}`],
  })
  async keyed(urls: readonly URL[], page: number): Promise<(string | Error)[]> {
    return urls.map((url) => `${url.href}${page}`);
  }

  @cachedBatch({ shouldCache: (value) => value !== null, key: (args) => args[0] })
  async inferred(words: readonly string[]): Promise<(string | null)[]> {
    return words.map(() => null);
  }

  @cachedBatch() private async hidden(words: readonly string[]): Promise<string[]> {
    return [...words];
  }

  async shown(): Promise<string[]> {
    return this.hidden(["x"]);
  }

  @cached() async single(word: string): Promise<number[]> {
    return [word.length];
  }
}

class Refused {
  // @ts-expect-error the first argument is no array
  @cachedBatch() async one(word: string): Promise<string[]> {
    return [word];
  }

  // @ts-expect-error the items may be left out
  @cachedBatch() async optional(words?: readonly string[]): Promise<string[]> {
    return words === undefined ? [] : [...words];
  }

  // @ts-expect-error no argument at all
  @cachedBatch() async none(): Promise<string[]> {
    return [];
  }

  // @ts-expect-error exactly two items
  @cachedBatch() async pair(words: readonly [string, string]): Promise<string[]> {
    return [...words];
  }

  // @ts-expect-error each item an argument of its own
  @cachedBatch() async spread(...words: string[]): Promise<string[]> {
    return words;
  }

  // @ts-expect-error the result is no array
  @cachedBatch() async map(words: readonly string[]): Promise<Map<string, string>> {
    return new Map(words.map((word) => [word, word]));
  }

  // @ts-expect-error a method that returns no promise
  @cachedBatch() sync(words: readonly string[]): string[] {
    return [...words];
  }

  // @ts-expect-error nothing is known of any
  @cachedBatch() any(_words: readonly string[]): Loose {
    return [];
  }

  // @ts-expect-error the option's callback takes another result
  @cachedBatch({ ttl: (value: string) => value.length })
  async numbers(words: readonly string[]): Promise<number[]> {
    return words.map((word) => word.length);
  }

  // @ts-expect-error the option's callback takes another item
  @cachedBatch({ key: ([item]: [string]) => item })
  async items(items: readonly number[]): Promise<number[]> {
    return [...items];
  }

  // @ts-expect-error an option that is none
  @cachedBatch({ batchSize: 10 }) async misspelt(items: readonly number[]): Promise<number[]> {
    return [...items];
  }

  // @ts-expect-error for methods of items only
  @cached({ maxBatchSize: 10 }) async single(items: readonly number[]): Promise<number[]> {
    return [...items];
  }
}

export function types(accepted: Accepted, _refused: Refused): void {
  same<Accepted["lengths"], (words: readonly string[], language?: string) => Promise<number[]>>(
    true,
  );
  const kept: Promise<"a"[]> = accepted.same<"a">(["a"]);
  void kept;

  const memo = memoOfBatch(accepted, "lengths");
  same<typeof memo, MemoHandle<(item: string, language?: string) => Promise<number>>>(true);
  same<ReturnType<typeof memo.peek>, Promise<number | undefined>>(true);
  same<ReturnType<typeof memo.refresh>, Promise<number>>(true);
  memo.key("x", "en");
  void memo.set(["x"], 1);
  // @ts-expect-error it is about one item
  memo.key(["x"]);
  // @ts-expect-error a result of another type
  void memo.set(["x"], "1");
  same<ReturnType<ReturnType<typeof partly>["peek"]>, Promise<number | undefined>>(true);
  function partly(): MemoHandle<(item: string) => Promise<number>> {
    return memoOfBatch(accepted, "partly");
  }
  // @ts-expect-error not a method of items
  memoOfBatch(accepted, "single");
  // @ts-expect-error no such method
  memoOfBatch(accepted, "none");
  void memoOfBatch(Accepted, "made").peek(1);
  void memoOfBatch(Accepted, "lengths").clear();
  // @ts-expect-error a class stands for all of its instances
  void memoOfBatch(Accepted, "lengths").has("x");
  void memoOf(accepted, "single").has("x");

  const fn = memoizeBatch(async (items: readonly number[]) => items.map((item) => `${item}`), {
    id: "fn",
    maxBatchSize: 100,
    ttl: (value) => value.length,
    key: ([item]) => item.toFixed(),
  });
  same<Parameters<typeof fn>, [items: readonly number[]]>(true);
  void fn([1]).then(([value]) => value?.length);
  void fn.memo.peek(1).then((value) => value?.length);
  // @ts-expect-error a function of one item
  memoizeBatch(async (x: number) => [x], { id: "one" });
  // @ts-expect-error an id is needed
  memoizeBatch(async (items: readonly number[]) => [...items], {});
}
