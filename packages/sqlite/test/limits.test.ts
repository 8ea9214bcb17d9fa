import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { ManualClock } from "@class-cache/mapping";
import { temporaryFolder } from "./temporary-folder.ts";

describe("limits", () => {
  test("hold again with the next writes of a process that has them, whoever passed them", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using limited = sqlite({ path, maxEntries: 100 });
    await using unlimited = sqlite({ path });
    await limited.open<string, number>("one").set("first", 1);
    const many = Array.from({ length: 500 }, (_, key): [number, number] => [key, key]);
    await unlimited.open<number, number>("other").setMany(many);
    await limited.open<string, number>("one").set("second", 2);
    await limited.open<string, number>("one").set("third", 3);
    const sizes = [await unlimited.open("one").size(), await unlimited.open("other").size()];
    expect(sizes[0]! + sizes[1]!).toBeLessThanOrEqual(100);
  });

  test("are kept at every moment while writes come all at once", async () => {
    await using backend = sqlite({
      path: join(temporaryFolder(), "c.sqlite"),
      maxBytes: 1_000_000,
    });
    const mapping = backend.open<number, Uint8Array>("large");
    const value = new Uint8Array(20_000);
    const writes = Promise.all(Array.from({ length: 300 }, (_, key) => mapping.set(key, value)));
    let hasEnded = false;
    void writes.then(() => (hasEnded = true));
    let most = 0;
    while (!hasEnded) {
      most = Math.max(most, await mapping.size());
      await nextTurn();
    }
    expect(most).toBeLessThanOrEqual((1_000_000 * 1.05) / 20_000);
    expect(most).toBeGreaterThan(30);
  });

  test("neither count bookkeeping nor take it", async () => {
    const clock = new ManualClock();
    await using backend = sqlite({
      path: join(temporaryFolder(), "c.sqlite"),
      clock,
      maxEntries: 50,
    });
    const bookkeeping = backend.open<number, number>("~class-cache.anything");
    for (let key = 0; key < 40; key += 1) await bookkeeping.set(key, key);
    const mapping = backend.open<number, number>("results");
    for (let key = 0; key < 50; key += 1) await mapping.set(key, key);
    expect(await mapping.size()).toBe(50);
    for (let key = 50; key < 200; key += 1) await mapping.set(key, key);
    expect(await mapping.size()).toBeGreaterThan(45);
    expect(await bookkeeping.size()).toBe(40);
    expect(await bookkeeping.prune({ maxEntries: 7 })).toMatchObject({ removed: 33 });
  });

  test.each(["cost", "lru"] as const)(
    'keep what is used and, by "%s", what is dear',
    async (eviction) => {
      const clock = new ManualClock();
      await using backend = sqlite({
        path: join(temporaryFolder(), "c.sqlite"),
        clock,
        eviction,
        maxEntries: 50,
      });
      const mapping = backend.open<string | number, number>("results");
      await mapping.set("used", 1, { cost: 10 });
      await mapping.set("dear", 1, { cost: 100 });
      for (let key = 0; key < 150; key += 1) {
        clock.advance(1);
        await mapping.set(key, key, { cost: 10 });
        expect(await mapping.get("used")).toBe(1);
      }
      expect(await mapping.has("dear")).toBe(eviction === "cost");
      expect(await mapping.size()).toBeLessThanOrEqual(50);
    },
  );

  test("go by uses and costs that an earlier process saw", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const clock = new ManualClock();
    {
      await using earlier = sqlite({ path, clock, maxEntries: 20 });
      const mapping = earlier.open<string | number, number>("results");
      await mapping.set("used", 1);
      for (let use = 0; use < 9; use += 1) await mapping.get("used");
      for (let key = 0; key < 15; key += 1) await mapping.set(key, key);
    }
    await using later = sqlite({ path, clock, maxEntries: 20 });
    const mapping = later.open<string | number, number>("results");
    for (let key = 100; key < 160; key += 1) {
      clock.advance(1);
      await mapping.set(key, key);
    }
    expect(await mapping.hasMany(["used", 0, 159])).toEqual([true, false, true]);
  });

  test("rank anew what is there when their kind or the order changes", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const clock = new ManualClock();
    {
      await using earlier = sqlite({ path, clock, maxEntries: 20, eviction: "stored" });
      const mapping = earlier.open<string | number, number>("results");
      await mapping.set("dear", 1, { cost: 500 });
      for (let key = 0; key < 15; key += 1) {
        clock.advance(1);
        await mapping.set(key, key, { cost: 10 });
      }
    }
    await using later = sqlite({ path, clock, maxEntries: 10, eviction: "cost" });
    const mapping = later.open<string | number, number>("results");
    clock.advance(1);
    await mapping.set("new", 1, { cost: 10 });
    expect(await mapping.hasMany(["dear", 0, 14, "new"])).toEqual([true, false, true, true]);
    expect(await mapping.size()).toBe(9);
  });

  test("write uses down also where nothing else is written", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const clock = new ManualClock();
    const keys = Array.from({ length: 6000 }, (_, key) => key);
    await using backend = sqlite({ path, clock, maxEntries: 6000, eviction: "lru" });
    const mapping = backend.open<number, number>("results");
    await mapping.setMany(keys.map((key): [number, number] => [key, key]));
    clock.advance(1000);
    for (const key of keys.slice(0, 5000)) await mapping.get(key);
    await using other = sqlite({ path, clock, maxEntries: 6000, eviction: "lru" });
    await other.open<number, number>("results").setMany([[-1, 0]]);
    const left = await mapping.hasMany(keys);
    expect(left.slice(0, 1000)).toEqual(keys.slice(0, 1000).map(() => true));
    expect(left.slice(1000).filter((isLeft) => !isLeft).length).toBeGreaterThan(50);
  });
});
