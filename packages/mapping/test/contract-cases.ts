import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Backend, Clock, Key, MutableMapping } from "@class-cache/mapping";
import { ManualClock } from "@class-cache/mapping";

/** What a backend under test has to be made with. */
export interface ContractOptions {
  readonly clock?: Clock;
  readonly maxEntries?: number;
  readonly maxBytes?: number;
}

/** Makes backends that all share one store, which is fresh at the first call in each test. */
export interface ContractStore {
  make(options: ContractOptions): Backend;
  /** Removes the store. */
  end(): void;
}

/** Kinds of values that not every codec keeps. */
export interface ContractValues {
  /** Whether the codec keeps `undefined`, `NaN`, bytes and maps. Default: true. */
  readonly rich?: boolean;
}

const oddIds = [
  "",
  ".",
  "..",
  "../../x",
  "/etc/passwd",
  "CON",
  "nul.txt",
  "a",
  "A",
  "a:b",
  "a/b",
  "a\\b",
  "a b",
  "a\0b",
  "é",
  "e\u0301",
  "名前",
  "\ud800",
  "\udfff",
  "x".repeat(5000),
  `${"x".repeat(5000)}y`,
  "epoch-00000001-00000000",
  "locks",
  "constructor",
  "__proto__",
];

/** Everything that the contract of mappings and backends promises, asked of one backend. */
export function contractCases(
  name: string,
  start: () => ContractStore,
  { rich = true }: ContractValues = {},
): void {
  describe(`${name} keeps the contract`, () => {
    let ends: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const end of ends.reverse()) await end();
      ends = [];
    });

    function backendOf(options: ContractOptions = {}): Backend {
      const store = start();
      ends.push(() => store.end());
      const backend = store.make(options);
      ends.push(() => backend.close());
      return backend;
    }

    function mappingOf(options: ContractOptions = {}): MutableMapping<Key, unknown> {
      return backendOf(options).open<Key, unknown>("mapping");
    }

    async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
      const found: T[] = [];
      for await (const item of items) found.push(item);
      return found;
    }

    test("an empty mapping holds nothing", async () => {
      const mapping = mappingOf();
      expect(await mapping.get("a")).toBeUndefined();
      expect(await mapping.lookup("a")).toBeUndefined();
      expect(await mapping.has("a")).toBe(false);
      expect(await mapping.delete("a")).toBe(false);
      expect(await mapping.pop("a")).toBeUndefined();
      expect(await mapping.size()).toBe(0);
      expect(await all(mapping)).toEqual([]);
      expect(await mapping.prune()).toEqual({ removed: 0, expired: 0, entries: 0, bytes: 0 });
      await mapping.clear();
      expect(mapping.id).toBe("mapping");
    });

    test("what is set is read, replaced and deleted", async () => {
      const mapping = mappingOf();
      await mapping.set("a", { deep: [1, "two", null] });
      await mapping.set("b", 2);
      expect(await mapping.get("a")).toEqual({ deep: [1, "two", null] });
      expect(await mapping.has("a")).toBe(true);
      await mapping.set("a", "anew");
      expect(await mapping.get("a")).toBe("anew");
      expect(await mapping.size()).toBe(2);
      expect(await mapping.delete("a")).toBe(true);
      expect(await mapping.delete("a")).toBe(false);
      expect(await mapping.get("a")).toBeUndefined();
      expect(await mapping.has("a")).toBe(false);
      await mapping.set("a", 3);
      expect(await mapping.get("a")).toBe(3);
      expect(await mapping.get("b")).toBe(2);
      expect(await mapping.size()).toBe(2);
    });

    test("falsy values are values", async () => {
      const mapping = mappingOf();
      for (const value of [0, "", false, null]) {
        await mapping.set("key", value);
        expect(await mapping.lookup("key")).toMatchObject({ value });
        expect(await mapping.has("key")).toBe(true);
      }
    });

    if (rich) {
      test("keeps a stored undefined apart from absence", async () => {
        const mapping = mappingOf();
        await mapping.set("key", undefined);
        expect(await mapping.get("key")).toBeUndefined();
        expect(await mapping.lookup("key")).toMatchObject({ value: undefined });
        expect(await mapping.has("key")).toBe(true);
        expect(await mapping.size()).toBe(1);
        expect(await mapping.setDefault("key", 1)).toBeUndefined();
        expect(await mapping.delete("key")).toBe(true);
      });

      test("keeps what structured clone keeps", async () => {
        const mapping = mappingOf();
        const value = {
          map: new Map<unknown, unknown>([["a", new Set([1n, NaN])]]),
          bytes: new Uint8Array([1, 2, 3]),
          date: new Date(5),
          nothing: undefined,
        };
        await mapping.set("key", value);
        expect(await mapping.get("key")).toEqual(value);
      });
    }

    test("values are snapshots", async () => {
      const mapping = mappingOf();
      const value = { list: [1] };
      await mapping.set("key", value);
      value.list.push(2);
      const first = (await mapping.get("key")) as { list: number[] };
      expect(first).toEqual({ list: [1] });
      first.list.push(3);
      expect(await mapping.get("key")).toEqual({ list: [1] });
    });

    test("keys compare by value and by type", async () => {
      const mapping = mappingOf();
      const distinct: Key[] = [1, "1", 1n, null, undefined, true, "true", [1], { 0: 1 }, [[1], 2]];
      distinct.push([[1, 2]], {}, [], new Map(), new Set(), "", [undefined], { a: undefined });
      for (const [index, key] of distinct.entries()) await mapping.set(key, index);
      expect(await mapping.size()).toBe(distinct.length);
      for (const [index, key] of distinct.entries()) expect(await mapping.get(key)).toBe(index);
      await mapping.set({ a: 1, b: [2] }, "object");
      expect(await mapping.get({ b: [2], a: 1 })).toBe("object");
      await mapping.set(NaN, "not a number");
      expect(await mapping.get(NaN)).toBe("not a number");
      await mapping.set(0, "zero");
      expect(await mapping.get(-0)).toBe("zero");
    });

    test("keys may be long, and empty", async () => {
      const mapping = mappingOf();
      const keys = [
        "",
        "k".repeat(100),
        "k".repeat(40_000),
        `${"k".repeat(40_000)}x`,
        "é".repeat(999),
      ];
      for (const key of keys) await mapping.set(key, key.length);
      for (const key of keys) expect(await mapping.get(key)).toBe(key.length);
      expect((await all(mapping.keys())).sort()).toEqual([...keys].sort());
      for (const key of keys) expect(await mapping.delete(key)).toBe(true);
      expect(await mapping.size()).toBe(0);
    });

    test("what cannot be a key is refused, whatever the operation", async () => {
      const mapping = mappingOf();
      const bad = (() => {}) as unknown as Key;
      const refused = { code: "ERR_UNKEYABLE" };
      await expect(mapping.get(bad)).rejects.toMatchObject(refused);
      await expect(mapping.set(bad, 1)).rejects.toMatchObject(refused);
      await expect(mapping.has(bad)).rejects.toMatchObject(refused);
      await expect(mapping.delete(bad)).rejects.toMatchObject(refused);
      await expect(mapping.setMany([[bad, 1]])).rejects.toMatchObject(refused);
      await expect(mapping.getMany([bad])).rejects.toMatchObject(refused);
      expect(await mapping.size()).toBe(0);
    });

    test("values of all sizes", async () => {
      const mapping = mappingOf();
      const sizes = [0, 1, 100, 4096, 32_768, 33_000, 100_000, 700_000];
      for (const size of sizes) await mapping.set(size, "v".repeat(size));
      for (const size of sizes) expect(await mapping.get(size)).toBe("v".repeat(size));
      for (const size of sizes) await mapping.set(size, "w".repeat(700_000 - size));
      for (const size of sizes) expect(await mapping.get(size)).toBe("w".repeat(700_000 - size));
      await mapping.prune();
      for (const size of sizes) expect(await mapping.get(size)).toBe("w".repeat(700_000 - size));
      expect(await mapping.size()).toBe(sizes.length);
    });

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
      expect((await all(mapping.values())).sort()).toEqual(
        expected.map(([, value]) => value).sort(),
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
      records.sort((one, other) => String(one.key).localeCompare(String(other.key)));
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
      const entries = Array.from({ length: 300 }, (_, key): [Key, unknown] => [
        key,
        "v".repeat(key),
      ]);
      await mapping.setMany(entries);
      expect(await mapping.size()).toBe(300);
      const keys = entries.map(([key]) => key);
      expect(await mapping.getMany(keys)).toEqual(entries.map(([, value]) => value));
      expect(await mapping.deleteMany(keys.slice(0, 100))).toBe(100);
      expect(await mapping.size()).toBe(200);
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

    test("a second handle of an id sees the same entries, another id does not", async () => {
      const backend = backendOf();
      const one = backend.open("id");
      const other = backend.open("id");
      await one.set("key", 1);
      expect(await other.get("key")).toBe(1);
      await other.delete("key");
      expect(await one.has("key")).toBe(false);
      await backend.open("another").set("key", 2);
      expect(await one.get("key")).toBeUndefined();
      await one.close();
      await other.set("key", 3);
      expect(await other.get("key")).toBe(3);
    });

    test("a closed mapping refuses, and closing twice is harmless", async () => {
      const mapping = mappingOf();
      await mapping.set("a", 1);
      await mapping.close();
      await mapping.close();
      await mapping[Symbol.asyncDispose]();
      const closed = { code: "ERR_CLOSED" };
      await expect(mapping.get("a")).rejects.toMatchObject(closed);
      await expect(mapping.lookup("a")).rejects.toMatchObject(closed);
      await expect(mapping.has("a")).rejects.toMatchObject(closed);
      await expect(mapping.set("a", 1)).rejects.toMatchObject(closed);
      await expect(mapping.delete("a")).rejects.toMatchObject(closed);
      await expect(mapping.clear()).rejects.toMatchObject(closed);
      await expect(mapping.size()).rejects.toMatchObject(closed);
      await expect(mapping.getMany(["a"])).rejects.toMatchObject(closed);
      await expect(mapping.hasMany(["a"])).rejects.toMatchObject(closed);
      await expect(mapping.setMany([["a", 1]])).rejects.toMatchObject(closed);
      await expect(mapping.deleteMany(["a"])).rejects.toMatchObject(closed);
      await expect(mapping.pop("a")).rejects.toMatchObject(closed);
      await expect(mapping.setDefault("a", 1)).rejects.toMatchObject(closed);
      await expect(mapping.prune()).rejects.toMatchObject(closed);
      await expect(all(mapping)).rejects.toMatchObject(closed);
      await expect(all(mapping.keys())).rejects.toMatchObject(closed);
      await expect(all(mapping.records())).rejects.toMatchObject(closed);
    });

    test("a closed backend refuses and ends its mappings", async () => {
      const backend = backendOf();
      const mapping = backend.open("id");
      await mapping.set("a", 1);
      await backend.close();
      await backend.close();
      const closed = { code: "ERR_CLOSED" };
      await expect(mapping.get("a")).rejects.toMatchObject(closed);
      expect(() => backend.open("id")).toThrow(expect.objectContaining(closed));
      await expect(all(backend.ids())).rejects.toMatchObject(closed);
      await expect(backend.drop("id")).rejects.toMatchObject(closed);
      await expect(backend.lease("name")).rejects.toMatchObject(closed);
      await mapping.close();
    });

    test("ids name the mappings that were written to, until they are dropped", async () => {
      const backend = backendOf();
      backend.open("never written");
      await backend.open("a").set(1, 1);
      await backend.open("b").set(1, 1);
      expect((await all(backend.ids())).sort()).toEqual(["a", "b"]);
      const handle = backend.open("a");
      expect(await backend.drop("a")).toBe(true);
      expect(await backend.drop("a")).toBe(false);
      expect(await backend.drop("never written")).toBe(false);
      expect(await all(backend.ids())).toEqual(["b"]);
      expect(await handle.get(1)).toBeUndefined();
      expect(await handle.size()).toBe(0);
      await handle.set(1, "anew");
      expect(await handle.get(1)).toBe("anew");
      expect((await all(backend.ids())).sort()).toEqual(["a", "b"]);
      expect(await backend.open("b").get(1)).toBe(1);
    });

    test("any string is an id, and no two share entries", async () => {
      const backend = backendOf();
      for (const id of oddIds) await backend.open(id).set("key", id.length);
      for (const id of oddIds) {
        expect(await backend.open(id).get("key")).toBe(id.length);
        expect(await backend.open(id).size()).toBe(1);
      }
      expect((await all(backend.ids())).sort()).toEqual([...oddIds].sort());
      for (const id of oddIds) expect(await backend.drop(id)).toBe(true);
      expect(await all(backend.ids())).toEqual([]);
      expect(() => backend.open(7 as never)).toThrow(
        expect.objectContaining({ code: "ERR_OPTION" }),
      );
    });

    test("maxEntries is kept", async () => {
      const clock = new ManualClock();
      const backend = backendOf({ maxEntries: 50, clock });
      const mapping = backend.open<number, unknown>("id");
      for (let key = 0; key < 200; key += 1) {
        clock.advance(1);
        await mapping.set(key, key);
      }
      expect(await mapping.size()).toBeLessThanOrEqual(51);
      expect(await mapping.size()).toBeGreaterThan(40);
      expect(await mapping.get(199)).toBe(199);
      expect(await mapping.has(0)).toBe(false);
      clock.advance(1);
      const other = backend.open<number, unknown>("other");
      await other.setMany(Array.from({ length: 30 }, (_, key): [number, unknown] => [key, key]));
      expect((await mapping.size()) + (await other.size())).toBeLessThanOrEqual(51);
      expect(await other.size()).toBe(30);
    });

    test("maxBytes is kept", async () => {
      const clock = new ManualClock();
      const mapping = mappingOf({ maxBytes: 500_000, clock });
      for (let key = 0; key < 60; key += 1) {
        clock.advance(1);
        await mapping.set(key, randomBytes(key % 3 === 0 ? 20_000 : 5_000).toString("hex"));
      }
      let bytes = 0;
      for await (const record of mapping.records()) bytes += record.bytes;
      expect(bytes).toBeLessThanOrEqual(510_000);
      expect(bytes).toBeGreaterThan(350_000);
      expect(await mapping.has(59)).toBe(true);
      expect(await mapping.has(0)).toBe(false);
    });

    test("limits are kept when the writes come all at once", async () => {
      const mapping = mappingOf({ maxEntries: 20 });
      await mapping.set("first", 0);
      await Promise.all(Array.from({ length: 300 }, (_, key) => mapping.set(key, key)));
      expect(await mapping.size()).toBeLessThanOrEqual(20);
      expect(await mapping.size()).toBeGreaterThan(10);
    });

    test("a lease excludes others of its name until it is released", async () => {
      const backend = backendOf();
      const order: string[] = [];
      const first = await backend.lease("name");
      expect(first.name).toBe("name");
      const second = backend.lease("name").then((lease) => {
        order.push("second");
        return lease;
      });
      const other = await backend.lease("another name");
      order.push("other");
      await other.release();
      order.push("first");
      await first.release();
      const lease = await second;
      expect(order).toEqual(["other", "first", "second"]);
      await first.release();
      await first[Symbol.asyncDispose]();
      let third = false;
      const waiting = backend.lease("name").then((granted) => {
        third = true;
        return granted;
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(third).toBe(false);
      await lease.release();
      await (await waiting).release();
    });

    test("an abort ends the wait for a lease, and only that", async () => {
      const backend = backendOf();
      const held = await backend.lease("name");
      const controller = new AbortController();
      const aborted = backend.lease("name", { signal: controller.signal });
      const patient = backend.lease("name");
      const reason = new Error("enough");
      controller.abort(reason);
      await expect(aborted).rejects.toBe(reason);
      await expect(backend.lease("name", { signal: controller.signal })).rejects.toBe(reason);
      await held.release();
      await (await patient).release();
      await (await backend.lease("name")).release();
    });

    test("concurrent operations on one handle do not disturb each other", async () => {
      const mapping = mappingOf();
      await Promise.all(
        Array.from({ length: 100 }, async (_, key) => {
          await mapping.set(key, "v".repeat(key * 400));
          expect(await mapping.get(key)).toBe("v".repeat(key * 400));
          if (key % 3 === 0) expect(await mapping.delete(key)).toBe(true);
        }),
      );
      expect(await mapping.size()).toBe(66);
    });
  });
}
