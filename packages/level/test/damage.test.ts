import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Level } from "level";
import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

type Raw = Level<string, Buffer>;

async function change(dir: string, work: (database: Raw) => Promise<void>): Promise<void> {
  const database: Raw = new Level(join(dir, "db"), { valueEncoding: "buffer" });
  await work(database);
  await database.close();
}

async function fill(dir: string, count: number): Promise<void> {
  await using backend = level({ dir });
  const mapping = backend.open<number, string>("m");
  for (let key = 0; key < count; key += 1) await mapping.set(key, `${key}`.repeat(key * 40));
}

describe("a damaged store", () => {
  test("a damaged record is a miss that is reported, for owner and guest", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    const large = "v".repeat(40_000);
    await backend.open("m").setMany([
      ["small", 1],
      ["large", large],
      ["well", 2],
    ]);
    await backend.close();
    await change(dir, async (database) => {
      for await (const [key, value] of database.iterator()) {
        if (!/^[ev].*(small|large)/.test(key) || value.length === 40) continue;
        value[value.length - 1]! ^= 1;
        await database.put(key, value);
      }
    });
    await using owner = level({ dir });
    await using guest = level({ dir });
    for (const each of [owner, guest]) {
      const errors: Error[] = [];
      const mapping = each.open("m", { onError: (error) => errors.push(error) });
      expect(await mapping.getMany(["small", "large", "well"])).toEqual([undefined, undefined, 2]);
      expect(await mapping.get("small")).toBeUndefined();
      expect(errors).toMatchObject(Array.from({ length: 3 }, () => ({ code: "ERR_DAMAGED" })));
      expect(await mapping.has("small")).toBe(false);
      const found: unknown[] = [];
      for await (const entry of mapping) found.push(entry);
      expect(found).toEqual([["well", 2]]);
    }
    const mapping = guest.open("m", { onError: () => {} });
    expect(await mapping.setDefault("large", "anew")).toBe("anew");
    expect(await mapping.setDefault("small", "anew")).toBe("anew");
    expect(await owner.open("m").getMany(["small", "large"])).toEqual(["anew", "anew"]);
    expect(await owner.open("m").size()).toBe(3);
  });

  test("any byte of a table changed gives the value, a miss or a coded error at opening", async () => {
    const dir = temporaryFolder();
    await fill(dir, 60);
    // Opening it once more moves the log into a table.
    await fill(dir, 0);
    await using mover = level({ dir });
    await mover.open("other").set(1, 1);
    await mover.close();
    const table = filesIn(join(dir, "db")).find((path) => path.endsWith(".ldb"))!;
    const sound = readFileSync(table);
    let seed = 7;
    for (let round = 0; round < 40; round += 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const damaged = Buffer.from(sound);
      damaged[seed % damaged.length]! ^= 1 << (round % 8);
      writeFileSync(table, damaged);
      const backend = level({ dir });
      const mapping = backend.open<number, string>("m", { onError: () => {} });
      try {
        for (let key = 0; key < 60; key += 1) {
          expect([undefined, `${key}`.repeat(key * 40)]).toContain(await mapping.get(key));
        }
        for await (const [key, value] of mapping) expect(value).toBe(`${key}`.repeat(key * 40));
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_STORE" });
      }
      await backend.close();
      writeFileSync(table, sound);
    }
  });

  test("what LevelDB refuses to open is a coded error, and nothing is deleted", async () => {
    const dir = temporaryFolder();
    await fill(dir, 5);
    const [manifest = ""] = filesIn(join(dir, "db")).filter((path) => path.includes("MANIFEST"));
    rmSync(manifest);
    const before = filesIn(join(dir, "db")).length;
    await using backend = level({ dir });
    await expect(backend.open("m").get(1)).rejects.toMatchObject({ code: "ERR_STORE" });
    await expect(backend.open("m").set(1, "x")).rejects.toMatchObject({ code: "ERR_STORE" });
    expect(filesIn(join(dir, "db")).length).toBeGreaterThanOrEqual(before);
  });

  test("another version of the layout is a clear error", async () => {
    const dir = temporaryFolder();
    await fill(dir, 5);
    await change(dir, (database) => database.put("format", Buffer.from("class-cache level 2")));
    await using backend = level({ dir });
    await expect(backend.open("m").get(1)).rejects.toMatchObject({
      code: "ERR_FORMAT_VERSION",
      found: 2,
    });
  });

  test("a folder that is removed while it is in use is made anew", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    const mapping = backend.open<string, number>("m");
    await mapping.set("key", 1);
    rmSync(dir, { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(mapping.set("key", 2)).rejects.toMatchObject({ code: "ERR_STORE" });
    await mapping.set("key", 3);
    expect(await mapping.get("key")).toBe(3);
    await using other = level({ dir });
    expect(await other.open("m").get("key")).toBe(3);
  });
});
