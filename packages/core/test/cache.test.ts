import { describe, expect, test } from "@jest/globals";
import type { Key } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { Cache } from "../src/cache/cache.ts";
import type { CacheOptions } from "../src/cache/cache-options.ts";
import { all, collect, stored } from "./read-all.ts";

describe("unflushed changes", () => {
  test("stay in memory until flush()", async () => {
    const backend = memory();
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("x", 1);
    expect(await stored(backend, "a")).toEqual(new Map());
    await cache.flush();
    expect(await stored(backend, "a")).toEqual(new Map([["x", 1]]));
  });

  test("are seen by every read of the same cache", async () => {
    const backend = memory();
    const before = backend.open<string, number>("a");
    await before.setMany([
      ["deleted", 1],
      ["overwritten", 2],
      ["untouched", 3],
    ]);
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("overwritten", 20);
    await cache.set("new", 4);
    expect(await cache.delete("deleted")).toBe(true);

    const keys = ["deleted", "overwritten", "untouched", "new", "absent"];
    expect(await cache.size()).toBe(3);
    expect(await cache.getMany(keys)).toEqual([undefined, 20, 3, 4, undefined]);
    expect(await cache.hasMany(keys)).toEqual([false, true, true, true, false]);
    expect(await cache.get("overwritten")).toBe(20);
    expect(await cache.has("deleted")).toBe(false);
    expect(await cache.lookup("deleted")).toBeUndefined();
    const expected = new Map([
      ["overwritten", 20],
      ["untouched", 3],
      ["new", 4],
    ]);
    expect(await collect(cache)).toEqual(expected);
    expect(await collect(cache.entries())).toEqual(expected);
    expect(new Set(await all(cache.keys()))).toEqual(new Set(expected.keys()));
    expect(new Set(await all(cache.values()))).toEqual(new Set(expected.values()));
    const records = await all(cache.records());
    expect(new Set(records.map(({ key }) => key))).toEqual(new Set(expected.keys()));
    expect(await collect(before)).toEqual(
      new Map([
        ["deleted", 1],
        ["overwritten", 2],
        ["untouched", 3],
      ]),
    );
  });

  test("keeps a stored undefined apart from absence", async () => {
    const cache = new Cache<string, undefined>({ id: "a", backend: memory() });
    await cache.set("x", undefined);
    expect(await cache.has("x")).toBe(true);
    expect((await cache.lookup("x"))?.value).toBeUndefined();
    await cache.flush();
    expect(await cache.has("x")).toBe(true);
  });

  test("are lost with a cache that is neither flushed nor closed", async () => {
    const backend = memory();
    await new Cache<string, number>({ id: "a", backend }).set("x", 1);
    expect(await new Cache<string, number>({ id: "a", backend }).has("x")).toBe(false);
  });

  test("of pop, setDefault and deleteMany agree with what is stored", async () => {
    const backend = memory();
    await backend.open<string, number>("a").setMany([
      ["x", 1],
      ["y", 2],
    ]);
    const cache = new Cache<string, number>({ id: "a", backend });
    expect(await cache.pop("x")).toBe(1);
    expect(await cache.pop("x")).toBeUndefined();
    expect(await cache.setDefault("y", 20)).toBe(2);
    expect(await cache.setDefault("z", 30)).toBe(30);
    expect(await cache.deleteMany(["x", "y", "z", "z"])).toBe(2);
    expect(await cache.size()).toBe(0);
    await cache.flush();
    expect(await stored(backend, "a")).toEqual(new Map());
  });
});

describe("clear()", () => {
  test("hides everything at once and reaches the backend with the flush", async () => {
    const backend = memory();
    const below = backend.open<string, number>("a");
    await below.set("old", 1);
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("dropped", 2);
    await cache.clear();
    await cache.set("new", 3);
    expect(await collect(cache)).toEqual(new Map([["new", 3]]));
    expect(await cache.size()).toBe(1);
    expect(await cache.has("old")).toBe(false);
    expect(await below.has("old")).toBe(true);
    await cache.flush();
    expect(await collect(below)).toEqual(new Map([["new", 3]]));
  });
});

