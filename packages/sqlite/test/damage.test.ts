import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { encodeKey, verify } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import { damagedCopy } from "./damaged-copy.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const keys = Array.from({ length: 80 }, (_, key) =>
  key % 10 === 3 ? `${"long ".repeat(60)}${key}` : `key ${key}`,
);
const lengths = [0, 30, 700, 9000];
const valueOf = (key: string): string =>
  `${key} `.repeat(50).slice(0, lengths[keys.indexOf(key) % lengths.length]) +
  "v".repeat(keys.indexOf(key));

let sound: Buffer;

beforeAll(async () => {
  const path = join(temporaryFolder(), "c.sqlite");
  const backend = sqlite({ path });
  const mapping = backend.open<string, string>("id");
  for (const key of keys) await mapping.set(key, valueOf(key), { cost: 7 });
  await backend.close();
  sound = readFileSync(path);
});

interface Outcome {
  readonly right: number;
  readonly reports: number;
}

/** Reads everything in every way. Whatever is read has to be right. */
async function readAll(path: string): Promise<Outcome> {
  let reports = 0;
  await using backend = sqlite({ path });
  const onError = (error: Error): void => {
    expect(error).toMatchObject({ code: "ERR_DAMAGED" });
    reports += 1;
  };
  const mapping = backend.open<string, string>("id", { onError });
  let right = 0;
  for (const key of keys) {
    const value = await mapping.get(key);
    if (value === undefined) continue;
    expect(value === valueOf(key)).toBe(true);
    right += 1;
  }
  await mapping.hasMany(keys);
  await mapping.size();
  const seen = new Set<string>();
  for await (const [key, value] of mapping) {
    expect(value === valueOf(key)).toBe(true);
    expect(seen.has(key)).toBe(false);
    seen.add(key);
  }
  return { right, reports };
}

function damagedStore(damage: (bytes: Buffer) => void): string {
  return damagedCopy(sound, damage);
}

function flip(offset: number, mask: number): string {
  return damagedStore((bytes) => {
    bytes[offset] = (bytes[offset] ?? 0) ^ mask;
  });
}

