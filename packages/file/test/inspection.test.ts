import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { describe, expect, jest, test } from "@jest/globals";
import type { Damage, InspectionOptions, RepairReport } from "@class-cache/mapping";
import { DamagedError, repair, verify } from "@class-cache/mapping";
import { fileBlocks } from "@class-cache/file";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";

/** Small and large, in blocks that have been split. */
const expected = new Map(
  Array.from({ length: 60 }, (_, n) => [`key ${n}`, `${n} `.repeat(n % 12 === 5 ? 4000 : n)]),
);

const options = { maxBlockBytes: 3000 };

async function makeStore(dir: string): Promise<void> {
  await using backend = fileBlocks({ dir, ...options });
  const mapping = backend.open<string, string>("a mapping");
  await mapping.set("key 1", "before");
  await mapping.set("gone", "deleted");
  for (const [key, value] of expected) await mapping.set(key, value);
  await mapping.delete("gone");
  await mapping.prune();
}

/** What a process that begins anew reads. All of it has to be right. */
async function readable(store: string): Promise<string[]> {
  // Reads bury what they find damaged.
  const dir = temporaryFolder();
  cpSync(store, dir, { recursive: true });
  await using backend = fileBlocks({ dir, ...options });
  const mapping = backend.open<string, string>("a mapping");
  const keys: string[] = [];
  for await (const [key, value] of mapping) {
    expect(value === expected.get(key)).toBe(true);
    keys.push(key);
  }
  return keys.sort();
}

async function damages(dir: string): Promise<readonly Damage[]> {
  await using backend = fileBlocks({ dir, ...options });
  return (await verify(backend)).damages;
}

async function mend(dir: string, how: InspectionOptions = {}): Promise<RepairReport> {
  await using backend = fileBlocks({ dir, ...options });
  return await repair(backend, how);
}

function blockIn(dir: string): string {
  const blocks = filesIn(dir).filter((path) => path.endsWith(".block"));
  return blocks.sort((a, b) => readFileSync(b).length - readFileSync(a).length)[0]!;
}

function segmentIn(dir: string): string {
  return filesIn(dir).find((path) => path.endsWith(".segment"))!;
}

function flip(path: string, offset: number, bit: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = bytes[offset]! ^ (1 << bit);
  writeFileSync(path, bytes);
}

/** The offset in the words that tell a place. */
function offsetOf({ where }: Damage): number {
  return Number(/ at byte (\d+)$/.exec(where)?.[1]);
}

/** Repairs a damaged store, and checks that all that could be read still can, and nothing is wrong. */
async function expectMended(dir: string): Promise<readonly string[]> {
  const before = await readable(dir);
  const report = await mend(dir);
  expect(report.damages.length).toBeGreaterThan(0);
  expect(report.left).toEqual([]);
  expect(await readable(dir)).toEqual(before);
  expect(report.entries).toBe(before.length);
  expect(await damages(dir)).toEqual([]);
  return before;
}

