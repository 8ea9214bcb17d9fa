import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { verify } from "@class-cache/mapping";
import type { SqliteOptions } from "@class-cache/sqlite";
import { sqlite } from "@class-cache/sqlite";
import { damagedCopy } from "./damaged-copy.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PAGE = 4096;

const expected = new Map(
  Array.from({ length: 150 }, (_, n): [string, string] => [
    `key ${n}`,
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
  for (const key of expected.keys()) await mapping.set(key, "the value before");
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

function damagedStore(damage: (bytes: Buffer) => Buffer | void): string {
  return damagedCopy(sound, damage);
}

function zeroed(page: number): string {
  return damagedStore((bytes) => void bytes.fill(0, (page - 1) * PAGE, page * PAGE));
}

interface Outcome {
  /** Entries that have their values. All others are absent. */
  readonly right: number;
  readonly reports: number;
}

/** Reads everything, and then writes everything, which has to be there afterwards. */
async function use(path: string, options?: SqliteOptions): Promise<Outcome> {
  const outcome = await read(path, options);
  await using backend = sqlite({ path, ...options });
  const mapping = backend.open<string, string>("a mapping");
  for (const key of expected.keys()) await mapping.set(key, `${key} anew`);
  await backend.close();
  await using again = sqlite({ path, ...options });
  for (const key of expected.keys()) {
    expect(await again.open("a mapping").get(key)).toBe(`${key} anew`);
  }
  expect((await verify(again)).damages).toEqual([]);
  return outcome;
}

async function read(path: string, options?: SqliteOptions): Promise<Outcome> {
  let reports = 0;
  await using backend = sqlite({ path, ...options });
  const onError = (error: Error): void => {
    expect(error).toMatchObject({ code: "ERR_DAMAGED" });
    reports += 1;
  };
  const mapping = backend.open<string, string>("a mapping", { onError });
  let right = 0;
  for (const [key, value] of expected) {
    const found = await mapping.get(key);
    if (found === undefined) continue;
    expect(found === value).toBe(true);
    right += 1;
  }
  for await (const [key, value] of mapping) expect(value === expected.get(key)).toBe(true);
  return { right, reports };
}

async function readAfter(path: string): Promise<number[]> {
  await using backend = sqlite({ path });
  const keys: number[] = [];
  for await (const key of backend.open<number, string>("id").keys()) keys.push(key);
  return keys;
}

const all = { right: expected.size, reports: expect.any(Number) };

describe("a store in which damage is found is mended by who finds it", () => {
  test("and one that is sound reports nothing", async () => {
    expect(await use(damagedStore(() => {}))).toEqual({ right: expected.size, reports: 0 });
  });

  test("a file that was cut keeps every entry of the pages that are left", async () => {
    for (const share of [0.25, 0.5, 0.75, 0.9]) {
      const length = Math.floor(sound.length * share);
      const path = damagedStore((bytes) => bytes.subarray(0, length));
      const { right, reports } = await use(path);
      expect(right).toBeGreaterThan(expected.size * (share - 0.25));
      expect(right).toBeLessThanOrEqual(expected.size);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("rows that have lost their numbers, as in a page that was cut, lead nobody in a circle", async () => {
    for (const page of pages.get("entry")!.slice(1)) {
      const path = damagedStore((bytes) => void bytes.fill(0, page * PAGE - 1500, page * PAGE));
      const { right, reports } = await use(path);
      expect(right).toBeGreaterThan(expected.size - 40);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("a file that was cut to nothing, or within its first page, is a new store, and says so", async () => {
    for (const length of [0, 1, 3, 20, 90, 500, 4000]) {
      const { right, reports } = await use(damagedStore((bytes) => bytes.subarray(0, length)));
      expect(right).toBe(0);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("a file of which nothing but zeros is left is a new store, and says so", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    for (const size of [100, 4096, 300_000]) {
      writeFileSync(path, Buffer.alloc(size));
      const reports: unknown[] = [];
      await using backend = sqlite({ path });
      const mapping = backend.open<string, number>("id", {
        onError: (error) => reports.push((error as { code?: unknown }).code),
      });
      expect(await mapping.get("a")).toBeUndefined();
      expect(reports).toContain("ERR_DAMAGED");
      await mapping.set("a", 1);
      expect(await mapping.get("a")).toBe(1);
      expect((await verify(backend)).damages).toEqual([]);
    }
  });

  test("a lost first page costs no entry", async () => {
    expect(await use(zeroed(1))).toEqual(all);
  });

  test("a lost map of pages costs no entry", async () => {
    expect(await use(zeroed(2))).toEqual(all);
  });

  test("a flipped bit in the first bytes costs no entry and no write", async () => {
    for (let at = 0; at < 100; at += 1) {
      const path = damagedStore((bytes) => {
        bytes[at] = bytes[at]! ^ (1 << (at % 8));
      });
      expect(await read(path)).toEqual(all);
      await using backend = sqlite({ path });
      await backend.open("a mapping").set("key", "anew");
    }
  });

  test("a flipped bit in the definition of a table costs no entry", async () => {
    const start = sound.indexOf("CREATE TABLE entry");
    for (let at = start; at < PAGE; at += 13) {
      // The case of letters: SQLite itself does not mind.
      const path = damagedStore((bytes) => {
        bytes[at] = bytes[at]! ^ 0x20;
      });
      expect(await read(path)).toEqual(all);
    }
  });

  test("a lost page of an index costs no entry, and none is stored twice", async () => {
    for (const name of ["sqlite_autoindex_entry_1", "sqlite_autoindex_mapping_1"]) {
      for (const page of pages.get(name) ?? []) expect(await use(zeroed(page))).toEqual(all);
    }
  });

  test("the inner page of the table costs no entry", async () => {
    expect(await use(zeroed(pages.get("entry")![0]!))).toEqual(all);
  });

  test("a key that is another one in the index is found all the same", async () => {
    const page = pages.get("sqlite_autoindex_entry_1")!.at(-1)!;
    const path = damagedStore((bytes) => {
      const at = bytes.indexOf("key 1", (page - 1) * PAGE);
      expect(at).toBeLessThan(page * PAGE);
      bytes[at] = bytes[at]! ^ 2;
    });
    expect(await use(path)).toEqual(all);
  });

  test("also in a store too large to be looked through when it is opened", async () => {
    const path = damagedStore(() => {});
    {
      await using backend = sqlite({ path });
      await backend.open("another").set("large", Buffer.alloc(3_000_000));
    }
    const bytes = readFileSync(path);
    const page = pages.get("sqlite_autoindex_entry_1")!.at(-1)!;
    for (let at = (page - 1) * PAGE; (at = bytes.indexOf("key 1", at)) < page * PAGE; at += 400) {
      if (at < 0) break;
      const damaged = Buffer.from(bytes);
      damaged[at + 4] = damaged[at + 4]! ^ 2;
      writeFileSync(path, damaged);
      expect(await read(path)).toEqual({ right: expected.size, reports: expect.any(Number) });
    }
  });

  test("a lost page of the table costs the entries on it alone", async () => {
    for (const page of pages.get("entry")!.slice(1)) {
      const { right, reports } = await use(zeroed(page));
      expect(right).toBeGreaterThan(expected.size / 2);
      expect(right).toBeLessThan(expected.size);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("a page that counts too many or too few entries costs none, and brings back none", async () => {
    for (const count of [3, 4, 6]) {
      const path = join(temporaryFolder(), "c.sqlite");
      {
        await using backend = sqlite({ path });
        const mapping = backend.open<number, string>("id");
        for (let key = 0; key <= count; key += 1) await mapping.set(key, `value ${key}`);
        await mapping.delete(count);
      }
      const bytes = readFileSync(path);
      const page = (pages.get("entry")![0]! - 1) * PAGE;
      expect([bytes[page], bytes.readUInt16BE(page + 3)]).toEqual([0x0d, count]);
      for (let bit = 0; bit < 16; bit += 1) {
        const damaged = Buffer.from(bytes);
        damaged.writeUInt16BE(count ^ (1 << bit), page + 3);
        writeFileSync(path, damaged);
        await using backend = sqlite({ path });
        const mapping = backend.open<number, string>("id", { onError() {} });
        expect(await mapping.get(count)).toBeUndefined();
        for (let key = 0; key < count; key += 1) {
          expect(await mapping.get(key)).toBe(`value ${key}`);
        }
        for await (const [key, value] of mapping) {
          expect([key, value]).toEqual([expect.any(Number), `value ${key}`]);
          expect(key).toBeLessThan(count);
        }
        await mapping.set(0, "anew");
        expect(await mapping.get(0)).toBe("anew");
        await backend.close();
        expect((await readAfter(path)).includes(count)).toBe(false);
      }
    }
  });

  test("also when a write finds it, and one that is part of many", async () => {
    const path = zeroed(pages.get("sqlite_autoindex_entry_1")![0]!);
    await using backend = sqlite({ path });
    const mapping = backend.open<string, string>("a mapping", { onError() {} });
    await Promise.all([...expected.keys()].slice(0, 20).map((key) => mapping.set(key, "anew")));
    for (const [key, value] of [...expected].slice(20)) {
      expect((await mapping.get(key)) === value).toBe(true);
    }
    expect(await mapping.get("key 3")).toBe("anew");
  });

  test("also under limits, which hold afterwards", async () => {
    const path = damagedStore(() => {});
    const limits = { maxEntries: 200 };
    {
      await using backend = sqlite({ path, ...limits });
      await backend.open("a mapping").set("key 0", expected.get("key 0"));
    }
    truncateSync(path, readFileSync(path).length - 2 * PAGE);
    await using backend = sqlite({ path, ...limits });
    const mapping = backend.open<string, string>("a mapping", { onError() {} });
    for (let number = 0; number < 300; number += 1) await mapping.set(`new ${number}`, "value");
    expect(await mapping.size()).toBeLessThanOrEqual(200);
    expect(await mapping.get("new 299")).toBe("value");
  });

  test("while others have it open, who go on with what was mended", async () => {
    const path = damagedStore(() => {});
    const onError = (): void => {};
    await using one = sqlite({ path });
    await using other = sqlite({ path });
    const mappings = [one, other].map((each) =>
      each.open<string, string>("a mapping", { onError }),
    );
    for (const mapping of mappings) expect(await mapping.get("key 1")).toBe(expected.get("key 1"));
    // Under their feet, by somebody who knows no locks.
    const db = new DatabaseSync(path);
    db.enableDefensive?.(false);
    db.exec(`PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'mapping';
      PRAGMA schema_version = 77;`);
    db.close();
    await Promise.all(mappings.map((mapping, at) => mapping.set(`by ${at}`, "value")));
    for (const mapping of mappings) {
      expect(await mapping.get("by 0")).toBe("value");
      expect(await mapping.get("by 1")).toBe("value");
      for (const [key, value] of expected) expect((await mapping.get(key)) === value).toBe(true);
    }
  });

  test("but what is no store is left alone", async () => {
    const path = join(temporaryFolder(), "letter.txt");
    writeFileSync(path, "SQLite format 3? Dear reader, ".repeat(500));
    const before = readFileSync(path);
    await using backend = sqlite({ path });
    const mapping = backend.open<string, string>("a mapping", { onError() {} });
    expect(await mapping.get("key")).toBeUndefined();
    await expect(mapping.set("key", "value")).rejects.toMatchObject({ code: "ERR_DAMAGED" });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(`${path}-repair`)).toBe(false);
  });
});

test("a handle whose file was replaced by another does not write to another mapping of it", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "c.sqlite");
  await using other = sqlite({ path: join(folder, "other.sqlite") });
  await other.open<string, string>("a mapping of the other file").set("key", "its value");
  await other.close();
  await using backend = sqlite({ path });
  const mapping = backend.open<string, string>("a mapping");
  await mapping.set("key", "value");
  for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
  renameSync(join(folder, "other.sqlite"), path);
  await new Promise((done) => setTimeout(done, 100));
  await mapping.set("key", "value");
  const there = backend.open<string, string>("a mapping of the other file");
  expect(await there.get("key")).toBe("its value");
  expect(await mapping.get("key")).toBe("value");
});