describe("a damaged file", () => {
  test("is read in full as long as it is sound", async () => {
    expect(await readAll(damagedStore(() => {}))).toEqual({ right: keys.length, reports: 0 });
  });

  test("any byte of the header may be flipped", async () => {
    const masks = [0x01, 0x80, 0xff];
    for (let offset = 0; offset < 108; offset += 1) {
      const { right } = await readAll(flip(offset, masks[offset % masks.length] ?? 0));
      expect(right).toBeLessThanOrEqual(keys.length);
    }
  });

  test("the number of its version may be any that no release wrote, none included", async () => {
    for (const stamp of [0, 0x10000, 0xffffffff]) {
      const path = damagedStore((bytes) => void bytes.writeUInt32BE(stamp, 60));
      expect((await readAll(path)).right).toBe(keys.length);
      await using backend = sqlite({ path });
      await backend.open("id").set("another", 1);
      expect(await verify(backend)).toMatchObject({ entries: keys.length + 1, damages: [] });
    }
  });

  test("any byte may be flipped: none is read wrong, and little is lost", async () => {
    let least = keys.length;
    let right = 0;
    let rounds = 0;
    for (let offset = 4096; offset < sound.length; offset += 5003) {
      const outcome = await readAll(flip(offset, 0x10));
      if (outcome.right < keys.length) least = Math.min(least, outcome.right);
      right += outcome.right;
      rounds += 1;
    }
    expect(least).toBeLessThan(keys.length);
    expect(right / rounds).toBeGreaterThan(keys.length * 0.9);
  });

  test("a flipped byte of a value is a reported miss, and the entry can be written anew", async () => {
    const needle = Buffer.from("vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv");
    const path = flip(sound.indexOf(needle) + 20, 0x01);
    const outcome = await readAll(path);
    expect(outcome.right).toBe(keys.length - 1);
    expect(outcome.reports).toBeGreaterThan(0);
    await using backend = sqlite({ path });
    const mapping = backend.open<string, string>("id");
    for (const key of keys) await mapping.set(key, valueOf(key));
    expect(await readAll(path)).toEqual({ right: keys.length, reports: 0 });
  });

  test("an entry of which its value tells that it is right, is there in every way", async () => {
    for (const change of ["head = head + 1", "bytes = -bytes - 1", "head = 0, bytes = 1e12"]) {
      const path = damagedStore(() => {});
      const db = new DatabaseSync(path);
      db.exec(`UPDATE entry SET ${change} WHERE number % 3 = 0`);
      db.close();
      expect(await readAll(path)).toEqual({ right: keys.length, reports: 0 });
      await using backend = sqlite({ path });
      const mapping = backend.open<string, string>("id");
      expect(await mapping.hasMany(keys)).toEqual(keys.map(() => true));
      const sizes = new Map<string, number>();
      for await (const { key, bytes } of mapping.records()) sizes.set(key, bytes);
      expect(sizes.size).toBe(keys.length);
      await using intact = sqlite({ path: damagedStore(() => {}) });
      for await (const { key, bytes } of intact.open<string, string>("id").records()) {
        expect(sizes.get(key)).toBe(bytes);
      }
    }
  });

  test("an entry of which nothing tells that it is right, is there in no way", async () => {
    const path = damagedStore(() => {});
    const db = new DatabaseSync(path);
    db.exec(`UPDATE entry SET stored_at = stored_at + 1 WHERE place = '${encodeKey("key 1")}'`);
    db.close();
    const found: string[] = [];
    let reports = 0;
    await using backend = sqlite({ path });
    const mapping = backend.open<string, string>("id", { onError: () => (reports += 1) });
    expect([await mapping.has("key 1"), reports]).toEqual([false, 1]);
    for await (const key of mapping.keys()) found.push(key);
    expect([found.length, found.includes("key 1"), reports]).toEqual([keys.length - 1, false, 2]);
  });

  test("may be cut anywhere", async () => {
    for (let length = 0; length < sound.length; length += 19_973) {
      const path = damagedStore(() => {});
      truncateSync(path, length);
      expect((await readAll(path)).right).toBeLessThan(keys.length);
    }
  });

  test("a file that is no database, or is cut within a page, fails no read and no prune", async () => {
    const folder = temporaryFolder();
    const changes: ((bytes: Buffer) => Buffer)[] = [
      (bytes) => Buffer.concat([Buffer.of((bytes[0] ?? 0) ^ 1), bytes.subarray(1)]),
      (bytes) => bytes.subarray(0, bytes.length - 1900),
    ];
    for (const [number, change] of changes.entries()) {
      const path = join(folder, `${number}.sqlite`);
      writeFileSync(path, change(Buffer.from(sound)));
      await readAll(path);
      await using backend = sqlite({ path });
      const errors: unknown[] = [];
      const mapping = backend.open<string, string>("id", {
        onError: (error) => errors.push(error),
      });
      await mapping.prune();
      for (const error of errors) expect(error).toMatchObject({ code: "ERR_DAMAGED" });
    }
  });
});

test("a negative zero, of which SQLite gives back another, is not taken for damage", async () => {
  let now = -1;
  const clock = { now: () => now };
  await using backend = sqlite({ path: join(temporaryFolder(), "c.sqlite"), clock });
  const told: unknown[] = [];
  const onError = (error: Error): void => void told.push(error);
  const mapping = backend.open<string, number>("id", { onError });
  await mapping.set("cost", 1, { cost: -0 });
  await mapping.set("expiry", 2, { expiresAt: -0 });
  expect(await mapping.getMany(["cost", "expiry"])).toEqual([1, 2]);
  now = -0;
  await mapping.set("time", 3);
  expect(await mapping.getMany(["cost", "expiry", "time"])).toEqual([1, undefined, 3]);
  expect(told).toEqual([]);
  expect((await verify(backend)).damages).toEqual([]);
});
