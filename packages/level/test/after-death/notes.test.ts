import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { repair, verify } from "@class-cache/mapping";
import { level } from "@class-cache/level";
import { knownLengths, lengthsPath } from "../../src/after-death/known-lengths.ts";
import { LengthNote } from "../../src/after-death/length-note.ts";
import { mendedLog } from "../../src/after-death/mended-log.ts";
import { isRightBatch, rightRows } from "../../src/after-death/right-rows.ts";
import { Soon } from "../../src/after-death/soon.ts";
import { encodePlace, newPlace } from "../../src/catalog.ts";
import { settledFolder } from "../../src/own-folder.ts";
import { encodeRecord } from "../../src/record.ts";
import { entryRow, mappingRow } from "../../src/row-keys.ts";
import { logOf } from "../made-files.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const LIST = /^MANIFEST/;

/** The newest file of the database with such a name. */
function fileIn(dir: string, pattern: RegExp): string {
  const names = readdirSync(join(dir, "db")).filter((name) => pattern.test(name));
  return join(dir, "db", names.toSorted().at(-1)!);
}

/** What a process leaves that is killed now. */
function leftOf(dir: string): string {
  const left = temporaryFolder();
  for (const name of ["db", "db.lengths", "db.rows", "db.seal"]) {
    if (existsSync(join(dir, name))) cpSync(join(dir, name), join(left, name), { recursive: true });
  }
  return left;
}

/** Waits until something holds. @returns whether it does */
async function until(holds: () => boolean): Promise<boolean> {
  const deadline = performance.now() + 10_000;
  while (!holds() && performance.now() < deadline) await sleep(20);
  return holds();
}

describe("the note of how long the files of a database are", () => {
  test("is there once it is open", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    await backend.open("m").get("k");
    expect(knownLengths(join(dir, "db"))).toMatchObject({ isOfThisStart: true, leftOver: [] });
  });

  test("follows what LevelDB does of itself after the last write", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    const mapping = backend.open<number, string>("m");
    await mapping.set(0, "");
    const first = fileIn(dir, /log$/);
    for (let key = 0; fileIn(dir, /log$/) === first; key += 1) {
      await mapping.set(key, `${Math.random()}`.repeat(5000));
    }
    expect(await until(() => !existsSync(first))).toBe(true);
    const isNoted = await until(() => {
      const known = knownLengths(join(dir, "db"))!;
      return (
        known.list.bytes === statSync(fileIn(dir, LIST)).size &&
        fileIn(dir, /log$/).endsWith(`${known.log.number}.log`)
      );
    });
    expect(isNoted).toBe(true);
  });

  test("tells of no record that is being written", async () => {
    const folder = join(temporaryFolder(), "db");
    mkdirSync(folder);
    writeFileSync(join(folder, "000003.log"), "");
    writeFileSync(join(folder, "MANIFEST-000002"), "");
    const note = new LengthNote(settledFolder(folder));
    note.begin();
    note.outdate();
    appendFileSync(join(folder, "000003.log"), "half");
    await sleep(60);
    expect(knownLengths(folder)?.log.bytes).toBe(0);
    appendFileSync(join(folder, "000003.log"), "whole");
    note.done();
    expect(knownLengths(folder)?.log.bytes).toBe(9);
    note.end();
  });

  test("is read as far as it goes where it is of the version before", async () => {
    const dir = temporaryFolder();
    const note = Buffer.alloc(32);
    note.writeInt32LE(0x63 | (0x63 << 8) | (0x4c << 16) | (1 << 24), 0);
    note.writeUInt32LE(7, 8);
    note.writeDoubleLE(100, 12);
    const { crc32 } = await import("node:zlib");
    note.writeUInt32LE(crc32(note.subarray(8)), 4);
    writeFileSync(lengthsPath(join(dir, "db")), note);
    expect(knownLengths(join(dir, "db"))).toEqual({
      log: { number: 7, bytes: 100 },
      list: { number: 0, bytes: 0 },
      leftOver: [],
      isOfThisStart: undefined,
    });
  });
});

describe("the note of the names of mappings", () => {
  test("is made anew after a database was", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    await backend.open("m").set("k", 1);
    const left = leftOf(dir);
    truncateSync(fileIn(left, /log$/), 0);
    await using later = level({ dir: left });
    await repair(later);
    await later.open("n").get("k");
    expect(await until(() => existsSync(join(left, "db.rows")))).toBe(true);
  });

  test.each(["missing", "damaged"])("is made at an opening where it is %s", async (how) => {
    const dir = temporaryFolder();
    const note = join(dir, "db.rows");
    {
      await using backend = level({ dir });
      await backend.open("m").set("k", 1);
    }
    const { size } = statSync(note);
    if (how === "missing") rmSync(note);
    else truncateSync(note, 9);
    await using backend = level({ dir });
    await backend.open("m").get("k");
    expect(await until(() => existsSync(note) && statSync(note).size === size)).toBe(true);
  });
});

describe("what is noted soon", () => {
  test("takes a twentieth of the time at most, however long it takes", async () => {
    let times = 0;
    const soon = new Soon(() => {
      times += 1;
      for (const start = performance.now(); performance.now() - start < 15;);
    });
    const start = performance.now();
    while (performance.now() - start < 1000) {
      soon.want();
      await sleep(1);
    }
    soon.end();
    expect(times).toBeGreaterThan(1);
    expect(times).toBeLessThanOrEqual(5);
  });

  test("is not put off by a single time that took long", async () => {
    let times = 0;
    const soon = new Soon(() => {
      times += 1;
      const length = times === 2 ? 200 : 0;
      for (const start = performance.now(); performance.now() - start < length;);
    });
    for (const time of [1, 2, 3]) {
      soon.want();
      const start = performance.now();
      while (times < time && performance.now() - start < 2000) await sleep(5);
    }
    soon.end();
    expect(times).toBe(3);
  });
});

