import { describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { CopyProgress, Entry, Key } from "@class-cache/mapping";
import { compressed, copy, encrypted, json, ManualClock, memory } from "@class-cache/mapping";
import { contents, emptyMapping, numbered, sizeOf } from "./support/mappings.ts";

const MEBIBYTE = 1024 * 1024;

describe("copy() of a mapping", () => {
  test("keeps keys and values of every kind", async () => {
    const from = memory().open<Key, unknown>("a");
    const to = memory().open<Key, unknown>("b");
    const entries: [Key, unknown][] = [
      ["1", 1],
      [1, "1"],
      [1n, new Map([[{ deep: [NaN] }, new Set([-0])]])],
      [null, null],
      [undefined, undefined],
      [[1, [2]], new Date(5)],
      [{ b: 1, a: new Date(3) }, new Uint8Array([1, 2, 3])],
    ];
    await from.setMany(entries);
    const report = await copy(from, to);
    expect(report).toEqual({
      mappings: 1,
      entries: entries.length,
      bytes: await sizeOf(from),
      skipped: 0,
    });
    for (const [key, value] of entries) {
      expect((await to.lookup(key))?.value).toEqual(value);
    }
    expect(await to.size()).toBe(entries.length);
  });

  test("keeps expiry and cost, and stores at the time of the copy", async () => {
    const clock = new ManualClock(1000);
    const from = memory({ clock }).open<string, number>("a");
    const to = memory({ clock }).open<string, number>("a");
    await from.set("both", 1, { expiresAt: 5000, cost: 12.5 });
    await from.set("neither", 2);
    clock.advance(500);
    await copy(from, to);
    const kept: Entry<number> = { value: 1, storedAt: 1500, expiresAt: 5000, cost: 12.5 };
    expect(await to.lookup("both")).toEqual(kept);
    expect(await to.lookup("neither")).toMatchObject({ expiresAt: undefined, cost: undefined });
    clock.advance(3500);
    expect(await to.has("both")).toBe(false);
  });

  test("leaves the source as it is, and what else the target has", async () => {
    const from = await numbered(3);
    const to = emptyMapping<number, string>();
    await to.set(99, "other");
    const before = await contents(from);
    await copy(from, to);
    expect(await contents(from)).toEqual(before);
    expect(await contents(to)).toEqual(new Map([...before, [99, "other"]]));
  });

  test("does nothing for an empty mapping", async () => {
    const progress: CopyProgress[] = [];
    const report = await copy(await numbered(0), emptyMapping(), {
      onProgress: (step) => void progress.push(step),
    });
    expect(report).toEqual({ mappings: 1, entries: 0, bytes: 0, skipped: 0 });
    expect(progress).toEqual([]);
  });

  test("takes values from one codec to another", async () => {
    const key = randomBytes(32);
    const from = memory({ codec: encrypted(compressed(json()), { key }) }).open<string, unknown>(
      "a",
    );
    const to = memory().open<string, unknown>("b");
    await from.set("list", ["x".repeat(5000), 1]);
    await copy(from, to);
    expect(await to.get("list")).toEqual(["x".repeat(5000), 1]);
  });

  test("goes from one mapping of a backend to another", async () => {
    const backend = memory();
    const from = backend.open<string, number>("a");
    await from.set("one", 1);
    await copy(from, backend.open<string, number>("b"));
    expect(await backend.open("b").get("one")).toBe(1);
  });
});

describe("copy() of a backend", () => {
  test("copies every mapping to the one with the same id", async () => {
    const from = memory();
    const to = memory();
    await from.open<string, number>("a").setMany([
      ["one", 1],
      ["two", 2],
    ]);
    await from.open<string, string>("b/../c").set("three", "3", { cost: 3 });
    await to.open<string, number>("other").set("four", 4);
    const report = await copy(from, to);
    expect(report).toMatchObject({ mappings: 2, entries: 3, skipped: 0 });
    expect(await contents(to.open("a"))).toEqual(await contents(from.open("a")));
    expect(await to.open("b/../c").lookup("three")).toMatchObject({ value: "3", cost: 3 });
    expect(await to.open("other").get("four")).toBe(4);
  });

  test("leaves both backends, and mappings opened from them, open", async () => {
    const from = memory();
    const to = memory();
    const source = from.open<string, number>("a");
    await source.set("one", 1);
    await copy(from, to);
    await source.set("two", 2);
    expect(await copy(from, to)).toMatchObject({ entries: 2 });
    expect(await to.open("a").size()).toBe(2);
  });

  test("tells the progress of each mapping by itself, and the sum at the end", async () => {
    const from = memory();
    await from.open<number, number>("a").setMany([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    await from.open<number, number>("b").set(4, 4);
    const progress: string[] = [];
    const report = await copy(from, memory(), {
      batchSize: 2,
      onProgress: ({ id, entries, total }) => void progress.push(`${id}: ${entries} of ${total}`),
    });
    expect(progress).toEqual(["a: 2 of 3", "a: 3 of 3", "b: 1 of 1"]);
    expect(report).toMatchObject({ mappings: 2, entries: 4 });
  });

  test("skips, and says so, what the codec of the backend cannot read", async () => {
    const from = memory();
    const codec = encrypted(json(), { key: randomBytes(32) });
    await from.open<string, string>("secret", { codec }).set("a", "b");
    const to = memory();
    expect(await copy(from, to)).toEqual({ mappings: 1, entries: 0, bytes: 0, skipped: 1 });
    expect(await to.open("secret").size()).toBe(0);
  });
});

describe("copy() while others write", () => {
  test("skips what was deleted before it was read", async () => {
    const from = await numbered(5);
    const to = emptyMapping<number, string>();
    const report = await copy(from, to, {
      batchSize: 2,
      onProgress: ({ entries }) => (entries === 2 ? void from.delete(3) : undefined),
    });
    expect(report).toMatchObject({ entries: 4, skipped: 1 });
    expect([...(await contents(to)).keys()]).toEqual([0, 1, 2, 4]);
  });

  test("skips what expired before it was read", async () => {
    const clock = new ManualClock(0);
    const from = memory({ clock }).open<string, number>("a");
    const to = memory({ clock: new ManualClock(0) }).open<string, number>("a");
    await from.setMany([["early", 1]], { expiresAt: 5 });
    await from.setMany(
      [
        ["first", 1],
        ["second", 2],
      ],
      { expiresAt: 10 },
    );
    clock.advance(5);
    const report = await copy(from, to, { batchSize: 1, onProgress: () => clock.advance(5) });
    expect(report.entries).toBe(1);
    expect(await to.hasMany(["early", "first", "second"])).toEqual([false, true, false]);
  });

  test("copies what an entry is when it is read", async () => {
    const from = await numbered(2);
    const to = emptyMapping<number, string>();
    await copy(from, to, {
      batchSize: 1,
      onProgress: () => from.set(1, "anew", { expiresAt: Infinity, cost: 7 }),
    });
    expect(await to.lookup(1)).toMatchObject({ value: "anew", cost: 7 });
  });
});

describe("copy() in batches", () => {
  test("holds the batch size", async () => {
    const seen: number[] = [];
    await copy(await numbered(10), emptyMapping(), {
      batchSize: 4,
      onProgress: ({ entries, total }) => {
        expect(total).toBe(10);
        seen.push(entries);
      },
    });
    expect(seen).toEqual([4, 8, 10]);
  });

  test("has few large values in a batch, and one that is larger than a batch", async () => {
    const from = memory().open<number, Uint8Array>("large");
    const to = emptyMapping<number, Uint8Array>();
    for (const [key, mebibytes] of [1, 1, 1, 10, 2, 1].entries()) {
      await from.set(key, new Uint8Array(mebibytes * MEBIBYTE));
    }
    const steps: CopyProgress[] = [];
    const report = await copy(from, to, { onProgress: (step) => void steps.push(step) });
    expect(steps.map(({ entries }) => entries)).toEqual([3, 4, 6]);
    expect(steps.map(({ bytes }) => Math.floor(bytes / MEBIBYTE))).toEqual([3, 13, 16]);
    expect(report.bytes).toBe(await sizeOf(to));
  });

  test("waits for what onProgress returns before the next batch", async () => {
    const to = emptyMapping<number, string>();
    const sizes: number[] = [];
    await copy(await numbered(3), to, {
      batchSize: 1,
      onProgress: async () => {
        for (let turns = 0; turns < 5; turns += 1) await nextTurn();
        sizes.push(await to.size());
      },
    });
    expect(sizes).toEqual([1, 2, 3]);
  });
});

describe("copy() onto entries that are there", () => {
  test("replaces them, their expiry and cost included", async () => {
    const from = await numbered(2);
    const to = emptyMapping<number, string>();
    await to.set(1, "old", { expiresAt: Number.MAX_SAFE_INTEGER, cost: 5 });
    expect(await copy(from, to)).toMatchObject({ entries: 2, skipped: 0 });
    expect(await to.lookup(1)).toMatchObject({
      value: "value 1",
      expiresAt: undefined,
      cost: undefined,
    });
  });

  test("keeps them with overwrite: false, and counts them as skipped", async () => {
    const from = await numbered(4);
    const to = emptyMapping<number, string>();
    await to.set(1, "old", { cost: 5 });
    await to.set(3, undefined as unknown as string);
    const steps: CopyProgress[] = [];
    const report = await copy(from, to, {
      overwrite: false,
      batchSize: 2,
      onProgress: (step) => void steps.push(step),
    });
    expect(report).toMatchObject({ entries: 2, skipped: 2 });
    expect(steps).toMatchObject([
      { entries: 1, skipped: 1, total: 4 },
      { entries: 2, skipped: 2, total: 4 },
    ]);
    expect(await to.lookup(1)).toMatchObject({ value: "old", cost: 5 });
    expect(await to.lookup(3)).toMatchObject({ value: undefined });
    expect(await to.get(0)).toBe("value 0");
  });

  test("with overwrite: false takes up where a copy was stopped", async () => {
    const from = await numbered(6);
    const to = emptyMapping<number, string>();
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    await copy(from, to, { batchSize: 4, signal: stop.signal, onProgress }).catch(() => {});
    expect(await copy(from, to, { overwrite: false })).toMatchObject({ entries: 2, skipped: 4 });
    expect(await contents(to)).toEqual(await contents(from));
  });

  test("writes over what has expired there", async () => {
    const clock = new ManualClock(0);
    const from = memory({ clock }).open<string, number>("a");
    const to = memory({ clock }).open<string, number>("a");
    await from.set("key", 1);
    await to.set("key", 0, { expiresAt: 5 });
    clock.advance(5);
    expect(await copy(from, to, { overwrite: false })).toMatchObject({ entries: 1, skipped: 0 });
    expect(await to.get("key")).toBe(1);
  });
});
