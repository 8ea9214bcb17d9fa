import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

function valueOf(key: number): string {
  return `${key}`.repeat(key * 40);
}

/** A store to be damaged while the other stays whole. */
function copyOf(dir: string): string {
  const copy = temporaryFolder();
  cpSync(dir, copy, { recursive: true });
  return copy;
}

function logIn(dir: string): string {
  return filesIn(join(dir, "db")).find((path) => path.endsWith(".log"))!;
}

describe("the damaged log of a closed store", () => {
  test("gives every value where any bit is flipped, also of entries that were written together", async () => {
    const dir = temporaryFolder();
    const entries = Array.from({ length: 300 }, (_, key): [number, string] => [
      key,
      valueOf(key % 40),
    ]);
    {
      await using backend = level({ dir });
      const mapping = backend.open<number, string>("m");
      await mapping.setMany(entries.slice(0, 200));
      await Promise.all(entries.slice(200, 280).map(([key, value]) => mapping.set(key, value)));
      for (const [key, value] of entries.slice(280)) await mapping.set(key, value);
    }
    const log = logIn(dir);
    const sound = readFileSync(log);
    for (let round = 0; round < 40; round += 1) {
      const copy = copyOf(dir);
      const damaged = Buffer.from(sound);
      damaged[Math.floor(((round + 0.5) * damaged.length) / 40)]! ^= 1 << (round % 8);
      writeFileSync(logIn(copy), damaged);
      await using backend = level({ dir: copy });
      const mapping = backend.open<number, string>("m");
      const found = await mapping.getMany(entries.map(([key]) => key));
      expect(found.every((value, at) => value === entries[at]![1])).toBe(true);
    }
  });

  test("gives every value where a bit is flipped in each of the parts of what was written together", async () => {
    const dir = temporaryFolder();
    const entries = Array.from({ length: 50 }, (_, key): [number, string] => [key, valueOf(40)]);
    {
      await using backend = level({ dir });
      await backend.open<number, string>("m").setMany(entries);
    }
    const log = logIn(dir);
    const damaged = readFileSync(log);
    for (let at = 9000; at < damaged.length; at += 32 * 1024) damaged[at]! ^= 8;
    writeFileSync(log, damaged);
    await using backend = level({ dir });
    for (const [key, value] of entries) expect(await backend.open("m").get(key)).toBe(value);
  });

  test("costs the entries in a stretch that is wrong or missing, also of those that were written together", async () => {
    const dir = temporaryFolder();
    const entries = Array.from({ length: 300 }, (_, key): [number, string] => [key, valueOf(30)]);
    {
      await using backend = level({ dir });
      const mapping = backend.open<number, string>("m");
      await mapping.setMany(entries.map(([key]) => [key, "the value before"]));
      await mapping.setMany(entries);
    }
    const log = logIn(dir);
    const { length } = readFileSync(log);
    for (const [inflict, most] of [
      [(bytes: Buffer) => bytes.fill(0x5a, length - 40_000, length - 36_000), 4],
      [(bytes: Buffer) => bytes.subarray(0, length - 10_000), 6],
      [(bytes: Buffer) => bytes.copy(bytes, length - 300_000, 30_000, 34_000), 4],
    ] as const) {
      const copy = copyOf(dir);
      const bytes = readFileSync(log);
      const injured = inflict(bytes);
      writeFileSync(logIn(copy), typeof injured === "number" ? bytes : injured);
      let reports = 0;
      await using backend = level({ dir: copy });
      const mapping = backend.open<number, string>("m", { onError: () => (reports += 1) });
      const found = await mapping.getMany(entries.map(([key]) => key));
      const lost = found.filter((value) => value === undefined).length;
      expect(lost).toBeGreaterThan(0);
      expect(lost).toBeLessThanOrEqual(most);
      expect(reports).toBeGreaterThanOrEqual(lost);
      for (const value of found) expect([undefined, valueOf(30)]).toContain(value);
    }
  });
});
