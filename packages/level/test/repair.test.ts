import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { repair, verify } from "@class-cache/mapping";
import { level } from "@class-cache/level";
import { inspectTable, rowsOfTable } from "../src/engine-files/table-file.ts";
import { mendSealed } from "../src/seal/sealed-folder.ts";
import { withBlocks } from "../src/seal/table-with-blocks.ts";
import { tableOf } from "./made-files.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";

const COUNT = 200;
const DELETED = 20;

/** In the older table all, in the newer one half of them anew, and some deleted. */
let closed: string;

beforeAll(async () => {
  closed = mkdtempSync(join(tmpdir(), "class-cache-level-"));
  for (const isNew of [false, true]) {
    await using backend = level({ dir: closed });
    const mapping = backend.open<number, string>("a mapping");
    for (let key = 0; key < COUNT; key += 1) {
      if (!isNew) await mapping.set(key, valueOf(key, false));
      else if (key % 10 === 0 && key / 10 < DELETED) await mapping.delete(key);
      else if (key % 2 === 1) await mapping.set(key, valueOf(key, true));
    }
    await backend.close();
    // Opening makes a table of the log.
    await using mover = level({ dir: closed });
    await mover.open("a mapping").get(0);
    await mover.close();
  }
});

afterAll(() => rmSync(closed, { recursive: true, force: true }));

function valueOf(key: number, isNew: boolean): string {
  return `${isNew ? "new" : "old"} ${key} `.repeat(key % 40 === 3 ? 900 : 10 + (key % 7));
}

function expectedOf(key: number): string | undefined {
  if (key % 10 === 0 && key / 10 < DELETED) return undefined;
  return valueOf(key, key % 2 === 1);
}

function tablesOf(dir: string): string[] {
  return readdirSync(join(dir, "db"))
    .filter((name) => name.endsWith(".ldb"))
    .map((name) => join(dir, "db", name));
}

/** Several bits of one byte. */
function change(path: string, offset: number, by: number): void {
  const bytes = readFileSync(path);
  bytes[offset]! ^= by;
  writeFileSync(path, bytes);
}

/** Reads all, of which nothing may be wrong or be what was replaced. @returns how many are not there */
async function lostOf(dir: string): Promise<number> {
  await using backend = level({ dir });
  const mapping = backend.open<number, string>("a mapping", { onError() {} });
  let lost = 0;
  for (let key = 0; key < COUNT; key += 1) {
    const found = await mapping.get(key);
    if (found !== undefined) expect(found === expectedOf(key)).toBe(true);
    else if (expectedOf(key) !== undefined) lost += 1;
  }
  return lost;
}

describe("a byte of a closed store's table that is another one", () => {
  const step = soak ? 7 : 331;

  test.each([
    ["repaired at once", false],
    ["read, closed and then repaired", true],
  ])("costs at most its block, %s", async (_how, isReadBefore) => {
    for (const table of tablesOf(closed)) {
      const { length } = readFileSync(table);
      for (let at = 0; at < length; at += step) {
        const dir = temporaryFolder();
        cpSync(closed, dir, { recursive: true });
        change(table.replace(closed, dir), at, 0x43);
        const lostBefore = isReadBefore ? await lostOf(dir) : undefined;
        {
          await using backend = level({ dir });
          expect((await repair(backend)).left).toEqual([]);
          expect((await verify(backend)).damages).toEqual([]);
        }
        const lost = await lostOf(dir);
        expect([table, at, lost]).toEqual([table, at, Math.min(lost, 60)]);
        if (lostBefore !== undefined) expect([at, lost]).toEqual([at, lostBefore]);
        rmSync(dir, { recursive: true });
      }
    }
  });

  test.each([false, true])(
    "costs no more when another is one afterwards (repaired: %s)",
    async (isRepaired) => {
      for (const table of tablesOf(closed)) {
        const { length } = readFileSync(table);
        for (let at = 0; at < length; at += 2 * step) {
          const dir = temporaryFolder();
          cpSync(closed, dir, { recursive: true });
          const damaged = table.replace(closed, dir);
          change(damaged, 300, 0x43);
          const lostAtFirst = await lostOf(dir);
          // Behind its end there is what took the place of the block.
          const offset = at % 3 === 0 ? readFileSync(damaged).length - 1 - (at % 200) : at;
          change(damaged, offset, 0x51);
          if (isRepaired) {
            await using backend = level({ dir });
            expect((await repair(backend)).left).toEqual([]);
            expect((await verify(backend)).damages).toEqual([]);
          }
          const lost = await lostOf(dir);
          expect([table, offset, lost]).toEqual([table, offset, Math.min(lost, lostAtFirst + 60)]);
          rmSync(dir, { recursive: true });
        }
      }
    },
  );

  test.each([false, true])(
    "costs no more when who mends it is killed before it is opened (repaired: %s)",
    async (isRepaired) => {
      for (const table of tablesOf(closed)) {
        for (const at of [300, 2500, readFileSync(table).length - 10]) {
          const dir = temporaryFolder();
          cpSync(closed, dir, { recursive: true });
          change(table.replace(closed, dir), at, 0x43);
          if (isRepaired) writeFileSync(join(dir, "repair-wanted"), "");
          mendSealed(join(dir, "db"), () => {});
          expect(await lostOf(dir)).toBeLessThanOrEqual(60);
        }
      }
    },
  );

  test("leaves a table in which verify finds nothing once it is mended", async () => {
    const dir = temporaryFolder();
    cpSync(closed, dir, { recursive: true });
    for (const table of tablesOf(dir)) change(table, 300, 0x43);
    expect(await lostOf(dir)).toBeGreaterThan(0);
    await using backend = level({ dir });
    const { damages } = await verify(backend);
    expect(damages.filter(({ where }) => where.includes("byte"))).toEqual([]);
  });
});

test("a table with blocks behind its end is read whether or not its size is known", () => {
  const rows = [
    ["a", "1"],
    ["b", "22"],
  ] as const;
  const table = tableOf(rows);
  // Its footer begins with where the directory is: behind the one block of rows, and its checksum.
  const place = { offset: 0, length: table.readUInt8(table.length - 48) - 5 };
  const key = Buffer.from("z12345678");
  const mended = withBlocks(table, [{ key, place }], () => undefined);
  expect(mended.length).toBeGreaterThan(table.length);
  for (const size of [undefined, table.length]) {
    expect(inspectTable(mended, size)).toEqual([]);
    const found = Array.from(
      rowsOfTable(mended, () => false, size),
      ({ key: row, value }) => [row.toString(), value?.toString()],
    );
    expect(found).toEqual(rows);
  }
});
