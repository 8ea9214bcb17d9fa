import { describe, expect, test } from "@jest/globals";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { Cache } from "../src/cache/cache.ts";
import type { CacheOptions } from "../src/cache/cache-options.ts";
import type { ReportFailure } from "../src/options/failure.ts";
import { flaky } from "./flaky-backend.ts";
import { collect, stored } from "./read-all.ts";

describe("close()", () => {
  test("flushes, leaves the backend open, and ends the cache", async () => {
    const backend = memory();
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("x", 1);
    await cache.close();
    await cache.close();
    expect(await stored(backend, "a")).toEqual(new Map([["x", 1]]));
    await expect(cache.get("x")).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect(cache.set("y", 1)).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect(cache.flush()).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect(cache.prune()).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  test("ends a cache that was never used", async () => {
    const cache = new Cache<string, number>({ id: "a", backend: memory() });
    await cache.close();
    await expect(cache.get("x")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  test("is what the end of await using does", async () => {
    const backend = memory();
    {
      await using cache = new Cache<string, number>({ id: "a", backend });
      await cache.set("x", 1);
    }
    expect(await stored(backend, "a")).toEqual(new Map([["x", 1]]));
  });

  test("rejects when the flush fails, loses nothing, and can be tried again", async () => {
    const inner = memory();
    const backend = flaky(inner);
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("x", 1);
    backend.failing = true;
    await expect(cache.close()).rejects.toThrow("out of space");
    expect(await cache.get("x")).toBe(1);
    await cache.set("y", 2);
    backend.failing = false;
    await cache.close();
    expect((await stored(inner, "a")).size).toBe(2);
  });
});

describe("a backend that fails to write", () => {
  const options = (backend: Backend, onError?: ReportFailure): CacheOptions => ({
    id: "a",
    backend,
    maxItems: 4,
    flushRatio: 0.5,
    onError,
  });

  test("makes flush() reject and keeps all changes", async () => {
    const inner = memory();
    await inner.open<string, number>("a").set("deleted", 0);
    const backend = flaky(inner);
    const cache = new Cache<string, number>(options(backend));
    await cache.set("x", 1);
    await cache.delete("deleted");
    backend.failing = true;
    await expect(cache.flush()).rejects.toThrow("out of space");
    expect(await collect(cache)).toEqual(new Map([["x", 1]]));
    backend.failing = false;
    await cache.flush();
    expect(await stored(inner, "a")).toEqual(new Map([["x", 1]]));
  });

  test("does not make set reject: it is reported and tried again", async () => {
    const inner = memory();
    const backend = flaky(inner);
    const errors: Error[] = [];
    const cache = new Cache<number, number>(options(backend, (error) => errors.push(error)));
    backend.failing = true;
    for (let key = 0; key < 7; key += 1) await cache.set(key, key);
    expect(errors.map(({ message }) => message)).toEqual(["out of space"]);
    expect(await cache.size()).toBe(7);
    backend.failing = false;
    await cache.set(7, 7);
    expect((await stored(inner, "a")).size).toBeGreaterThanOrEqual(4);
    await cache.close();
    expect((await stored(inner, "a")).size).toBe(8);
  });

  test("is tried again after each further share of changes, not at each", async () => {
    const backend = flaky(memory());
    const errors: Error[] = [];
    const cache = new Cache<number, number>(options(backend, (error) => errors.push(error)));
    backend.failing = true;
    for (let key = 0; key < 104; key += 1) await cache.set(key, key);
    expect(errors.length).toBeGreaterThan(1);
    expect(errors.length).toBeLessThanOrEqual(50);
  });

  test("loses nothing when onError throws", async () => {
    const backend = flaky(memory());
    const cache = new Cache<number, number>(
      options(backend, () => {
        throw new Error("from onError");
      }),
    );
    backend.failing = true;
    for (let key = 0; key < 6; key += 1) await cache.set(key, key);
    expect(await cache.size()).toBe(6);
  });

  test("does not undo what was changed while it was failing", async () => {
    const inner = memory();
    const backend = flaky(inner);
    const cache = new Cache<string, number>(options(backend));
    await cache.set("overwritten", 1);
    await cache.set("deleted", 1);
    backend.failing = true;
    backend.hold();
    const flushing = cache.flush();
    await cache.set("overwritten", 2);
    await cache.delete("deleted");
    backend.release();
    await expect(flushing).rejects.toThrow("out of space");
    expect(await collect(cache)).toEqual(new Map([["overwritten", 2]]));
    backend.failing = false;
    await cache.flush();
    expect(await stored(inner, "a")).toEqual(new Map([["overwritten", 2]]));
  });
});

describe("while a flush is under way", () => {
  test("reads see what is being written, and changes made meanwhile are kept", async () => {
    const inner = memory();
    const backend = flaky(inner);
    await inner.open<string, number>("a").set("stored", 0);
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("x", 1);
    await cache.set("y", 1);
    await cache.delete("stored");
    backend.hold();
    const flushing = cache.flush();
    await backend.held;
    expect(await cache.get("x")).toBe(1);
    expect(await cache.has("stored")).toBe(false);
    expect(await cache.delete("x")).toBe(true);
    expect(await cache.delete("x")).toBe(false);
    await cache.set("y", 2);
    await cache.set("stored", 3);
    backend.release();
    await flushing;
    const expected = new Map([
      ["y", 2],
      ["stored", 3],
    ]);
    expect(await collect(cache)).toEqual(expected);
    expect(await cache.size()).toBe(2);
    await cache.flush();
    expect(await stored(inner, "a")).toEqual(expected);
  });

  test("clear() hides what is being written", async () => {
    const inner = memory();
    const backend = flaky(inner);
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("x", 1);
    backend.hold();
    const flushing = cache.flush();
    await backend.held;
    await cache.clear();
    expect(await cache.has("x")).toBe(false);
    backend.release();
    await flushing;
    expect(await cache.has("x")).toBe(false);
    await cache.flush();
    expect(await stored(inner, "a")).toEqual(new Map());
  });

  test("of concurrent deletes and pops of a key exactly one succeeds", async () => {
    const inner = memory();
    const backend = flaky(inner);
    await inner.open<string, number>("a").set("x", 1);
    const cache = new Cache<string, number>({ id: "a", backend });
    const [deleted, popped, flushed, again] = await Promise.all([
      cache.delete("x"),
      cache.pop("x"),
      cache.flush(),
      cache.delete("x"),
    ]);
    expect([deleted, popped !== undefined, again].filter(Boolean)).toHaveLength(1);
    expect(flushed).toBeUndefined();
    expect(await cache.has("x")).toBe(false);
  });

  test("a look that was overtaken by a set and its flush is not acted upon", async () => {
    const backend = flaky(memory());
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("other", 0);
    const looking = backend.holdAnswer();
    const defaulting = cache.setDefault("x", 1);
    await looking;
    await cache.set("x", 2);
    await cache.flush();
    backend.release();
    expect(await defaulting).toBe(2);
    expect(await cache.get("x")).toBe(2);
  });

  test("of concurrent setDefaults one value wins for all", async () => {
    const cache = new Cache<string, number>({ id: "a", backend: memory(), maxItems: 1 });
    const values = await Promise.all(
      Array.from({ length: 20 }, (_, value) => cache.setDefault("x", value)),
    );
    expect(new Set(values)).toEqual(new Set([await cache.get("x")]));
  });

  test("an iteration gives each entry once and misses none that was there throughout", async () => {
    const backend = memory();
    const cache = new Cache<number, number>({ id: "a", backend, maxItems: 20 });
    for (let key = 0; key < 50; key += 1) await cache.set(key, 0);
    const seen: number[] = [];
    for await (const [key] of cache) {
      seen.push(key);
      await cache.set((key * 7) % 50, seen.length);
      if (seen.length % 10 === 0) await cache.flush();
      if (seen.length % 3 === 0) await cache.set(1000 + seen.length, 0);
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(new Set(seen.filter((key) => key < 50))).toEqual(
      new Set(Array.from({ length: 50 }, (_, key) => key)),
    );
  });
});
