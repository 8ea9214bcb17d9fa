import { chmodSync, chownSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ManualClock, verify } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import { temporaryFolder } from "./temporary-folder.ts";

const asRoot = process.getuid?.() === 0 ? test : test.skip;

const MIB = 1024 * 1024;

describe("the file", () => {
  test("shrinks when entries were removed and the mapping is pruned", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const clock = new ManualClock();
    await using backend = sqlite({ path, clock });
    const mapping = backend.open<number, Buffer>("id");
    const value = Buffer.alloc(20_000, 7);
    const entries = Array.from({ length: 400 }, (_, key): [number, Buffer] => [key, value]);
    await mapping.setMany(entries, { expiresAt: clock.now() + 10 });
    await mapping.set(-1, value);
    await mapping.prune();
    expect(statSync(path).size).toBeGreaterThan(7 * MIB);
    clock.advance(10);
    expect(await mapping.prune()).toMatchObject({ removed: 400, entries: 1 });
    expect(statSync(path).size).toBeLessThan(MIB / 2);
    expect(statSync(`${path}-wal`).size).toBe(0);
    expect(await mapping.get(-1)).toEqual(value);
  });

  test.each([undefined, 40_000])(
    "is packed by a prune where entries were removed here and there (maxEntries: %s)",
    async (maxEntries) => {
      const path = join(temporaryFolder(), "c.sqlite");
      const options = { path, maxEntries };
      await using backend = sqlite(options);
      await using other = sqlite(options);
      const mapping = backend.open<number, string>("id");
      const keys = Array.from({ length: 20_000 }, (_, key) => key);
      await mapping.setMany(keys.map((key) => [key, "x".repeat(100)]));
      expect(await other.open("id").get(3)).toBe("x".repeat(100));
      await mapping.deleteMany(keys.filter((key) => (key * 7) % 10 < 6));
      await mapping.prune();
      expect(statSync(path).size / 8000).toBeLessThan(maxEntries === undefined ? 180 : 260);
      await other.open("id").set(0, "y");
      await mapping.set(1, "z");
      expect(await other.open("id").getMany([0, 1, 2, 3, 19_998])).toEqual([
        "y",
        "z",
        undefined,
        undefined,
        "x".repeat(100),
      ]);
      expect(await mapping.size()).toBe(8001);
      expect((await verify(backend)).damages).toEqual([]);
    },
  );

  test("uses the space of removed entries again", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path, maxBytes: MIB });
    const mapping = backend.open<number, Buffer>("id");
    for (let key = 0; key < 2000; key += 1) await mapping.set(key, Buffer.alloc(10_000, key));
    expect(statSync(path).size).toBeLessThan(2 * MIB);
  });

  test("has a short log beside it while it is small", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const mapping = backend.open<number, Buffer>("id");
    let most = 0;
    for (let round = 0; round < 30; round += 1) {
      await mapping.setMany(
        Array.from({ length: 500 }, (_, key): [number, Buffer] => [key, Buffer.alloc(1000, round)]),
      );
      most = Math.max(most, statSync(`${path}-wal`).size);
    }
    expect(most).toBeGreaterThan(2 * MIB);
    expect(most).toBeLessThan(6 * MIB);
  });

  test("has a longer log when it is large, so that sets wait less often for the device", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    {
      await using backend = sqlite({ path });
      const mapping = backend.open<number, Buffer>("id");
      for (let key = 0; key < 40; key += 1) await mapping.set(key, Buffer.alloc(MIB, key));
    }
    await using backend = sqlite({ path });
    const mapping = backend.open<number, Buffer>("id");
    let most = 0;
    for (let key = 0; key < 40; key += 1) {
      await mapping.set(key, Buffer.alloc(MIB, key + 1));
      most = Math.max(most, statSync(`${path}-wal`).size);
    }
    expect(most).toBeGreaterThan(7 * MIB);
    expect(most).toBeLessThan(12 * MIB);
  });

  test("stands alone once the last backend is closed", async () => {
    const folder = temporaryFolder();
    const backend = sqlite({ path: join(folder, "c.sqlite") });
    await backend.open("id").set(1, 1);
    await backend.close();
    expect(readdirSync(folder)).toEqual(["c.sqlite"]);
  });

  test("is not made by looking", async () => {
    const folder = temporaryFolder();
    await using backend = sqlite({ path: join(folder, "below", "c.sqlite") });
    const mapping = backend.open("id");
    expect(await mapping.get(1)).toBeUndefined();
    expect(await mapping.size()).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("and all beside it can be read by its owner alone", async () => {
    const folder = join(temporaryFolder(), "a", "b");
    await using backend = sqlite({ path: join(folder, "c.sqlite") });
    await backend.open("id").set(1, 1);
    await using lease = await backend.lease("name");
    expect(lease.name).toBe("name");
    const names = readdirSync(folder, { recursive: true }).map(String);
    expect(names).toEqual(expect.arrayContaining(["c.sqlite", "c.sqlite-wal", "c.sqlite-shm"]));
    for (const name of ["", "..", ...names]) {
      const stats = statSync(join(folder, name));
      expect([name, stats.mode & 0o777]).toEqual([name, stats.isDirectory() ? 0o700 : 0o600]);
    }
  });

  test("is taken from others once it is written to, where it was open to them", async () => {
    const folder = join(temporaryFolder(), "store");
    const path = join(folder, "c.sqlite");
    {
      await using backend = sqlite({ path });
      await backend.open("id").set(1, 1);
      await (await backend.lease("name")).release();
    }
    const inside = (): string[] => readdirSync(folder, { recursive: true }).map(String);
    for (const name of ["", ...inside()]) {
      const at = join(folder, name);
      chmodSync(at, statSync(at).isDirectory() ? 0o755 : 0o644);
    }
    const open = (): string[] =>
      inside().filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0);
    await using backend = sqlite({ path });
    expect(await backend.open("id").get(1)).toBe(1);
    expect((await verify(backend)).damages).toEqual([]);
    expect(open()).toContain("c.sqlite");
    await backend.open("id").set(1, 2);
    await using _lease = await backend.lease("name");
    expect(inside()).toEqual(expect.arrayContaining(["c.sqlite-wal", "c.sqlite-shm"]));
    expect(open()).toEqual([]);
    // It may hold what is not the store's.
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  asRoot("keeps its modes where another user owns it", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    {
      await using backend = sqlite({ path });
      await backend.open("id").set(1, 1);
    }
    chmodSync(path, 0o644);
    chownSync(path, 65_534, 65_534);
    await using backend = sqlite({ path });
    await backend.open("id").set(1, 2);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });
});

