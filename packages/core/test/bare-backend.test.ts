import { expect, test } from "@jest/globals";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { Cache, cached, CacheWithDefault, memoize } from "@class-cache/core";

/** No more than every backend has. */
function bare(): Backend {
  const inner = memory();
  return {
    supports: inner.supports,
    open: (id, options) => inner.open(id, options),
    ids: () => inner.ids(),
    drop: (id) => inner.drop(id),
    lease: (name, options) => inner.lease(name, options),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  };
}

test("a backend without a codec and a clock of its own does for all", async () => {
  const backend = bare();
  let calls = 0;
  class Bare {
    @cached({ backend, ttl: "1h" }) async once(): Promise<number> {
      return (calls += 1);
    }
  }
  expect([await new Bare().once(), await new Bare().once()]).toEqual([1, 1]);
  const twice = memoize(async (x: number) => 2 * x, { id: "twice", backend });
  expect([await twice(2), await twice(2)]).toEqual([4, 4]);
  const cache = new Cache<string, Map<string, number>>({ id: "bare", backend });
  await cache.set("a", new Map([["b", 1]]));
  expect(await cache.get("a")).toEqual(new Map([["b", 1]]));
  class Lengths extends CacheWithDefault<string, number> {
    protected async getDefault(key: string): Promise<number> {
      return key.length;
    }
  }
  expect(await new Lengths({ backend }).get("four")).toBe(4);
});
