import { randomBytes } from "node:crypto";
import { expect, test } from "@jest/globals";
import { ManualClock } from "@class-cache/mapping";
import type { ContractSubject } from "./contract-store.ts";
import { all } from "./contract-store.ts";

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

/** What handles, backends, ids, limits and leases promise. */
export function backendCases({ backendOf, mappingOf }: ContractSubject): void {
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
    expect(() => backend.open(7 as never)).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
  });

  test("maxEntries is kept", async () => {
    const clock = new ManualClock();
    const backend = backendOf({ maxEntries: 50, clock });
    const mapping = backend.open<number, unknown>("id");
    for (let key = 0; key < 120; key += 1) {
      clock.advance(1);
      await mapping.set(key, key);
    }
    expect(await mapping.size()).toBeLessThanOrEqual(51);
    expect(await mapping.size()).toBeGreaterThan(40);
    expect(await mapping.get(119)).toBe(119);
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
    await Promise.all(Array.from({ length: 120 }, (_, key) => mapping.set(key, key)));
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
        expect(key % 3 !== 0 || (await mapping.delete(key))).toBe(true);
      }),
    );
    expect(await mapping.size()).toBe(66);
  });
}