describe("limits", () => {
  test("hold when entries change their size, leave and are cleared", async () => {
    const clock = new ManualClock();
    const path = join(temporaryFolder(), "c.sqlite");
    {
      await using before = sqlite({ path, clock });
      const mapping = before.open<number, Buffer>("one");
      for (let key = 0; key < 30; key += 1) await mapping.set(key, Buffer.alloc(1000));
    }
    await using backend = sqlite({ path, clock, maxBytes: 50_000 });
    const one = backend.open<number, Buffer>("one");
    const other = backend.open<number, Buffer>("other");
    const total = async (): Promise<number> => {
      let bytes = 0;
      for (const mapping of [one, other]) {
        for await (const record of mapping.records()) bytes += record.bytes;
      }
      return bytes;
    };
    let most = 0;
    for (let round = 0; round < 300; round += 1) {
      clock.advance(1);
      const mapping = round % 2 === 0 ? one : other;
      await mapping.set((round * 7) % 40, Buffer.alloc((round * 37) % 3000));
      if (round % 11 === 0) await mapping.delete((round * 5) % 40);
      if (round % 90 === 0) await mapping.clear();
      most = Math.max(most, await total());
    }
    expect(most).toBeLessThanOrEqual(50_000);
    expect(most).toBeGreaterThan(45_000);
  });

  test("remove what has expired first, then what was stored longest ago", async () => {
    const clock = new ManualClock();
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path, clock, maxEntries: 10 });
    const mapping = backend.open<number, number>("id");
    for (let key = 0; key < 10; key += 1) {
      clock.advance(1);
      await mapping.set(key, key, key >= 8 ? { expiresAt: clock.now() + 5 } : {});
    }
    clock.advance(5);
    await mapping.set(0, 0);
    await mapping.set(10, 10);
    expect(await mapping.hasMany([0, 1, 2, 7, 8, 9, 10])).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      true,
    ]);
    for (let key = 11; key < 15; key += 1) await mapping.set(key, key);
    expect(await mapping.hasMany([0, 1, 2, 7, 14])).toEqual([true, false, false, true, true]);
  });
});

test("an iteration over many entries gives each once while they are written anew", async () => {
  await using backend = sqlite({ path: join(temporaryFolder(), "c.sqlite") });
  const mapping = backend.open<number, number>("id");
  const keys = Array.from({ length: 1000 }, (_, key) => key);
  await mapping.setMany(keys.map((key) => [key, 0]));
  const seen: number[] = [];
  for await (const key of mapping.keys()) {
    seen.push(key);
    if (seen.length % 50 === 0) await mapping.setMany(keys.map((each) => [each, seen.length]));
  }
  expect(seen.sort((a, b) => a - b)).toEqual(keys);
});