describe("deleted entries", () => {
  test("stay deleted where the list of tables is lost and a table that was merged is still there", async () => {
    const dir = temporaryFolder();
    {
      await using backend = level({ dir });
      for (let key = 0; key < 100; key += 1) await backend.open("m").set(key, "deleted later");
    }
    {
      await using backend = level({ dir });
      for (let key = 0; key < 50; key += 1) await backend.open("m").delete(key);
    }
    await using backend = level({ dir });
    const mapping = backend.open("m");
    expect(await mapping.size()).toBe(50);
    const before = temporaryFolder();
    cpSync(join(dir, "db"), before, { recursive: true });
    await mapping.prune();
    const merged = readdirSync(before).filter(
      (name) => name.endsWith(".ldb") && !existsSync(join(dir, "db", name)),
    );
    expect(merged.length).toBeGreaterThan(0);

    const isDamaged = [leftOf(dir), leftOf(dir)];
    for (const left of isDamaged)
      copyFileSync(join(before, merged[0]!), join(left, "db", merged[0]!));
    const [changed, noted] = isDamaged as [string, string];
    const list = readFileSync(fileIn(changed, LIST));
    for (const at of [20, 30]) list[at]! ^= 0x55;
    writeFileSync(fileIn(changed, LIST), list);
    // As where a reader keeps the merged table for so long that it is noted.
    copyFileSync(join(before, merged[0]!), join(dir, "db", merged[0]!));
    expect(await until(() => knownLengths(join(dir, "db"))!.leftOver.length > 0)).toBe(true);
    cpSync(join(dir, "db.lengths"), join(noted, "db.lengths"));
    truncateSync(fileIn(noted, LIST), 50);

    for (const left of isDamaged) {
      await using later = level({ dir: left });
      const found = later.open("m", { onError() {} });
      for (let key = 0; key < 100; key += 1) expect(await found.has(key)).toBe(key >= 50);
    }
  });
});

describe("a bit that is put right in what was written together", () => {
  const place = newPlace("m", "0123456789abcdef");
  const entry = {
    value: Buffer.from("a value"),
    storedAt: 5,
    expiresAt: undefined,
    cost: undefined,
  };
  const batchOf = (key: string, space = place.space): Buffer => {
    const row = Buffer.from(entryRow(space, key));
    const record = encodeRecord(place.seed, "key", entry);
    const head = Buffer.alloc(12);
    head[8] = 1;
    return Buffer.concat([head, Buffer.of(1, row.length), row, Buffer.of(record.length), record]);
  };
  const rows = rightRows([{ key: mappingRow("m"), value: encodePlace(place) }]);

  test("counts only where each entry is then what was stored by its key", () => {
    expect(isRightBatch(batchOf("key"), rows)).toBe(true);
    expect(isRightBatch(batchOf("kez"), rows)).toBe(false);
    expect(isRightBatch(batchOf("key", "0123456789abcdee"), rows)).toBe(false);
    expect(isRightBatch(batchOf("key").subarray(0, -1), rows)).toBe(false);
    // Where no mapping is known, nothing tells.
    expect(isRightBatch(batchOf("kez"), rightRows([]))).toBe(true);
  });

  test("is left as it is otherwise, and what follows is lost", () => {
    const sound = logOf(batchOf("key"));
    const log = Buffer.concat([sound, logOf(batchOf("kez"))]);
    log[log.length - 3]! ^= 4;
    const mended = mendedLog(log, false, (batch) => isRightBatch(batch, rows));
    expect(mended).toEqual({ content: log, isChanged: false, isDamaged: true, end: sound.length });
  });
});

test("a length that is damaged in the log of an open store brings nothing back once it is closed", async () => {
  const dir = temporaryFolder();
  for (const value of ["old", "new"]) {
    await using backend = level({ dir });
    for (let key = 0; key < 30; key += 1) await backend.open("m").set(key, value);
    if (value === "old") continue;
    await sleep(60);
    const path = fileIn(dir, /log$/);
    const log = readFileSync(path);
    log[log.readUInt16LE(4) + 7 + 5] = 0x3f;
    writeFileSync(path, log);
  }
  const errors: Error[] = [];
  await using backend = level({ dir });
  const mapping = backend.open("m", { onError: (error) => errors.push(error) });
  for (let key = 0; key < 30; key += 1) expect(await mapping.get(key)).not.toBe("old");
  expect(errors.length).toBeGreaterThan(0);
});

test("verify finds a damaged length in the log of an open store, which looks as if it was cut short", async () => {
  const dir = temporaryFolder();
  await using backend = level({ dir });
  for (let key = 0; key < 30; key += 1) await backend.open("m").set(key, "value");
  await sleep(60);
  const path = fileIn(dir, /log$/);
  const log = readFileSync(path);
  let at = 0;
  for (let record = 0; record < 20; record += 1) at += 7 + log.readUInt16LE(at + 4);
  log[at + 5] = 0x3f;
  writeFileSync(path, log);
  expect((await verify(backend)).damages).toMatchObject([{ where: `${path} at byte ${at}` }]);
});
