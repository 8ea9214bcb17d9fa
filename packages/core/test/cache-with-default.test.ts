import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Key } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import type { BufferOptions } from "../src/cache/cache-options.ts";
import { CacheWithDefault } from "../src/cache/cache-with-default.ts";
import { cacheable } from "../src/keys/cacheable.ts";
import { configure } from "../src/options/configure.ts";
import { transient } from "../src/keys/transient.ts";
import { flaky } from "./flaky-backend.ts";

/** Counts what is computed, by key, in the order of computing. */
let computed: unknown[] = [];

beforeEach(() => {
  computed = [];
  configure({ backend: memory() });
});

afterEach(() => configure({ backend: undefined }));

class Powers extends CacheWithDefault<number, number> {
  exponent: number;

  constructor(exponent: number, options?: BufferOptions) {
    super(options);
    this.exponent = exponent;
  }

  protected async getDefault(base: number): Promise<number> {
    computed.push(base);
    return base ** this.exponent;
  }
}

describe("get", () => {
  test("computes what is missing and remembers it", async () => {
    const squares = new Powers(2);
    expect(await squares.get(3)).toBe(9);
    expect(await squares.get(3)).toBe(9);
    expect(computed).toEqual([3]);
  });

  test("remembers for an equal instance once flushed", async () => {
    {
      await using squares = new Powers(2);
      await squares.get(3);
    }
    expect(await new Powers(2).get(3)).toBe(9);
    expect(computed).toEqual([3]);
  });

  test("computes once for all who ask at the same time, equal instances included", async () => {
    const squares = new Powers(2);
    const equal = new Powers(2);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? squares : equal).get(3)),
    );
    expect(new Set(answers)).toEqual(new Set([9]));
    expect(await equal.get(3)).toBe(9);
    expect(computed).toEqual([3]);
  });

  test("takes a stored undefined for an answer", async () => {
    class Nothing extends CacheWithDefault<string, undefined> {
      protected async getDefault(key: string): Promise<undefined> {
        computed.push(key);
      }
    }
    const cache = new Nothing();
    expect(await cache.get("x")).toBeUndefined();
    await cache.flush();
    expect(await cache.get("x")).toBeUndefined();
    expect(computed).toEqual(["x"]);
  });

  test("does not remember a rejection", async () => {
    class Unreliable extends CacheWithDefault<string, string> {
      protected async getDefault(key: string): Promise<string> {
        computed.push(key);
        if (computed.length === 1) throw new Error("busy");
        return key.toUpperCase();
      }
    }
    const cache = new Unreliable();
    const both = await Promise.allSettled([cache.get("x"), cache.get("x")]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await cache.has("x")).toBe(false);
    expect(await cache.get("x")).toBe("X");
    expect(computed).toEqual(["x", "x"]);
  });

  test("gives each caller a copy, and keeps what the computation still refers to apart", async () => {
    const shared = { list: [1] };
    class Lists extends CacheWithDefault<string, { list: number[] }> {
      protected async getDefault(): Promise<{ list: number[] }> {
        return shared;
      }
    }
    const cache = new Lists();
    const [first, second] = await Promise.all([cache.get("x"), cache.get("x")]);
    first.list.push(2);
    shared.list.push(3);
    expect(second).toEqual({ list: [1] });
    expect(await cache.get("x")).toEqual({ list: [1] });
  });

  describe("while a computation is under way", () => {
    let finish = (): void => {};

    class Slow extends CacheWithDefault<string, string> {
      @transient readonly begun: Promise<void>;
      @transient begin = (): void => {};

      constructor() {
        super();
        this.begun = new Promise((resolve) => {
          this.begin = resolve;
        });
      }

      protected async getDefault(): Promise<string> {
        this.begin();
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return "computed";
      }
    }

    test("leaves what is set", async () => {
      const cache = new Slow();
      const getting = cache.get("x");
      await cache.begun;
      await cache.set("x", "set");
      finish();
      expect(await getting).toBe("set");
      expect(await cache.get("x")).toBe("set");
    });

    test("answers though the cache is closed", async () => {
      const cache = new Slow();
      const getting = cache.get("x");
      await cache.begun;
      await cache.close();
      finish();
      expect(await getting).toBe("computed");
      expect(await new Slow().has("x")).toBe(false);
    });
  });

  test("may use the cache itself", async () => {
    class Fibonacci extends CacheWithDefault<number, number> {
      protected async getDefault(n: number): Promise<number> {
        computed.push(n);
        return n < 2 ? n : (await this.get(n - 1)) + (await this.get(n - 2));
      }
    }
    expect(await new Fibonacci({ maxItems: 5 }).get(50)).toBe(12586269025);
    expect(computed).toHaveLength(51);
  });

  test("rejects, rather than wait for ever, when a computation asks for its own key", async () => {
    class Circular extends CacheWithDefault<number, number> {
      protected async getDefault(key: number): Promise<number> {
        return this.get((key + 1) % 3);
      }
    }
    const cache = new Circular();
    await expect(cache.get(0)).rejects.toThrow(/key 0 asks .* that very key/);
    await cache.set(2, 7);
    expect(await cache.get(0)).toBe(7);
  });

  test("refuses a key that is changed while its value is computed", async () => {
    class Sums extends CacheWithDefault<number[], number> {
      protected async getDefault(numbers: number[]): Promise<number> {
        return numbers.reduce((sum, number) => sum + number, 0);
      }
    }
    const sums = new Sums();
    const numbers = [1, 2];
    const getting = sums.get(numbers);
    numbers.push(3);
    await expect(getting).rejects.toThrow(TypeError);
    expect(await sums.has([1, 2])).toBe(false);
    expect(await sums.get([1, 2])).toBe(3);
  });

  test("answers when the backend can neither be read nor written, and reports it", async () => {
    const backend = flaky(memory());
    const operations: string[] = [];
    const squares = new Powers(2, {
      backend,
      maxItems: 1,
      onError: (_error, { operation }) => operations.push(operation),
    });
    backend.unreadable = true;
    backend.failing = true;
    expect(await squares.get(3)).toBe(9);
    expect(await squares.get(4)).toBe(16);
    expect(await squares.get(3)).toBe(9);
    expect(computed).toEqual([3, 4]);
    expect(operations).toEqual(["lookup", "lookup", "store"]);
  });

  test("rejects for what cannot be keyed or stored, and when closed", async () => {
    class Odd extends CacheWithDefault<Key, unknown> {
      protected async getDefault(): Promise<unknown> {
        return { handler() {} };
      }
    }
    const cache = new Odd();
    await expect(cache.get({ handler() {} })).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
    await expect(cache.get("x")).rejects.toMatchObject({ code: "ERR_UNSTORABLE" });
    await cache.close();
    await expect(cache.get("x")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});

test("getMany computes what is missing, once for a key", async () => {
  const squares = new Powers(2);
  await squares.set(2, -1);
  expect(await squares.getMany([1, 2, 3, 3])).toEqual([1, -1, 9, 9]);
  expect(computed).toEqual([1, 3]);
});

test("all but get and getMany compute nothing", async () => {
  const squares = new Powers(2);
  expect(await squares.has(3)).toBe(false);
  expect(await squares.lookup(3)).toBeUndefined();
  expect(await squares.hasMany([3])).toEqual([false]);
  expect(await squares.pop(3)).toBeUndefined();
  expect(await squares.delete(3)).toBe(false);
  expect(await squares.setDefault(3, -1)).toBe(-1);
  expect(await squares.size()).toBe(1);
  expect(computed).toEqual([]);
});

test("stores what the computation cost", async () => {
  const squares = new Powers(2);
  await squares.get(3);
  expect((await squares.lookup(3))?.cost).toEqual(expect.any(Number));
});

test("counts buffer options and takes no id", async () => {
  const backend = memory();
  const squares = new Powers(2, { backend, maxItems: 2 });
  await squares.getMany([1, 2, 3]);
  expect(await backend.open(squares.id).size()).toBe(1);
  expect(() => new Powers(2, { id: "x" } as BufferOptions)).toThrow(
    expect.objectContaining({ code: "ERR_OPTION" }),
  );
});

test("a backend declared by cacheable holds, for subclasses too; one given goes before", async () => {
  const declared = memory();
  const given = memory();

  @cacheable({ backend: declared })
  class Base extends CacheWithDefault<string, string> {
    protected async getDefault(key: string): Promise<string> {
      return key;
    }
  }
  class Derived extends Base {}

  for (const [cache, backend] of [
    [new Base(), declared],
    [new Derived(), declared],
    [new Base({ backend: given }), given],
  ] as const) {
    await cache.get("x");
    await cache.flush();
    expect(await backend.open(cache.id).has("x")).toBe(true);
  }
});
