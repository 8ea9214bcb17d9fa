import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ManualClock, memory } from "@class-cache/mapping";
import { Cache } from "../src/cache/cache.ts";
import { configure } from "../src/options/configure.ts";
import { all, stored } from "./read-all.ts";

let clock = new ManualClock();

beforeEach(() => {
  clock = new ManualClock();
  configure({ clock });
});

afterEach(() => configure({ clock: undefined }));

describe("expiry", () => {
  test("report the same record before and after they are flushed", async () => {
    const cache = new Cache<string, string>({ id: "a", backend: memory() });
    await cache.set("x", "text", { expiresAt: clock.now() + 10, cost: 5 });
    const before = await all(cache.records());
    await cache.flush();
    expect(await all(cache.records())).toEqual(before);
    expect(before).toHaveLength(1);
  });

  test("of an unflushed entry follows the clock", async () => {
    const backend = memory();
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("x", 1, { expiresAt: clock.now() + 100 });
    expect(await cache.size()).toBe(1);
    clock.advance(100);
    expect(await cache.has("x")).toBe(false);
    expect(await cache.get("x")).toBeUndefined();
    expect(await cache.size()).toBe(0);
    expect(await all(cache.keys())).toEqual([]);
    expect(await cache.delete("x")).toBe(false);
  });

  test("of an unflushed entry does not bring the older, stored one back", async () => {
    const backend = memory();
    await backend.open<string, number>("a", { clock }).set("x", 1);
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("x", 2, { expiresAt: clock.now() + 100 });
    clock.advance(100);
    expect(await cache.get("x")).toBeUndefined();
    expect(await cache.size()).toBe(0);
    await cache.flush();
    expect(await cache.get("x")).toBeUndefined();
    expect(await stored(backend, "a")).toEqual(new Map());
    expect(await backend.open("a", { clock }).prune()).toMatchObject({ removed: 0 });
  });

  test("and cost are written with the entry", async () => {
    const backend = memory();
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("x", 1, { expiresAt: clock.now() + 100, cost: 7 });
    await cache.set("y", 2, { cost: 8 });
    expect(await cache.lookup("x")).toMatchObject({ expiresAt: clock.now() + 100, cost: 7 });
    await cache.flush();
    const below = backend.open<string, number>("a", { clock });
    expect(await below.lookup("x")).toMatchObject({ expiresAt: clock.now() + 100, cost: 7 });
    expect(await below.lookup("y")).toMatchObject({ expiresAt: undefined, cost: 8 });
  });

  test("prune() flushes, and counts what had expired or was too old unflushed", async () => {
    const backend = memory();
    const cache = new Cache<string, number>({ id: "a", backend });
    await cache.set("expired", 1, { expiresAt: clock.now() + 10 });
    await cache.set("old", 2);
    clock.advance(1000);
    await cache.set("fresh", 3);
    expect(await cache.prune({ maxAge: 500 })).toMatchObject({
      removed: 2,
      expired: 1,
      entries: 1,
    });
    expect(await stored(backend, "a")).toEqual(new Map([["fresh", 3]]));
  });
});
