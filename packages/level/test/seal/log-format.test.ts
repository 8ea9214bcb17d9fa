import { readFileSync, writeFileSync } from "node:fs";
import { Level } from "level";
import { describe, expect, test } from "@jest/globals";
import { recordsOf } from "../../src/engine-files/log-file.ts";
import { logOf, recordsAt } from "../../src/seal/log-format.ts";
import { filesIn, temporaryFolder } from "../temporary-folder.ts";

/** Around the ends of blocks of 32 KiB, where records are taken apart. */
const lengths = [
  0, 1, 100, 32_654, 32_753, 32_754, 32_755, 32_760, 32_761, 32_762, 32_768, 65_522, 65_523,
  100_000,
];

const record = (length: number): Buffer => Buffer.alloc(length, `${length} bytes `);

/** Jest compares buffers byte by byte, which takes it minutes. */
function areEqual(
  some: readonly (Uint8Array | undefined)[],
  others: readonly Uint8Array[],
): boolean {
  return (
    some.length === others.length &&
    some.every((bytes, at) => bytes !== undefined && Buffer.compare(bytes, others[at]!) === 0)
  );
}

describe("LevelDB's log", () => {
  test("is read as it was written, from its heads and from the lengths of its records", () => {
    for (const first of lengths) {
      for (const second of lengths) {
        const records = [record(first), record(second), record(12)];
        const log = logOf(records);
        expect(areEqual(Array.from(recordsOf(log)), records)).toBe(true);
        expect(areEqual(recordsAt(log, [first, second, 12]), records)).toBe(true);
      }
    }
  });

  test("is written byte for byte as LevelDB does", async () => {
    const folder = temporaryFolder();
    const database = new Level<string, Buffer>(folder, { valueEncoding: "buffer" });
    for (const length of lengths) await database.put(`key ${length}`, record(length));
    await database.close();
    const path = filesIn(folder).find((each) => each.endsWith(".log")) ?? "";
    const log = readFileSync(path);
    const records = Array.from(recordsOf(log));
    expect(records).toHaveLength(lengths.length);
    expect(logOf(records).equals(log)).toBe(true);
    writeFileSync(path, logOf(records.slice(1)));
    await database.open();
    expect(await database.get("key 0")).toBeUndefined();
    expect(await database.get("key 100000")).toEqual(record(100_000));
    await database.close();
  });

  test("that ends in the middle of a record keeps the records before it", () => {
    const log = logOf([record(50), record(40_000)]);
    for (const length of [log.length - 1, 40_000, 32_768, 58, 57]) {
      const cut = log.subarray(0, length);
      expect(recordsAt(cut, [50, 40_000])[0]).toEqual(record(50));
      expect(recordsAt(cut, [50, 40_000])[1]).not.toEqual(record(40_000));
    }
  });
});
