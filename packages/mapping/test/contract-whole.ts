import { expect, test } from "@jest/globals";
import type { Key } from "@class-cache/mapping";
import { ManualClock } from "@class-cache/mapping";
import type { ContractSubject } from "./contract-store.ts";
import { all } from "./contract-store.ts";

/** What operations on many entries, and on time, promise. */
export function wholeCases({ mappingOf }: ContractSubject): void {
  test("clear removes everything, once and again", async () => {
    const mapping = mappingOf();
    await mapping.setMany([1, 2, 3].map((key): [Key, unknown] => [key, key]));
    await mapping.set("large", "v".repeat(50_000));
    await mapping.clear();
    expect(await mapping.size()).toBe(0);
    expect(await mapping.get(1)).toBeUndefined();
    expect(await all(mapping)).toEqual([]);
    await mapping.set(1, "anew");
    expect(await all(mapping)).toEqual([[1, "anew"]]);
    await mapping.clear();
    await mapping.clear();
    expect(await mapping.has(1)).toBe(false);
  });

  test("keys, values, entries and iteration tell the same", async () => {
    const mapping = mappingOf();
    const expected: [Key, unknown][] = [];
    for (let key = 0; key < 60; key += 1) expected.push([key, `value ${key}`]);
    await mapping.setMany(expected);
    await mapping.set(0, "value 0");
    const byKey = (a: [Key, unknown], b: [Key, unknown]): number => Number(a[0]) - Number(b[0]);
    expect((await all(mapping)).sort(byKey)).toEqual(expected);
    expect((await all(mapping.entries())).sort(byKey)).toEqual(expected);
    expect((await all(mapping.keys())).sort((a, b) => Number(a) - Number(b))).toEqual(
      expected.map(([key]) => key),
    );
    expect(new Set(await all(mapping.values()))).toEqual(
      new Set(expected.map(([, value]) => value)),
    );
  });

  test("iteration may be left early and started again", async () => {
    const mapping = mappingOf();
    await mapping.setMany(Array.from({ length: 20 }, (_, key): [Key, unknown] => [key, key]));
    for await (const [key] of mapping) {
      expect(key).toBeDefined();
      break;
    }
    expect(await all(mapping)).toHaveLength(20);
  });

  test("iteration survives writes by its own consumer", async () => {
    const mapping = mappingOf();
    await mapping.setMany(Array.from({ length: 50 }, (_, key): [Key, unknown] => [key, key]));
    const seen: Key[] = [];
    for await (const key of mapping.keys()) {
      seen.push(key);
      await mapping.set(key, "changed");
      await mapping.set(["new", key], 1);
      if (typeof key === "number") await mapping.delete(key + 1000);
    }
    expect(new Set(seen.map((key) => JSON.stringify(key))).size).toBe(seen.length);
    const numbers = seen.filter((key): key is number => typeof key === "number");
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, key) => key));
    expect(await mapping.size()).toBe(50 + seen.length);
  });

  test("records tell all but the value", async () => {
    const clock = new ManualClock();
    const mapping = mappingOf({ clock });
    await mapping.set("a", "x", { expiresAt: clock.now() + 5, cost: 7.5 });
    await mapping.set("b", "y".repeat(40_000));
    const records = await all(mapping.records());
    records.sort((one, other) => one.bytes - other.bytes);
    expect(records).toMatchObject([
      { key: "a", storedAt: clock.now(), expiresAt: clock.now() + 5, cost: 7.5 },
      { key: "b", storedAt: clock.now(), expiresAt: undefined, cost: undefined },
    ]);
    expect(records[0]?.bytes).toBeGreaterThan(0);
    expect(await mapping.lookup("a")).toEqual({
      value: "x",
      storedAt: clock.now(),
      expiresAt: clock.now() + 5,
      cost: 7.5,
    });
  });

  test("bulk operations are aligned with their keys", async () => {
    const mapping = mappingOf();
    await mapping.setMany([
      ["a", 1],
      ["b", 2],
      ["a", 3],
      ["large", "v".repeat(40_000)],
    ]);
    expect(await mapping.getMany(["b", "none", "a", "b"])).toEqual([2, undefined, 3, 2]);
    expect(await mapping.hasMany(["none", "large", "a"])).toEqual([false, true, true]);
    expect(await mapping.deleteMany(["a", "none", "large", "a"])).toBe(2);
    expect(await mapping.hasMany(["a", "b", "large"])).toEqual([false, true, false]);
    expect(await mapping.getMany([])).toEqual([]);
    expect(await mapping.deleteMany([])).toBe(0);
    await mapping.setMany([]);
    expect(await mapping.size()).toBe(1);
  });

  test("many entries in one bulk write", async () => {
    const mapping = mappingOf();
    const entries = Array.from({ length: 120 }, (_, key): [Key, unknown] => [key, "v".repeat(key)]);
    await mapping.setMany(entries);
    expect(await mapping.size()).toBe(120);
    const keys = entries.map(([key]) => key);
    expect(await mapping.getMany(keys)).toEqual(entries.map(([, value]) => value));
    expect(await mapping.deleteMany(keys.slice(0, 40))).toBe(40);
    expect(await mapping.size()).toBe(80);
  });

  test("pop gives the value and takes the entry", async () => {
    const mapping = mappingOf();
    await mapping.set("a", 1);
    expect(await mapping.pop("a")).toBe(1);
    expect(await mapping.has("a")).toBe(false);
    expect(await mapping.pop("a")).toBeUndefined();
  });

  test("setDefault stores only where nothing is", async () => {
    const clock = new ManualClock();
    const mapping = mappingOf({ clock });
    expect(await mapping.setDefault("a", 1)).toBe(1);
    expect(await mapping.setDefault("a", 2)).toBe(1);
    expect(await mapping.get("a")).toBe(1);
    const large = "v".repeat(40_000);
    expect(await mapping.setDefault("large", large)).toBe(large);
    expect(await mapping.setDefault("large", "small")).toBe(large);
    await mapping.set("b", 1, { expiresAt: clock.now() + 10 });
    clock.advance(10);
    expect(await mapping.setDefault("b", 2)).toBe(2);
    expect(await mapping.get("b")).toBe(2);
    await mapping.delete("b");
    expect(await mapping.setDefault("b", 3)).toBe(3);
  });

  test("concurrent setDefault of one key gives everyone one value", async () => {
    const mapping = mappingOf();
    const given = await Promise.all(
      Array.from({ length: 20 }, (_, index) => mapping.setDefault("key", index)),
    );
    expect(new Set(given).size).toBe(1);
    expect(await mapping.get("key")).toBe(given[0]);
  });

  test("an expired entry exists for no operation", async () => {
    const clock = new ManualClock();
    const mapping = mappingOf({ clock });
    await mapping.set("a", 1, { expiresAt: clock.now() + 10 });
    await mapping.set("b", 2);
    clock.advance(9);
    expect(await mapping.get("a")).toBe(1);
    expect(await mapping.size()).toBe(2);
    clock.advance(1);
    expect(await mapping.get("a")).toBeUndefined();
    expect(await mapping.lookup("a")).toBeUndefined();
    expect(await mapping.has("a")).toBe(false);
    expect(await mapping.getMany(["a", "b"])).toEqual([undefined, 2]);
    expect(await mapping.hasMany(["a", "b"])).toEqual([false, true]);
    expect(await mapping.size()).toBe(1);
    expect(await all(mapping)).toEqual([["b", 2]]);
    expect(await all(mapping.records())).toHaveLength(1);
    expect(await mapping.pop("a")).toBeUndefined();
    expect(await mapping.deleteMany(["a"])).toBe(0);
    expect(await mapping.delete("a")).toBe(false);
    await mapping.set("a", 3);
    expect(await mapping.get("a")).toBe(3);
  });

  test("an entry that is written anew has the new expiry alone", async () => {
    const clock = new ManualClock();
    const mapping = mappingOf({ clock });
    await mapping.set("a", 1, { expiresAt: clock.now() + 10, cost: 1 });
    await mapping.set("a", 2);
    clock.advance(100);
    expect(await mapping.lookup("a")).toMatchObject({ value: 2, cost: undefined });
    await mapping.set("a", 3, { expiresAt: clock.now() - 1 });
    expect(await mapping.has("a")).toBe(false);
  });

  test("options of set are checked", async () => {
    const mapping = mappingOf();
    const refused = { code: "ERR_OPTION" };
    await expect(mapping.set("a", 1, { expiresAt: NaN })).rejects.toMatchObject(refused);
    await expect(mapping.set("a", 1, { cost: "7" as never })).rejects.toMatchObject(refused);
    await expect(mapping.prune({ maxBytes: -1 })).rejects.toMatchObject(refused);
    await expect(mapping.prune({ maxEntries: NaN })).rejects.toMatchObject(refused);
    expect(await mapping.has("a")).toBe(false);
  });

  test("prune removes the expired, then the old, then the oldest", async () => {
    const clock = new ManualClock();
    const mapping = mappingOf({ clock });
    for (let key = 0; key < 10; key += 1) {
      await mapping.set(key, "v".repeat(1000), key === 9 ? { expiresAt: clock.now() + 1 } : {});
      clock.advance(10);
    }
    expect(await mapping.prune()).toMatchObject({ removed: 1, expired: 1, entries: 9 });
    expect(await mapping.prune({ maxAge: 80 })).toMatchObject({ removed: 2, expired: 0 });
    expect(await mapping.hasMany([0, 1, 2, 8])).toEqual([false, false, true, true]);
    expect(await mapping.prune({ maxEntries: 5 })).toMatchObject({ removed: 2, entries: 5 });
    expect(await mapping.hasMany([3, 4])).toEqual([false, true]);
    const report = await mapping.prune({ maxBytes: 3100 });
    expect(report.bytes).toBeLessThanOrEqual(3100);
    expect(report.entries).toBeGreaterThanOrEqual(2);
    expect(await mapping.size()).toBe(report.entries);
    expect(await mapping.has(8)).toBe(true);
    expect(await mapping.prune({ maxEntries: 0 })).toMatchObject({ entries: 0, bytes: 0 });
    expect(await mapping.size()).toBe(0);
  });
}