describe("maxItems", () => {
  test("that many changes are held, and with one more the oldest share is written out", async () => {
    const backend = memory();
    const cache = new Cache<number, number>({ id: "a", backend, maxItems: 10, flushRatio: 0.3 });
    for (let key = 0; key < 10; key += 1) await cache.set(key, key);
    expect((await stored(backend, "a")).size).toBe(0);
    await cache.set(10, 10);
    expect(new Set((await stored(backend, "a")).keys())).toEqual(new Set([0, 1, 2]));
    expect(await cache.size()).toBe(11);
  });

  test("of one holds the last change only", async () => {
    const backend = memory();
    const cache = new Cache<number, number>({ id: "a", backend, maxItems: 1 });
    for (let key = 0; key < 5; key += 1) await cache.set(key, key);
    expect(new Set((await stored(backend, "a")).keys())).toEqual(new Set([0, 1, 2, 3]));
  });

  test("counts deletes, and a key once", async () => {
    const backend = memory();
    await backend.open<number, number>("a").set(1, 1);
    const cache = new Cache<number, number>({ id: "a", backend, maxItems: 2, flushRatio: 1 });
    await cache.delete(1);
    for (let round = 0; round < 5; round += 1) await cache.set(2, round);
    expect(await stored(backend, "a")).toEqual(new Map([[1, 1]]));
    await cache.set(3, 3);
    expect(await stored(backend, "a")).toEqual(
      new Map(
        [
          [2, 4],
          [3, 3],
        ].slice(0, 1) as [number, number][],
      ),
    );
  });

  test("is kept when everything is set at once", async () => {
    const backend = memory();
    const cache = new Cache<number, number>({ id: "a", backend, maxItems: 16 });
    await Promise.all(Array.from({ length: 300 }, (_, key) => cache.set(key, key)));
    expect((await stored(backend, "a")).size).toBeGreaterThanOrEqual(300 - 16);
    expect(await cache.size()).toBe(300);
  });
});

describe("values", () => {
  test("are not seen to change when the caller changes an object that was set or got", async () => {
    const cache = new Cache<string, { list: number[] }>({ id: "a", backend: memory() });
    const value = { list: [1] };
    const setting = cache.set("x", value);
    value.list.push(2);
    await setting;
    (await cache.get("x"))?.list.push(3);
    expect(await cache.get("x")).toEqual({ list: [1] });
    await cache.flush();
    expect(await cache.get("x")).toEqual({ list: [1] });
  });

  test("that cannot be stored, and keys that cannot be keyed, are refused by set", async () => {
    const cache = new Cache<Key, unknown>({ id: "a", backend: memory() });
    await expect(cache.set("x", { handler() {} })).rejects.toMatchObject({
      code: "ERR_UNSTORABLE",
    });
    await expect(cache.set({ handler() {} }, 1)).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
    expect(await cache.size()).toBe(0);
  });

  test("3,072 entries written through one cache are all read by another", async () => {
    const backend = memory();
    const value = (key: number): unknown =>
      [BigInt64Array.from({ length: 32 }, (_, at) => BigInt(key * at)), `text ${key}`, { key }][
        key % 3
      ];
    {
      await using cache = new Cache<number, unknown>({ id: "many", backend });
      for (let key = 0; key < 3072; key += 1) await cache.set(key, value(key));
    }
    const reader = new Cache<number, unknown>({ id: "many", backend });
    expect(await reader.size()).toBe(3072);
    for (let key = 0; key < 3072; key += 1) expect(await reader.get(key)).toEqual(value(key));
  });
});

describe("the id", () => {
  test("given is the mapping's id as it is", async () => {
    const backend = memory();
    await using cache = new Cache<string, number>({ id: "any / id.", backend });
    await cache.set("x", 1);
    await cache.flush();
    expect(cache.id).toBe("any / id.");
    expect(await all(backend.ids())).toEqual(["any / id."]);
  });

  test("by default is one for this package, and names it", () => {
    const backend = memory();
    expect(new Cache({ backend }).id).toBe(new Cache({ backend }).id);
    expect(new Cache({ backend }).id).toMatch(/^cache~@class-cache\/core-[0-9a-f]{8}$/);
  });
});

test.each<[string, object]>([
  ["id", { id: 1 }],
  ["backend", { backend: {} }],
  ["maxItems", { maxItems: 0 }],
  ["maxItems", { maxItems: 1.5 }],
  ["flushRatio", { flushRatio: 0 }],
  ["flushRatio", { flushRatio: 1.1 }],
  ["onError", { onError: 1 }],
  ["maxItem", { maxItem: 1 }],
])("refuses a wrong %s", (name, options) => {
  expect(() => new Cache(options as CacheOptions)).toThrow(
    expect.objectContaining({ code: "ERR_OPTION", message: expect.stringContaining(name) }),
  );
});
