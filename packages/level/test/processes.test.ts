import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

function fillers(dir: string, count: number, keys: number): Child[] {
  return Array.from({ length: count }, (_, number) => new Child("fill.ts", { dir, number, keys }));
}

describe("many processes on one database", () => {
  test("6 of 6 processes that open it at once work", async () => {
    const dir = temporaryFolder();
    const ends = await Promise.all(fillers(dir, 6, 5).map((child) => child.success()));
    expect(ends).toEqual(Array.from({ length: 6 }, () => ["found 5"]));
    await using backend = level({ dir });
    expect(await backend.open("shared").size()).toBe(30);
  });

  test("16 processes that write 32 keys each leave 512", async () => {
    const dir = temporaryFolder();
    await Promise.all(fillers(dir, 16, 32).map((child) => child.success()));
    await using backend = level({ dir });
    const mapping = backend.open<[number, number], unknown>("shared");
    expect(await mapping.size()).toBe(512);
    const keys = Array.from({ length: 512 }, (_, key): [number, number] => [key >> 5, key & 31]);
    const values = await mapping.getMany(keys);
    expect(values).toEqual(
      keys.map(([number, index]) => ({ number, index, text: "v".repeat(index * 300) })),
    );
  });

  test("an owner and a guest see at the next call what the other was acknowledged", async () => {
    const dir = temporaryFolder();
    await using one = level({ dir });
    await using other = level({ dir });
    const owning = one.open<string, unknown>("shared");
    expect(await owning.size()).toBe(0);
    const visiting = other.open<string, unknown>("shared");
    for (let round = 0; round < 100; round += 1) {
      const key = `key ${round % 10}`;
      const value = round % 5 === 0 ? "v".repeat(40_000 + round) : round;
      await visiting.set(key, value);
      expect(await owning.get(key)).toBe(value);
      await owning.set(key, -round);
      expect(await visiting.get(key)).toBe(-round);
      if (round % 3 === 0) {
        expect(await owning.delete(key)).toBe(true);
        expect(await visiting.delete(key)).toBe(false);
      }
      if (round % 20 === 0) {
        await (round % 40 === 0 ? visiting : owning).clear();
        expect([await owning.size(), await visiting.size()]).toEqual([0, 0]);
      }
      if (round === 50) {
        expect(await other.drop("shared")).toBe(true);
        expect(await one.drop("shared")).toBe(false);
      }
    }
    expect(await visiting.size()).toBe(await owning.size());
  });
});
