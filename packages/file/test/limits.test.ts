import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { ManualClock } from "@class-cache/mapping";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("limits", () => {
  test("hold for all processes together, to within a twentieth", async () => {
    const dir = temporaryFolder();
    const maxEntries = 400;
    const children = [0, 1, 2, 3].map(
      (number) => new Child("limited.ts", { dir, number, maxEntries, writes: 300 }),
    );
    const said = await Promise.all(children.map((child) => child.success()));
    for (const [most] of said) expect(Number(most)).toBeLessThanOrEqual(maxEntries * 1.05);
    await using backend = fileBlocks({ dir });
    const size = await backend.open("limited").size();
    expect(size).toBeGreaterThan(maxEntries * 0.9);
    expect(size).toBeLessThanOrEqual(maxEntries);
  });

  test("hold again with the next writes of a process that has them, whoever passed them", async () => {
    const dir = temporaryFolder();
    await using limited = fileBlocks({ dir, maxEntries: 100 });
    await using unlimited = fileBlocks({ dir });
    await limited.open<string, number>("one").set("first", 1);
    const many = Array.from({ length: 500 }, (_, key): [number, number] => [key, key]);
    await unlimited.open<number, number>("other").setMany(many);
    await limited.open<string, number>("one").set("second", 2);
    await limited.open<string, number>("one").set("third", 3);
    const sizes = [await unlimited.open("one").size(), await unlimited.open("other").size()];
    expect(sizes[0]! + sizes[1]!).toBeLessThanOrEqual(100);
  });

  test("of a large store that has not been read yet do not keep the event loop from turning", async () => {
    const dir = temporaryFolder();
    await using filler = fileBlocks({ dir });
    const many = Array.from({ length: 200_000 }, (_, key): [number, string] => [key, "v"]);
    await filler.open<number, string>("many").setMany(many);
    await filler.open<string, number>("one").set("before", 0);
    await using limited = fileBlocks({ dir, maxEntries: 300_000 });
    const first = limited.open<string, number>("one").set("first", 1);
    let hasEnded = false;
    void first.then(() => (hasEnded = true));
    let turns = 0;
    for (; !hasEnded; turns += 1) await nextTurn();
    // One turn goes by in any case.
    expect(turns).toBeGreaterThan(1);
    expect(await limited.open("many").size()).toBe(200_000);
  });

  test("are kept at every moment while writes come all at once", async () => {
    await using backend = fileBlocks({ dir: temporaryFolder(), maxBytes: 1_000_000 });
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
    await using backend = fileBlocks({ dir: temporaryFolder(), clock, maxEntries: 50 });
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
      await using backend = fileBlocks({ dir: temporaryFolder(), clock, eviction, maxEntries: 50 });
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
});
