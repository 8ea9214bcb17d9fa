import { closeSync, fstatSync, readdirSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { ManualClock } from "@class-cache/mapping";
import { diskBytes, temporaryFolder } from "./temporary-folder.ts";

const CONSTANT_BYTES = 200_000;

describe("the space that a store takes", () => {
  test("stays within twice what lives when small entries are overwritten", async () => {
    const dir = temporaryFolder();
    await using backend = fileBlocks({ dir, maxBlockBytes: 50_000 });
    const mapping = backend.open<number, Buffer>("id");
    for (let round = 0; round < 12; round += 1) {
      for (let key = 0; key < 200; key += 1) await mapping.set(key, Buffer.alloc(2000, round));
    }
    const { bytes } = await mapping.prune();
    expect(bytes).toBeGreaterThan(200 * 2000);
    expect(diskBytes(dir)).toBeLessThan(bytes * 1.1 + CONSTANT_BYTES);
    for (let round = 0; round < 10; round += 1) {
      for (let key = 0; key < 200; key += 1) await mapping.set(key, Buffer.alloc(2000, round));
      expect(diskBytes(dir)).toBeLessThan(bytes * 2.1 + CONSTANT_BYTES + 17 * 64 * 1024);
    }
    for (let key = 0; key < 200; key += 1)
      expect((await mapping.get(key))?.equals(Buffer.alloc(2000, 9))).toBe(true);
  });

  test("stays within twice what lives when large entries are overwritten", async () => {
    const dir = temporaryFolder();
    await using backend = fileBlocks({ dir });
    const mapping = backend.open<number, Buffer>("id");
    const live = 40 * 500_000;
    let most = 0;
    for (let round = 0; round < 8; round += 1) {
      for (let key = 0; key < 40; key += 1) {
        await mapping.set(key, Buffer.alloc(500_000, round * 40 + key));
        most = Math.max(most, diskBytes(dir));
      }
    }
    // The dead are looked for every 4 MiB, and writing waits for it after as much again.
    expect(most).toBeLessThan(2 * live + 12 * 1024 * 1024);
    await mapping.prune();
    expect(diskBytes(dir)).toBeLessThan(live * 1.1 + CONSTANT_BYTES);
    for (let key = 0; key < 40; key += 1) {
      expect((await mapping.get(key))?.equals(Buffer.alloc(500_000, 280 + key))).toBe(true);
    }
  });

  test("of deleted, expired and cleared entries is given back", async () => {
    const dir = temporaryFolder();
    const clock = new ManualClock();
    await using backend = fileBlocks({ dir, clock, maxBlockBytes: 50_000 });
    const mapping = backend.open<number, Buffer>("id");
    for (let key = 0; key < 100; key += 1) {
      const value = Buffer.alloc(key % 2 === 0 ? 40_000 : 1000);
      await mapping.set(key, value, key < 50 ? { expiresAt: clock.now() + 1 } : {});
    }
    const full = diskBytes(dir);
    clock.advance(1);
    expect(await mapping.prune()).toMatchObject({ expired: 50, entries: 50 });
    expect(diskBytes(dir)).toBeLessThan(full * 0.55 + CONSTANT_BYTES);
    await mapping.deleteMany(Array.from({ length: 90 }, (_, key) => key));
    await mapping.prune();
    expect(diskBytes(dir)).toBeLessThan(full * 0.15 + CONSTANT_BYTES);
    await mapping.clear();
    expect(diskBytes(dir)).toBeLessThan(1000);
  });

  test("is shared: a process goes on in the segment that another has left", async () => {
    const dir = temporaryFolder();
    for (let round = 0; round < 5; round += 1) {
      await using backend = fileBlocks({ dir });
      await backend.open("id").set(round, Buffer.alloc(50_000, round));
    }
    const segments = readdirSync(dir, { recursive: true }).filter((name) =>
      String(name).endsWith(".segment"),
    );
    expect(segments).toHaveLength(1);
    await using one = fileBlocks({ dir });
    await using other = fileBlocks({ dir });
    await Promise.all(
      [one, other].map((backend, number) =>
        backend.open("id").set(["both", number], Buffer.alloc(50_000)),
      ),
    );
    for (let round = 0; round < 5; round += 1) {
      expect(await one.open("id").get(round)).toMatchObject({ length: 50_000 });
    }
  });
});

/** Descriptors that this process has open on files below a folder or that were removed from it. */
function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

describe("descriptors", () => {
  test("are all given back, whatever was done and however it ended", async () => {
    const dir = temporaryFolder();
    async function use(): Promise<void> {
      const backend = fileBlocks({ dir, maxBlockBytes: 3000 });
      const mapping = backend.open<number, Buffer>("id");
      for (let key = 0; key < 40; key += 1)
        await mapping.set(key, Buffer.alloc(key % 10 === 0 ? 40_000 : 200));
      for (let key = 0; key < 40; key += 1) await mapping.get(key);
      await mapping.prune();
      await mapping.clear();
      await mapping.set(1, Buffer.alloc(600_000));
      await backend.drop("id");
      await mapping.set(1, Buffer.alloc(1));
      await (await backend.lease("released")).release();
      await backend.lease("kept");
      // What is under way when the backend is closed.
      const pending = [
        mapping.set(2, Buffer.alloc(700_000)),
        mapping.clear(),
        mapping.set(3, Buffer.alloc(30_000)),
        mapping.prune(),
        backend.lease("kept"),
      ];
      const settled = Promise.allSettled(pending);
      await backend.close();
      await settled;
    }
    await use();
    const before = openDescriptors();
    for (let round = 0; round < 8; round += 1) await use();
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  test("of one store do not grow with splits and clears", async () => {
    const dir = temporaryFolder();
    await using backend = fileBlocks({ dir, maxBlockBytes: 2000 });
    const mapping = backend.open<number, Buffer>("id");
    const counts: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      for (let key = 0; key < 60; key += 1)
        await mapping.set(key, Buffer.alloc(key === 0 ? 40_000 : 200));
      counts.push(openDescriptors());
      await mapping.clear();
    }
    expect(counts[7]).toBeLessThanOrEqual((counts[1] ?? 0) + 2);
  });

  test("that the thread pool is using are not closed under it", async () => {
    const dir = temporaryFolder();
    const errors: Error[] = [];
    await using backend = fileBlocks({ dir, maxBlockBytes: 1000, durability: "sync" });
    const mapping = backend.open<number, Buffer>("id", { onError: (error) => errors.push(error) });
    for (let round = 0; round < 10; round += 1) {
      await Promise.all([
        ...Array.from({ length: 30 }, (_, key) =>
          mapping.set(key, Buffer.alloc(key % 6 === 0 ? 40_000 : 100, key)),
        ),
        mapping.clear(),
        ...Array.from({ length: 30 }, (_, key) => mapping.set(key + 50, Buffer.alloc(100, key))),
      ]);
    }
    expect(errors).toEqual([]);
    await mapping.set(79, Buffer.alloc(7));
    expect(await mapping.get(79)).toEqual(Buffer.alloc(7));
  });
});

test("a descriptor in use is closed when its use ends", async () => {
  const { OpenFile } = await import("../src/open-file.ts");
  const { fileCalls } = await import("../src/file-calls.ts");
  const { openSync } = await import("node:fs");
  const fd = openSync("/dev/null", "r");
  const file = new OpenFile(fileCalls, fd, "/dev/null");
  let end = (): void => {};
  const used = file.use(() => new Promise<void>((resolve) => (end = resolve)));
  file.close();
  file.close();
  expect(() => fstatSync(fd)).not.toThrow();
  end();
  await used;
  expect(() => closeSync(fd)).toThrow(expect.objectContaining({ code: "EBADF" }));
});
