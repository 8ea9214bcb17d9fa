import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Level } from "level";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { InspectionProgress, RepairReport } from "@class-cache/mapping";
import { encodeKey, repair, verify } from "@class-cache/mapping";
import { level } from "@class-cache/level";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";

const expected = new Map(
  Array.from({ length: 150 }, (_, n): [string, string] => [
    `key ${n}`,
    `${n} `.repeat(n % 40 === 7 ? 9000 : (n % 6) * 40),
  ]),
);

/** With all entries in the log, and with all of them in a table. */
let inLog: string;
let inTable: string;

beforeAll(async () => {
  [inLog = "", inTable = ""] = Array.from({ length: 2 }, () =>
    mkdtempSync(join(tmpdir(), "class-cache-level-")),
  );
  await using backend = level({ dir: inLog });
  const mapping = backend.open<string, string>("a mapping");
  for (const [key, value] of expected) await mapping.set(key, value);
  await backend.close();
  cpSync(inLog, inTable, { recursive: true });
  await using mover = level({ dir: inTable });
  // Opening makes a table of the log.
  await mover.open("a mapping").size();
  await mover.close();
});

afterAll(() => {
  for (const dir of [inLog, inTable]) rmSync(dir, { recursive: true, force: true });
});

function copyOf(store: string): string {
  const dir = temporaryFolder();
  cpSync(store, dir, { recursive: true });
  return dir;
}

function fileOf(dir: string, pattern: RegExp): string {
  return filesIn(join(dir, "db"))
    .filter((path) => pattern.test(path))
    .sort((a, b) => readFileSync(b).length - readFileSync(a).length)[0]!;
}

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = bytes[offset]! ^ (1 << (offset % 8));
  writeFileSync(path, bytes);
}

async function readable(dir: string): Promise<number> {
  await using backend = level({ dir });
  const mapping = backend.open<string, string>("a mapping", { onError() {} });
  let found = 0;
  for (const [key, value] of expected) {
    const read = await mapping.get(key).catch(() => undefined);
    if (read === undefined) continue;
    expect(read === value).toBe(true);
    found += 1;
  }
  return found;
}

async function mend(dir: string): Promise<RepairReport & { readonly found: number }> {
  await using backend = level({ dir });
  const report = await repair(backend);
  if (report.left.length === 0) expect((await verify(backend)).damages).toEqual([]);
  await backend.close();
  return { ...report, found: await readable(dir) };
}

