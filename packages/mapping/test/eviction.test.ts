import { describe, expect, test } from "@jest/globals";
import type { BackendOptions, EvictionPolicy } from "@class-cache/mapping";
import { ManualClock, memory } from "@class-cache/mapping";
import type { Trace } from "./support/eviction-traces.ts";
import { scanning, shifting, skewed } from "./support/eviction-traces.ts";
import { replay, roomFor, sized } from "./support/replay.ts";

const REQUESTS = 8000;

async function saved(trace: Trace, eviction: EvictionPolicy): Promise<number> {
  const clock = new ManualClock();
  const options = { eviction, clock, codec: sized, maxBytes: roomFor(trace) };
  await using backend = memory(options);
  return await replay(trace, backend, clock);
}

function bounded(options: BackendOptions): {
  clock: ManualClock;
  mapping: ReturnType<ReturnType<typeof memory>["open"]>;
} {
  const clock = new ManualClock();
  return { clock, mapping: memory({ clock, codec: sized, ...options }).open("bounded") };
}

describe("what eviction by cost saves of the computing time", () => {
  test.each([
    ["skewed", skewed, 1.15, 1.25],
    ["scanning", scanning, 1.35, 1.6],
    ["shifting", shifting, 1.15, 1.25],
  ])("of a %s demand is more than by use or age saves", async (_, make, overUse, overAge) => {
    const trace = make(REQUESTS);
    const cost = await saved(trace, "cost");
    expect(cost).toBeGreaterThan(overUse * (await saved(trace, "lru")));
    expect(cost).toBeGreaterThan(overAge * (await saved(trace, "stored")));
  });
});

describe('eviction by "cost"', () => {
  test("keeps what is dear to compute, for the room that it takes", async () => {
    const { clock, mapping } = bounded({ maxBytes: 10_000 });
    await mapping.set("dear", 1000, { cost: 5000 });
    await mapping.set("dear but large", 8000, { cost: 5000 });
    for (let key = 0; key < 30; key += 1) {
      clock.advance(1);
      await mapping.set(key, 1000, { cost: 1000 });
    }
    expect(await mapping.has("dear")).toBe(true);
    expect(await mapping.has("dear but large")).toBe(false);
  });

  test("does not weigh size where entries alone are bounded", async () => {
    const { clock, mapping } = bounded({ maxEntries: 10 });
    await mapping.set("dear and large", 8000, { cost: 5000 });
    for (let key = 0; key < 30; key += 1) {
      clock.advance(1);
      await mapping.set(key, 10, { cost: 1000 });
    }
    expect(await mapping.has("dear and large")).toBe(true);
  });

  test("gives up in time what was dear and is not asked for any more", async () => {
    const { clock, mapping } = bounded({ maxEntries: 10 });
    await mapping.set("dear", 10, { cost: 5000 });
    for (let key = 0; key < 500; key += 1) {
      clock.advance(1);
      await mapping.set(key, 10, { cost: 1000 });
    }
    expect(await mapping.has("dear")).toBe(false);
  });

  test("keeps what is asked for often among what costs the same", async () => {
    const { clock, mapping } = bounded({ maxEntries: 20 });
    await mapping.set("often", 10);
    for (let key = 0; key < 100; key += 1) {
      clock.advance(1);
      await mapping.set(key, 10);
      expect(await mapping.get("often")).toBe(10);
    }
  });

  test("takes an unknown cost for a usual one", async () => {
    const { clock, mapping } = bounded({ maxEntries: 20 });
    for (let key = 0; key < 10; key += 1) {
      clock.advance(1);
      await mapping.set(`dear ${key}`, 10, { cost: 900 });
      await mapping.set(`cheap ${key}`, 10, { cost: 100 });
    }
    clock.advance(1);
    await mapping.set("unknown", 10);
    await mapping.set("another", 10, { cost: 500 });
    expect(await mapping.has("unknown")).toBe(true);
    expect(await mapping.has("dear 9")).toBe(true);
  });

  test("keeps within its limits when every cost is infinite", async () => {
    const { mapping } = bounded({ maxEntries: 20 });
    for (let key = 0; key < 60; key += 1) await mapping.set(key, 10, { cost: Infinity });
    expect(await mapping.size()).toBeLessThanOrEqual(20);
  });
});

