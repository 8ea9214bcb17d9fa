import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { Child } from "./child.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const entries = Object.fromEntries(
  Array.from({ length: 50 }, (_, n) => [`key ${n}`, `value ${n}`]),
);
const keys = Object.keys(entries);
const values = Object.values(entries);

interface Move {
  /** Where the store is; a folder is made for each. */
  readonly place: (folder: string) => string;
  readonly away: (folder: string, dir: string) => void;
}

const ways: Readonly<Record<string, Move>> = {
  "is renamed": {
    place: (folder) => join(folder, "store"),
    away: (_, dir) => renameSync(dir, `${dir} of before`),
  },
  "is replaced by another, by a link": {
    place(folder) {
      mkdirSync(join(folder, "1"));
      mkdirSync(join(folder, "2"));
      symlinkSync("1", join(folder, "store"));
      return join(folder, "store");
    },
    away(folder, dir) {
      symlinkSync("2", join(folder, "next"));
      renameSync(join(folder, "next"), dir);
    },
  },
  "is removed, and its files have other names still": {
    place: (folder) => join(folder, "store"),
    away(_, dir) {
      for (const file of filesIn(dir)) {
        const copy = join(`${dir} of before`, relative(dir, file));
        mkdirSync(dirname(copy), { recursive: true });
        linkSync(file, copy);
      }
      rmSync(dir, { recursive: true });
    },
  },
};

describe("an owner whose folder", () => {
  test.each(Object.entries(ways))(
    "%s leaves alone what another makes in its place",
    async (_, { place, away }) => {
      const folder = temporaryFolder();
      const dir = place(folder);
      await using before = level({ dir });
      const mapping = before.open<string, string>("a mapping");
      await mapping.set("key 1", "of before");
      away(folder, dir);
      const next = new Child("killed-writer.ts", { dir, entries });
      await next.line("written");
      expect(await mapping.getMany(keys)).toEqual(values);
      // LevelDB begins new files.
      for (let n = 0; n < 30; n += 1) await mapping.set(`large ${n}`, `${n} `.repeat(100_000));
      await before.close();
      await using guest = level({ dir, timeout: 5000 });
      expect(await guest.open("a mapping").getMany(keys)).toEqual(values);
      await next.kill();
      await using after = level({ dir });
      expect(await after.open("a mapping").getMany(keys)).toEqual(values);
      expect(await after.open("a mapping").get("large 29")).toBe("29 ".repeat(100_000));
    },
  );

  test("is renamed answers its guests from there no more", async () => {
    const dir = join(temporaryFolder(), "store");
    await using owner = level({ dir });
    await owner.open("a mapping").set("key 1", "of before");
    await using guest = level({ dir });
    const mapping = guest.open<string, string>("a mapping");
    expect(await mapping.get("key 1")).toBe("of before");
    renameSync(dir, `${dir} of before`);
    await new Child("killed-writer.ts", { dir, entries }).line("written");
    expect(await mapping.get("key 1")).toBe("value 1");
  });

  test("is renamed while LevelDB writes to it leaves nothing where it was", async () => {
    const dir = join(temporaryFolder(), "store");
    await using owner = level({ dir });
    const mapping = owner.open<number, string>("a mapping");
    await mapping.set(0, "value");
    renameSync(dir, `${dir} of before`);
    // Before the owner looks again.
    mkdirSync(join(dir, "db"), { recursive: true });
    const large = Array.from({ length: 30 }, (_, n) => mapping.set(n, `${n} `.repeat(200_000)));
    await Promise.allSettled(large);
    expect(filesIn(join(dir, "db"))).toEqual([]);
  });
});
