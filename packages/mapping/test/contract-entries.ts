import { expect, test } from "@jest/globals";
import type { Key } from "@class-cache/mapping";
import type { ContractSubject } from "./contract-store.ts";
import { all } from "./contract-store.ts";

/** What single entries promise. */
export function entryCases({ mappingOf }: ContractSubject, rich: boolean): void {
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
    expect(new Set(await all(mapping.keys()))).toEqual(new Set(keys));
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
}