describe("verify and repair of a LevelDB store", () => {
  test("count the entries of a sound one, as its owner and as a guest", async () => {
    for (const store of [inLog, inTable]) {
      const dir = copyOf(store);
      await using owner = level({ dir });
      await using guest = level({ dir });
      for (const backend of [owner, guest]) {
        const report = await verify(backend);
        expect(report).toMatchObject({ entries: expected.size, damages: [] });
        expect(await repair(backend)).toEqual({ ...report, left: [] });
      }
    }
  });

  test("find a flipped byte anywhere in a table, at its block, and keep all that could be read", async () => {
    const { length } = readFileSync(fileOf(inTable, /\.ldb$/));
    const step = Math.floor(length / (soak ? 400 : 5));
    for (let at = 11; at < length - 1; at += step) {
      const dir = copyOf(inTable);
      const table = fileOf(dir, /\.ldb$/);
      flip(table, at);
      const before = await readable(copyOf(dir));
      await using backend = level({ dir });
      const { damages } = await verify(backend);
      const offset = Number(/ at byte (\d+)$/.exec(damages[0]?.where ?? "")?.[1]);
      expect(damages[0]?.where.startsWith(table)).toBe(true);
      expect(offset).toBeLessThanOrEqual(at);
      await backend.close();
      const { found, left } = await mend(dir);
      expect(left).toEqual([]);
      expect(found).toBeGreaterThanOrEqual(before);
    }
  });

  test("find a flipped byte of the log before LevelDB drops what it cannot read", async () => {
    const { length } = readFileSync(fileOf(inLog, /\.log$/));
    for (let at = 3; at < length; at += Math.floor(length / (soak ? 200 : 3))) {
      const dir = copyOf(inLog);
      const log = fileOf(dir, /\.log$/);
      flip(log, at);
      const before = await readable(copyOf(dir));
      const { damages, found, left } = await mend(dir);
      expect(damages[0]?.where.startsWith(log)).toBe(true);
      expect(left).toEqual([]);
      expect(found).toBeGreaterThanOrEqual(before);
    }
  });

  test("mend what LevelDB refuses to open", async () => {
    const dir = copyOf(inTable);
    rmSync(fileOf(dir, /MANIFEST-\d+$/));
    // As after a death: with its seal it would be mended when it is opened.
    rmSync(join(dir, "db.seal"));
    await using backend = level({ dir });
    await expect(backend.open("a mapping").get("key 1")).rejects.toMatchObject({
      code: "ERR_STORE",
    });
    expect((await verify(backend)).damages).toMatchObject([{ code: "ERR_STORE" }]);
    await backend.close();
    const { found, left } = await mend(dir);
    expect([found, left]).toEqual([expected.size, []]);
    expect(filesIn(dir).filter((path) => /lost|repair/.test(path))).toEqual([]);
  });

  test("fail where the system refuses, and have nothing made anew", async () => {
    const dir = copyOf(inTable);
    rmSync(join(dir, "owner.lock"));
    mkdirSync(join(dir, "owner.lock"));
    await using backend = level({ dir });
    for (const inspect of [verify, repair]) {
      await expect(inspect(backend)).rejects.toMatchObject({ code: "ERR_STORE" });
    }
    expect(filesIn(dir).filter((path) => path.includes("repair-wanted"))).toEqual([]);
  });

  test("leave the database of another version as it is", async () => {
    const dir = copyOf(inTable);
    const raw = new Level<string, string>(join(dir, "db"));
    await raw.put("format", "class-cache level 3");
    await raw.close();
    await using backend = level({ dir });
    const damage = { code: "ERR_FORMAT_VERSION" };
    expect(await repair(backend)).toMatchObject({ damages: [damage], left: [damage] });
    expect((await verify(backend)).damages).toMatchObject([damage]);
    expect(filesIn(dir).filter((path) => path.includes("repair-wanted"))).toEqual([]);
  });

  test("tell their progress up to the end, though files grow and go meanwhile", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    const mapping = backend.open<number, Buffer>("a mapping");
    for (let key = 0; key < 9; key += 1) await mapping.set(key, Buffer.alloc(100_000, key));
    const database = join(dir, "db");
    for (const name of ["LOG.old", "LOG.new"])
      writeFileSync(join(database, name), "lines".repeat(20));
    let last: InspectionProgress | undefined;
    await verify(backend, {
      onProgress(progress) {
        if (last === undefined) {
          rmSync(join(database, "LOG.old"));
          appendFileSync(join(database, "LOG.new"), "more lines");
        }
        last = progress;
        expect(progress.done).toBeLessThanOrEqual(progress.total);
      },
    });
    expect(last?.done).toBe(last?.total);
  });

  test("save what can be of a table that was cut, and tell of one that is missing", async () => {
    const dir = copyOf(inTable);
    const table = fileOf(dir, /\.ldb$/);
    truncateSync(table, readFileSync(table).length - 2000);
    const { damages, left } = await mend(dir);
    expect(damages[0]?.where.startsWith(table)).toBe(true);
    expect(left).toEqual([]);
  });

  test("take no table for damaged that its owner has only begun to write", async () => {
    const dir = copyOf(inTable);
    await using backend = level({ dir });
    await backend.open("a mapping").size();
    for (const [name, bytes] of [
      ["000998.ldb", 0],
      ["000999.ldb", 5000],
    ] as const) {
      writeFileSync(join(dir, "db", name), readFileSync(fileOf(dir, /\.ldb$/)).subarray(0, bytes));
    }
    expect(await verify(backend)).toMatchObject({ entries: expected.size, damages: [] });
  });

  test("name the entry that is damaged, and remove it alone, for owner and guest", async () => {
    for (const asGuest of [false, true]) {
      const dir = copyOf(inTable);
      const raw = new Level<string, Buffer>(join(dir, "db"), { valueEncoding: "buffer" });
      for await (const [key, value] of raw.iterator()) {
        if (!key.endsWith(encodeKey("key 33"))) continue;
        value[value.length - 1] = value.at(-1)! ^ 1;
        await raw.put(key, value);
      }
      await raw.close();
      await using owner = level({ dir });
      await owner.open("other").set("a", 1);
      await using guest = level({ dir });
      const backend = asGuest ? guest : owner;
      const damage = { id: "a mapping", where: encodeKey("key 33"), code: "ERR_DAMAGED" };
      expect(await verify(backend)).toMatchObject({ entries: expected.size, damages: [damage] });
      expect(await repair(backend)).toMatchObject({ damages: [damage], left: [] });
      expect(await verify(backend)).toMatchObject({ entries: expected.size, damages: [] });
      expect(await readable(dir)).toBe(expected.size - 1);
    }
  });

  test("have an owner that is at work step down, and another repair what it leaves", async () => {
    const dir = copyOf(inTable);
    await using owner = level({ dir });
    await using guest = level({ dir });
    const mapping = owner.open<string, string>("a mapping", { onError() {} });
    await mapping.has("key 1");
    await guest.open("a mapping").has("key 1");
    flip(fileOf(dir, /\.ldb$/), 3000);
    const writes = Array.from({ length: 200 }, (_, n) => owner.open("other").set(n, `value ${n}`));
    const { damages, left } = await repair(guest);
    expect(damages.length).toBeGreaterThan(0);
    expect(left).toEqual([]);
    await Promise.all(writes);
    expect(await guest.open("other").size()).toBe(200);
    expect((await verify(owner)).damages).toEqual([]);
  });
});