describe('eviction by "lru"', () => {
  test.each([
    ["get", (mapping, key) => mapping.get(key)],
    ["lookup", (mapping, key) => mapping.lookup(key)],
    ["getMany", (mapping, key) => mapping.getMany([key])],
    ["setDefault", (mapping, key) => mapping.setDefault(key, 1)],
    ["touch", (mapping, key) => mapping.touch!([[key, 3]])],
  ] as [
    string,
    (mapping: ReturnType<typeof bounded>["mapping"], key: string) => Promise<unknown>,
  ][])("counts %s as a use", async (_, use) => {
    const { clock, mapping } = bounded({ maxEntries: 20, eviction: "lru" });
    await mapping.set("used", 10);
    for (let key = 0; key < 60; key += 1) {
      clock.advance(1);
      await mapping.set(key, 10);
      await use(mapping, "used");
    }
    expect(await mapping.has("used")).toBe(true);
    expect(await mapping.has(0)).toBe(false);
  });

  test("counts neither has nor iteration as a use", async () => {
    const { clock, mapping } = bounded({ maxEntries: 20, eviction: "lru" });
    await mapping.set("seen", 10);
    for (let key = 0; key < 60; key += 1) {
      clock.advance(1);
      await mapping.set(key, 10);
      await mapping.has("seen");
      for await (const [found] of mapping) expect(found).toBeDefined();
    }
    expect(await mapping.has("seen")).toBe(false);
  });
});

describe('eviction by "stored"', () => {
  test("gives up what was stored longest ago, whatever it costs and however it is used", async () => {
    const { clock, mapping } = bounded({ maxEntries: 20, eviction: "stored" });
    for (let key = 0; key < 60; key += 1) {
      clock.advance(1);
      await mapping.set(key, 10, { cost: 1000 - key });
      await mapping.get(0);
    }
    expect(await mapping.has(0)).toBe(false);
    expect(await mapping.getMany([57, 58, 59])).toEqual([10, 10, 10]);
  });
});

describe("eviction", () => {
  test("refuses a policy that there is not", () => {
    expect(() => memory({ eviction: "fifo" as never })).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  });

  test("wants to be told of uses only where limits depend on them", () => {
    expect(memory().bounded).toBe(false);
    expect(memory({ maxEntries: 9, eviction: "stored" }).bounded).toBe(false);
    expect(memory({ maxEntries: 9 }).bounded).toBe(true);
    expect(memory({ maxBytes: 9, eviction: "lru" }).bounded).toBe(true);
  });

  test("leaves bookkeeping alone, which does not count either", async () => {
    const clock = new ManualClock();
    const backend = memory({ clock, maxEntries: 20, codec: sized });
    const bookkeeping = backend.open("~class-cache.anything");
    for (let key = 0; key < 30; key += 1) await bookkeeping.set(key, 10);
    const mapping = backend.open("results");
    for (let key = 0; key < 20; key += 1) {
      clock.advance(1);
      await mapping.set(key, 10);
    }
    expect(await mapping.size()).toBe(20);
    await mapping.set(20, 10);
    expect(await mapping.size()).toBe(19);
    expect(await bookkeeping.size()).toBe(30);
    expect(await bookkeeping.prune({ maxEntries: 7 })).toMatchObject({ removed: 23 });
  });

  test("by hand takes the same order, and age by when an entry was stored", async () => {
    const { clock, mapping } = bounded({ maxEntries: 100 });
    await mapping.set("old", 10, { cost: 9000 });
    clock.advance(1000);
    await mapping.set("dear", 10, { cost: 8000 });
    await mapping.set("cheap", 10, { cost: 1 });
    expect(await mapping.prune({ maxAge: 500, maxEntries: 1 })).toMatchObject({ removed: 2 });
    expect(await mapping.has("dear")).toBe(true);
  });

  test("by hand goes by cost and age where nobody noted uses", async () => {
    const { clock, mapping } = bounded({});
    for (let key = 0; key < 10; key += 1) {
      clock.advance(1);
      await mapping.set(key, 10, { cost: key === 3 ? 1000 : 10 });
    }
    await mapping.prune({ maxEntries: 2 });
    expect(await mapping.hasMany([2, 3, 8, 9])).toEqual([false, true, false, true]);
  });
});
