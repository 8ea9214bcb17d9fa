import { readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { InspectionOptions, InspectionProgress, RepairReport } from "@class-cache/mapping";
import { DamagedError, encodeKey, repair, verify } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import { damagedCopy } from "./damaged-copy.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PAGE = 4096;

const expected = new Map(
  Array.from({ length: 150 }, (_, n): [string, string] => [
    n % 20 === 3 ? `${"long ".repeat(60)}${n}` : `key ${n}`,
    `${n} `.repeat(n % 40 === 7 ? 3000 : (n % 6) * 40),
  ]),
);

let sound: Buffer;
/** Pages of each table and index that are not for large values, as numbers from 1. */
const pages = new Map<string, number[]>();

beforeAll(async () => {
  const path = join(temporaryFolder(), "c.sqlite");
  await using backend = sqlite({ path });
  const mapping = backend.open<string, string>("a mapping");
  for (const [key, value] of expected) await mapping.set(key, value);
  await backend.open("another").set("a", 1);
  await backend.close();
  sound = readFileSync(path);
  const db = new DatabaseSync(path);
  const found = db.prepare("SELECT name, pageno FROM dbstat WHERE pagetype <> 'overflow'").all();
  for (const { name, pageno } of found) {
    pages.set(String(name), [...(pages.get(String(name)) ?? []), Number(pageno)]);
  }
  db.close();
});

function damagedStore(damage: (bytes: Buffer) => void): string {
  return damagedCopy(sound, damage);
}

function withoutPage(name: string, index = 0): string {
  const page = pages.get(name)?.at(index) ?? 0;
  return damagedStore((bytes) => bytes.fill(0, (page - 1) * PAGE, page * PAGE));
}

/** Repairs a store, and reads it all, which has to be right. */
async function mend(
  path: string,
  options?: InspectionOptions,
): Promise<RepairReport & { readonly found: number }> {
  await using backend = sqlite({ path });
  const report = await repair(backend, options);
  const mapping = backend.open<string, string>("a mapping", {
    onError(error) {
      throw error;
    },
  });
  let found = 0;
  for await (const [key, value] of mapping) {
    expect(value === expected.get(key)).toBe(true);
    found += 1;
  }
  expect(readdirSync(dirname(path)).filter((name) => name.includes("repair"))).toEqual([]);
  if (report.left.length === 0) expect((await verify(backend)).damages).toEqual([]);
  return { ...report, found };
}

describe("verify and repair of a SQLite store", () => {
  test("count the entries of a sound one, and of one that does not exist", async () => {
    const path = damagedStore(() => {});
    await using backend = sqlite({ path });
    const report = await verify(backend);
    expect(report).toMatchObject({ entries: expected.size + 1, damages: [] });
    expect(report.mappings.map(({ id }) => id)).toEqual(["a mapping", "another"]);
    expect(await repair(backend)).toEqual({ ...report, left: [] });
    await using none = sqlite({ path: join(temporaryFolder(), "none.sqlite") });
    expect(await repair(none)).toMatchObject({ entries: 0, damages: [], left: [] });
  });

  test("reject with what onProgress throws, whatever it is", async () => {
    const reasons = [
      Object.assign(new Error("of a file"), { code: "ENOENT", syscall: "open" }),
      Object.assign(new Error("of a database"), { code: "ERR_SQLITE_ERROR", errcode: 11 }),
      new DamagedError("Another store"),
    ];
    await using backend = sqlite({ path: damagedStore(() => {}) });
    await backend.open("large").set(1, new Uint8Array(300_000));
    for (const reason of reasons) {
      for (const inspect of [verify, repair]) {
        let isThrown = false;
        const onProgress = ({ entries }: InspectionProgress): void => {
          if (isThrown || entries === 0) return;
          isThrown = true;
          throw reason;
        };
        await expect(inspect(backend, { onProgress })).rejects.toBe(reason);
      }
    }
  });

  test("follow what was looked at to its end where the size of an entry is damaged", async () => {
    for (const factor of [-1, 1e9]) {
      const path = damagedStore(() => {});
      const db = new DatabaseSync(path);
      db.exec(`UPDATE entry SET bytes = bytes * ${factor}`);
      db.close();
      await using backend = sqlite({ path });
      const seen: InspectionProgress[] = [];
      await verify(backend, { onProgress: (progress) => void seen.push(progress) });
      const { done, total } = seen.at(-1)!;
      expect([done, done < 2 * sound.length]).toEqual([total, true]);
    }
  });

  test("name the entry of which a byte is flipped, and remove it alone", async () => {
    const value = expected.get("key 125")!;
    const path = damagedStore((bytes) => {
      const at = bytes.indexOf(value) + 20;
      bytes[at] = bytes[at]! ^ 1;
    });
    await using backend = sqlite({ path });
    const damage = { id: "a mapping", where: encodeKey("key 125"), code: "ERR_DAMAGED" };
    expect((await verify(backend)).damages).toMatchObject([damage]);
    const { damages, found, left } = await mend(path);
    expect(damages).toMatchObject([damage]);
    expect([found, left]).toEqual([expected.size - 1, []]);
  });

  test("keep every entry when an index is lost, through the table", async () => {
    const index = "sqlite_autoindex_entry_1";
    for (let page = 0; page < pages.get(index)!.length; page += 1) {
      const { found, damages, left } = await mend(withoutPage(index, page));
      expect(damages.length).toBeGreaterThan(0);
      expect([found, left]).toEqual([expected.size, []]);
    }
  });

  test("keep every entry when the root of the table is lost, through SQLite's map of pages", async () => {
    const { found, entries, left } = await mend(withoutPage("entry", 0));
    expect([found, entries, left]).toEqual([expected.size, expected.size + 1, []]);
  });

  test("keep what is on other pages when a page of the table has nonsense for cells", async () => {
    const page = pages.get("entry")!.at(-2)! - 1;
    const path = damagedStore((bytes) => {
      for (let at = page * PAGE + 8; at < page * PAGE + 600; at += 1) bytes[at] = (at * 37) & 255;
    });
    const { found, left } = await mend(path);
    expect(left).toEqual([]);
    expect(found).toBeGreaterThan(expected.size / 2);
  });

  test("keep the entry of which the table has lost the key, by the index", async () => {
    const value = expected.get("key 125")!;
    const path = damagedStore((bytes) => {
      const at = bytes.lastIndexOf(encodeKey("key 125"), bytes.indexOf(value));
      bytes[at + 6] = bytes[at + 6]! ^ 2;
    });
    await using backend = sqlite({ path });
    expect(await backend.open("a mapping").get("key 125")).toBe(value);
    const { found, left } = await mend(path);
    expect([found, left]).toEqual([expected.size, []]);
  });

  test("keep every entry but those on a lost page of the table", async () => {
    for (const page of [-1, -3]) {
      const { found, left } = await mend(withoutPage("entry", page));
      expect(left).toEqual([]);
      expect(found).toBeGreaterThan(expected.size / 2);
      expect(found).toBeLessThan(expected.size);
    }
  });

  test("restore names of mappings from the other place that has them, or when they are told", async () => {
    for (const table of ["mapping", "sqlite_autoindex_mapping_1", "sqlite_sequence"]) {
      const { found, left, entries } = await mend(withoutPage(table));
      expect([found, left, entries]).toEqual([expected.size, [], expected.size + 1]);
    }
    const name = Buffer.from("a mapping", "utf16le");
    const path = damagedStore((bytes) => {
      for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
        bytes[at] = "b".charCodeAt(0);
      }
    });
    expect(await mend(path)).toMatchObject({ found: 0, entries: 1, left: [{ id: undefined }] });
    const told = await mend(path, { ids: ["a mapping", "another"] });
    expect(told).toMatchObject({ found: expected.size, entries: expected.size + 1, left: [] });
  });

  test("mend what SQLite itself keeps: the list of free pages, the map of pages", async () => {
    for (const at of [32, 36, PAGE + 6]) {
      const path = damagedStore((bytes) => {
        bytes[at] = bytes[at]! ^ 64;
      });
      const { found, damages, left } = await mend(path);
      expect(damages.length).toBeGreaterThan(0);
      expect([found, left]).toEqual([expected.size, []]);
    }
  });

  test("go on where a repair was cut short", async () => {
    const path = damagedStore(() => {});
    const db = new DatabaseSync(path);
    db.enableDefensive?.(false);
    db.exec(`PRAGMA writable_schema = ON;
      UPDATE sqlite_schema SET name = replace(name, 'entry', 'sealed_entry'),
        tbl_name = 'sealed_entry', sql = replace(replace(sql,
          'CREATE TABLE entry', 'CREATE TABLE sealed_entry'), 'ON entry', 'ON sealed_entry')
      WHERE tbl_name = 'entry' AND name <> 'entry_by_expiry';
      UPDATE sqlite_schema SET tbl_name = 'sealed_entry', sql = replace(sql, 'ON entry', 'ON sealed_entry')
      WHERE name = 'entry_by_expiry'; PRAGMA schema_version = 99;`);
    db.close();
    expect(await mend(path)).toMatchObject({ found: expected.size, left: [] });
  });

  test("mend what the file begins with, whichever of those bytes is damaged", async () => {
    for (let at = 0; at < 24; at += 1) {
      const path = damagedStore((bytes) => {
        bytes[at] = bytes[at]! ^ (1 << (at % 8));
      });
      const { found, left } = await mend(path);
      expect([found, left]).toEqual([expected.size, []]);
    }
    const { found } = await mend(damagedStore((bytes) => bytes.fill(0, 0, 16)));
    expect(found).toBe(expected.size);
  });

  test("tell of a file that was cut to nothing, or within its first page, which then is a new store", async () => {
    for (const length of [0, 1, 20, 90, 4095]) {
      const path = damagedStore(() => {});
      truncateSync(path, length);
      await using backend = sqlite({ path });
      for (let round = 0; round < 2; round += 1) {
        expect((await verify(backend)).damages).toMatchObject([{ code: "ERR_DAMAGED" }]);
      }
      await backend.close();
      const { damages, left, found } = await mend(path);
      expect(damages.length).toBeGreaterThan(0);
      expect([left, found]).toEqual([[], 0]);
    }
  });

  test("tell of a file that is no store, and leave it alone", async () => {
    const path = join(temporaryFolder(), "letter.txt");
    writeFileSync(path, "Dear reader, ".repeat(1000));
    const before = readFileSync(path);
    await using backend = sqlite({ path });
    const damage = { where: path, code: "ERR_DAMAGED" };
    expect(await verify(backend)).toMatchObject({ entries: 0, damages: [damage] });
    expect(await repair(backend)).toMatchObject({ damages: [damage], left: [damage] });
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

test.each([
  ["all of its name", 9000],
  ["a part of its name", 3 * PAGE - 8],
])("a repair keeps no mapping that has lost its entries and %s", async (_what, length) => {
  const path = join(temporaryFolder(), "c.sqlite");
  {
    await using backend = sqlite({ path });
    const mapping = backend.open<number, string>("a mapping");
    for (let key = 0; key < 200; key += 1) await mapping.set(key, `${key} `.repeat(100));
  }
  truncateSync(path, length);
  await using backend = sqlite({ path });
  const { damages, left } = await repair(backend);
  expect(damages.length).toBeGreaterThan(0);
  expect(left).toEqual([]);
  expect((await verify(backend)).damages).toEqual([]);
});