describe("verify", () => {
  test("counts the entries of an undamaged store, split, overwritten and deleted from, and finds no damage", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    expect(filesIn(dir).filter((path) => path.endsWith(".block")).length).toBe(16);
    await using backend = fileBlocks({ dir, ...options });
    const report = await verify(backend);
    expect(report).toMatchObject({ entries: expected.size, damages: [] });
    expect(report.mappings).toMatchObject([{ id: "a mapping", entries: expected.size }]);
    expect(await mend(dir)).toEqual({ ...report, left: [] });
  });

  test("finds each flipped bit of a block, at the record it is in, and repair mends it", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const block = blockIn(dir);
    const sound = readFileSync(block);
    // What tells this file from its next may be anything.
    const says = (offset: number): boolean => offset < 8 || offset >= 16;
    const step = soak ? 1 : 113;
    for (let at = 0; at < sound.length; at += step) {
      if (!says(at)) continue;
      flip(block, at, at % 8);
      const found = await damages(dir);
      // What lies behind it may look like the beginning of a record, too.
      expect([1, 2]).toContain(found.length);
      for (const damage of found) {
        expect(damage).toMatchObject({ id: "a mapping", code: "ERR_DAMAGED" });
        expect(damage.where.startsWith(block)).toBe(true);
      }
      const offset = offsetOf(found[0]!);
      expect(offset).toBeLessThanOrEqual(at);
      expect(at - offset).toBeLessThan(600);
      const kept = await expectMended(dir);
      expect(kept.length).toBeGreaterThanOrEqual(expected.size - 1);
      writeFileSync(block, sound);
    }
  });

  test("finds a block that is cut, at any length", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const block = blockIn(dir);
    const sound = readFileSync(block);
    for (let length = 0; length < sound.length; length += soak || length < 30 ? 1 : 97) {
      truncateSync(block, length);
      const found = await damages(dir);
      expect(found.length).toBeGreaterThan(0);
      expect(found.every(({ where }) => where.startsWith(block))).toBe(true);
      await expectMended(dir);
      writeFileSync(block, sound);
    }
  });

  test("finds a block that is missing, and what lies in a damaged, cut or missing segment", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const block = blockIn(dir);
    const segment = segmentIn(dir);
    const injuries = [
      { path: block, inflict: (): void => rmSync(block) },
      { path: segment, inflict: (): void => flip(segment, 5000, 3) },
      { path: segment, inflict: (): void => truncateSync(segment, 30_000) },
      { path: segment, inflict: (): void => rmSync(segment) },
    ];
    for (const { path, inflict } of injuries) {
      const copies = new Map(filesIn(dir).map((file) => [file, readFileSync(file)]));
      inflict();
      const found = await damages(dir);
      if (path === segment) expect(found.every(({ where }) => where.startsWith(path))).toBe(true);
      const kept = await expectMended(dir);
      expect(kept.length).toBeLessThan(expected.size);
      for (const file of filesIn(dir)) rmSync(file);
      for (const [file, bytes] of copies) writeFileSync(file, bytes);
    }
  });

  test("finds a lost name, which repair restores once it is told", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const manifest = filesIn(dir).find((path) => path.endsWith("mapping.json"))!;
    flip(manifest, 60, 2);
    expect(await damages(dir)).toMatchObject([{ id: undefined, where: manifest }]);
    expect((await mend(dir)).left).toMatchObject([{ where: manifest, code: "ERR_DAMAGED" }]);
    const report = await mend(dir, { ids: ["a mapping", "another"] });
    expect(report).toMatchObject({ entries: expected.size, left: [] });
    expect(report.damages).toMatchObject([{ id: "a mapping", where: manifest }]);
    expect(await damages(dir)).toEqual([]);
    await using backend = fileBlocks({ dir });
    const ids: string[] = [];
    for await (const id of backend.ids()) ids.push(id);
    expect(ids).toEqual(["a mapping"]);
  });

  test("tells of a store of another version, and leaves it alone", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const manifest = filesIn(dir).find((path) => path.endsWith("mapping.json"))!;
    const content = { format: "class-cache file blocks", version: 6, id: "a mapping" };
    const checksum = crc32(JSON.stringify(Object.values(content)));
    writeFileSync(manifest, JSON.stringify({ ...content, checksum }));
    const found = await damages(dir);
    expect(found).toMatchObject([{ where: manifest, code: "ERR_FORMAT_VERSION" }]);
    expect((await mend(dir)).left).toEqual(found);
  });

  test("and repair reject with what onProgress throws, whatever it is", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    await using backend = fileBlocks({ dir });
    await backend.open("large").set(1, new Uint8Array(300_000));
    const reason = new DamagedError("Another store");
    for (const inspect of [verify, repair]) {
      const onProgress = jest.fn<() => void>().mockImplementationOnce(() => {
        throw reason;
      });
      await expect(inspect(backend, { ids: ["large"], onProgress })).rejects.toBe(reason);
    }
  });
});
