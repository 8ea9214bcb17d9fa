import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { FileBlocksOptions } from "@class-cache/file";
import { fileBlocks } from "@class-cache/file";
import { temporaryFolder } from "./temporary-folder.ts";

const SIZES = [32 * 1024, 200_000, 600_000];

const stores: Readonly<Record<string, FileBlocksOptions>> = {
  "a store": {},
  "a durable store": { durability: "sync" },
  "a store with limits": { maxBytes: 10_000_000 },
};

/** To compare them as Jest does takes seconds. */
function isFilled(array: Uint8Array | undefined, length: number, byte: number): boolean {
  return array !== undefined && bytesOf(array).equals(Buffer.alloc(length, byte));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

describe.each(Object.entries(stores))("%s", (_, options) => {
  test("keeps what an array held when it was set, whatever becomes of the array", async () => {
    await using backend = fileBlocks({ dir: temporaryFolder(), ...options });
    const mapping = backend.open<string, Uint8Array>("id");
    for (const size of SIZES) {
      const array = new Uint8Array(size).fill(1);
      const set = mapping.set("one", array);
      array.fill(2);
      const setAgain = mapping.set("two", array);
      array.fill(3);
      const setMany = mapping.setMany([
        ["three", array],
        ["four", array.subarray(5)],
        ["small", array.subarray(0, 10)],
      ]);
      array.fill(4);
      await Promise.all([set, setAgain, setMany]);
      expect(isFilled(await mapping.get("one"), size, 1)).toBe(true);
      expect(isFilled(await mapping.get("two"), size, 2)).toBe(true);
      expect(isFilled(await mapping.get("three"), size, 3)).toBe(true);
      expect(isFilled(await mapping.get("four"), size - 5, 3)).toBe(true);
      expect(isFilled(await mapping.get("small"), 10, 3)).toBe(true);
    }
  });

  test("writes an array once, whichever way it takes", async () => {
    for (const size of SIZES) {
      const dir = temporaryFolder();
      const backend = fileBlocks({ dir, ...options });
      const mapping = backend.open<string, Uint8Array>("id");
      // The first write makes the store, and goes another way.
      await mapping.set("first", new Uint8Array(1));
      await mapping.set("key", new Uint8Array(size));
      await backend.close();
      expect(bytesIn(dir)).toBeLessThan(size + 4096);
    }
  });

  test("gives back large views of every kind", async () => {
    await using backend = fileBlocks({ dir: temporaryFolder(), ...options });
    const mapping = backend.open<string, ArrayBufferView>("id");
    for (const size of SIZES) {
      const memory = Uint8Array.from({ length: size + 64 }, (_, at) => at * 7 + (at >> 8)).buffer;
      const views = {
        buffer: Buffer.from(memory, 3, size),
        bytes: new Uint8Array(memory, 8, size),
        words: new Int16Array(memory, 8, size / 2),
        doubles: new Float64Array(memory, 16, Math.floor(size / 8)),
        integers: new BigInt64Array(memory, 24, Math.floor(size / 8)),
        view: new DataView(memory, 1, size),
      };
      await mapping.setMany(Object.entries(views));
      for (const [key, view] of Object.entries(views)) {
        const read = await mapping.get(key);
        expect(bytesOf(read!).equals(bytesOf(view))).toBe(true);
        expect(Object.getPrototypeOf(read)).toBe(Object.getPrototypeOf(view));
      }
    }
  });

  test("stores none of many where one cannot be stored", async () => {
    await using backend = fileBlocks({ dir: temporaryFolder(), ...options });
    const mapping = backend.open<string, unknown>("id");
    const named = Object.assign(new Uint8Array(50_000), { label: "lost if stored" });
    for (const unstorable of [() => {}, named]) {
      const entries: [string, unknown][] = [
        ["array", new Uint8Array(50_000)],
        ["unstorable", unstorable],
      ];
      await expect(mapping.setMany(entries)).rejects.toMatchObject({ code: "ERR_UNSTORABLE" });
      await expect(mapping.set("unstorable", unstorable)).rejects.toMatchObject({
        code: "ERR_UNSTORABLE",
      });
      expect(await mapping.size()).toBe(0);
    }
  });
});

test("an array that is set while its mapping is cleared, split and filled is there or was cleared", async () => {
  await using backend = fileBlocks({ dir: temporaryFolder(), maxBlockBytes: 4096 });
  const mapping = backend.open<number, Uint8Array>("id");
  const array = new Uint8Array(40_000);
  const pending: Promise<unknown>[] = [];
  for (let key = 0; key < 400; key += 1) {
    array.fill(key % 251);
    pending.push(mapping.set(key, array));
    if (key === 150) pending.push(mapping.clear());
  }
  array.fill(255);
  await Promise.all(pending);
  for (let key = 151; key < 400; key += 1) {
    expect(isFilled(await mapping.get(key), 40_000, key % 251)).toBe(true);
  }
});
