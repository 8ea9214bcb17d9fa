import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { fileCalls } from "../src/file-calls.ts";
import { KeyHash } from "../src/key-hash.ts";
import { OpenFiles } from "../src/open-files.ts";
import type { Pointer } from "../src/pointer.ts";
import { RecordWriter } from "../src/record-writer.ts";
import { Segments } from "../src/segments.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const SALT = 7;
const KEY = "key";
const writer = new RecordWriter();

function put(segments: Segments, content: string): Pointer {
  const value = Buffer.alloc(10_000, content);
  const rest = { storedAt: 1, expiresAt: undefined, cost: undefined };
  const head = { flags: 0, hash: KeyHash.of(KEY), ...rest };
  const pieces = (salt: number): readonly Uint8Array[] =>
    writer.pieces(salt, head, KEY, [value], false);
  const frame = { valueBytes: value.length, isLent: false, pieces };
  return segments.append(frame, false, (pointer) => pointer) as Pointer;
}

const noReport = (error: Error): void => {
  throw error;
};

describe("an emptied segment", () => {
  test("is written to again, and what led to its records leads nowhere", async () => {
    const folder = temporaryFolder();
    const segments = new Segments(fileCalls, folder, SALT, new OpenFiles());
    const slow = new Segments(fileCalls, folder, SALT, new OpenFiles());
    const old = put(segments, "old");
    const other = put(segments, "other");
    expect(slow.read(old, noReport)).toMatchObject({ valueLength: 10_000 });
    const { ino } = statSync(segments.files.path(old.segment));

    const held = segments.hold(old.segment)!;
    segments.forget(old.segment);
    segments.active.offer(segments.files.makeSpare(old.segment));
    held.file.close();
    const next = put(segments, "new");
    expect(statSync(segments.files.path(next.segment)).ino).toBe(ino);
    expect(next).toMatchObject({ offset: old.offset, length: old.length });
    expect(next.segment).not.toBe(old.segment);

    for (const reader of [slow, segments, new Segments(fileCalls, folder, SALT, new OpenFiles())]) {
      expect(await reader.read(old, noReport)).toBe("missing");
      expect(await reader.read(next, noReport)).toMatchObject({ valueLength: 10_000 });
      reader.close();
    }
    // The file still holds it, behind what was written, up to the end of its use.
    expect(other.offset).toBeGreaterThan(old.offset);
    expect(statSync(segments.files.path(next.segment)).size).toBe(next.length);
  });

  test("is had by one, of many that want it", () => {
    const folder = temporaryFolder();
    const one = new Segments(fileCalls, folder, SALT, new OpenFiles());
    const { segment } = put(one, "old");
    const held = one.hold(segment)!;
    const spare = one.files.makeSpare(segment);
    held.file.close();
    const wanting = Array.from(
      { length: 4 },
      () => new Segments(fileCalls, folder, SALT, new OpenFiles()),
    );
    for (const segments of wanting) segments.active.learn(segments.files.list());
    const numbers = wanting.map((segments) => put(segments, "new").segment);
    expect(new Set(numbers).size).toBe(4);
    expect(one.files.takeSpare(spare)).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(4);
    for (const segments of wanting) segments.close();
  });
});

describe("a segment that is renamed between its opening and its locking", () => {
  /** Segments of a folder, and a collection by another process in the instant before their first lock. */
  function interrupted(folder: string): Segments {
    let isFirst = true;
    const tryLock: typeof fileCalls.tryLock = (fd) => {
      if (isFirst) {
        isFirst = false;
        const { files } = new Segments(fileCalls, folder, SALT, new OpenFiles());
        const [number] = files.list().segments.keys();
        const held = files.hold(number!)!;
        files.makeSpare(number!);
        held.file.close();
      }
      return fileCalls.tryLock(fd);
    };
    return new Segments({ ...fileCalls, tryLock }, folder, SALT, new OpenFiles());
  }

  test("is not written to, when it was just made", () => {
    const folder = temporaryFolder();
    const segments = interrupted(folder);
    const pointer = put(segments, "new");
    const reader = new Segments(fileCalls, folder, SALT, new OpenFiles());
    expect(reader.read(pointer, noReport)).toMatchObject({ valueLength: 10_000 });
  });

  test("is not written to, when it was left unfinished", () => {
    const folder = temporaryFolder();
    const first = new Segments(fileCalls, folder, SALT, new OpenFiles());
    put(first, "old");
    first.close();
    const pointer = put(interrupted(folder), "new");
    const reader = new Segments(fileCalls, folder, SALT, new OpenFiles());
    expect(reader.read(pointer, noReport)).toMatchObject({ valueLength: 10_000 });
  });
});

const LARGE = 100_000;

test("entries that are overwritten for long use few files again and again, and prune leaves no spare", async () => {
  const dir = temporaryFolder();
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<number, Buffer>("id");
  const inodes = new Set<number>();
  for (let write = 0; write < 840; write += 1) {
    await mapping.set(write % 60, Buffer.alloc(LARGE, write));
    if (write % 20 > 0) continue;
    for (const path of filesIn(dir)) {
      if (/\.(segment|spare)$/.test(path)) inodes.add(statSync(path).ino);
    }
  }
  // 80 MB were written, which would take some 20 files of 4 MiB.
  expect(inodes.size).toBeLessThan(10);
  await mapping.prune();
  expect(filesIn(dir).filter((path) => path.endsWith(".spare"))).toEqual([]);
  for (let key = 0; key < 60; key += 1) {
    expect((await mapping.get(key))?.equals(Buffer.alloc(LARGE, 780 + key))).toBe(true);
  }
});

test("a store that grows looks through its folder and opens files rarely", async () => {
  const dir = temporaryFolder();
  await using backend = fileBlocks({ dir });
  const mapping = backend.open<number, Buffer>("id");
  await mapping.set(-1, Buffer.alloc(LARGE));
  const epoch = join(
    filesIn(dir).find((path) => path.endsWith(".segment"))!,
    "..",
  );
  for (let key = 0; key < 600; key += 1) await mapping.set(key, Buffer.alloc(LARGE, key));
  const sizes = readdirSync(epoch)
    .filter((name) => name.endsWith(".segment"))
    .map((name) => statSync(join(epoch, name)).size);
  // None was taken up again for a few bytes more than it was left with.
  expect(sizes.length).toBeLessThan(17);
  expect(Math.max(...sizes)).toBeLessThan(9 * 1024 * 1024);
});

test.each(["normal", "sync"] as const)("values set at once stay apart, %s", async (durability) => {
  await using backend = fileBlocks({ dir: temporaryFolder(), durability });
  const mapping = backend.open<number, Buffer>("id");
  const values = Array.from({ length: 40 }, (_, key) => Buffer.alloc(6_000 + key * 500, key + 1));
  await mapping.set(-1, Buffer.alloc(LARGE));
  await Promise.all(values.map((value, key) => mapping.set(key, value)));
  for (const [key, value] of values.entries()) {
    expect((await mapping.get(key))?.equals(value)).toBe(true);
  }
});
