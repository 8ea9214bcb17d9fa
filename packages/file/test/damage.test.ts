import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { FILE_HEADER_BYTES } from "../src/block-file.ts";
import { PLAIN, SUPERSEDED } from "../src/record.ts";
import { EVEN } from "../src/record-layout.ts";
import { expected, fileOf, makeStore, readAll } from "./damaged-store.ts";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

const soak = process.env.CLASS_CACHE_SOAK === "1";

/** Every byte that a file had, put back after use. */
function withDamage(path: string, damage: () => void): () => void {
  const bytes = readFileSync(path);
  damage();
  return () => writeFileSync(path, bytes);
}

function flip(path: string, offset: number, bit: number): () => void {
  return withDamage(path, () => {
    const byte = readFileSync(path)[offset] ?? 0;
    const fd = openSync(path, "r+");
    writeSync(fd, Buffer.of(byte ^ (1 << bit)), 0, 1, offset);
    closeSync(fd);
  });
}

describe("damage to a store", () => {
  test("a flipped bit anywhere in a block loses at most the record it is in", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const block = fileOf(dir, "root.block");
    const { length } = readFileSync(block);
    let losses = 0;
    for (let offset = 0; offset < length; offset += 1) {
      for (let bit = offset % 8; bit < 8; bit += soak ? 1 : 8) {
        const mend = flip(block, offset, bit);
        const { lost, reports } = await readAll(dir);
        expect(lost.length).toBeLessThanOrEqual(1);
        losses += lost.length;
        expect(reports.every((code) => code === "ERR_DAMAGED")).toBe(true);
        mend();
      }
    }
    expect(losses).toBeGreaterThan(expected.size * 40);
    expect((await readAll(dir)).lost).toEqual([]);
  });

  test("a flipped bit in a segment loses at most the record it is in, and is reported", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const original = temporaryFolder();
    cpSync(dir, original, { recursive: true });
    const segment = fileOf(dir, ".segment");
    const { length } = readFileSync(segment);
    for (let offset = 0; offset < length; offset += offset < 120 || soak ? 1 : 997) {
      cpSync(original, dir, { recursive: true });
      flip(segment, offset, offset % 8);
      const { lost, reports } = await readAll(dir);
      // The mark at the beginning, which no checksum covers, is of no meaning in a segment.
      const isMark = offset === 0;
      expect(lost).toEqual(isMark ? [] : ["large"]);
      expect(reports.includes("ERR_DAMAGED")).toBe(!isMark);
      expect((await readAll(dir)).lost).toEqual(lost);
    }
  });

  test("what is lost to damage can be stored again, with setDefault too, for every process", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    await using early = fileBlocks({ dir });
    expect(await early.open("mapping").has("large")).toBe(true);
    flip(fileOf(dir, ".segment"), 500, 1);
    flip(
      fileOf(dir, "root.block"),
      readFileSync(fileOf(dir, "root.block")).indexOf("value of a"),
      1,
    );
    await using backend = fileBlocks({ dir });
    const mapping = backend.open<string, string>("mapping");
    for (const key of ["large", "a"]) {
      expect(await mapping.setDefault(key, "anew")).toBe("anew");
      expect(await mapping.get(key)).toBe("anew");
      expect(await early.open("mapping").get(key)).toBe("anew");
      await using later = fileBlocks({ dir });
      expect(await later.open("mapping").get(key)).toBe("anew");
    }
  });

  test("damage under an open handle is a miss as well", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const reports: Error[] = [];
    await using backend = fileBlocks({ dir });
    const mapping = backend.open<string, string>("mapping", {
      onError: (error) => reports.push(error),
    });
    expect(await mapping.size()).toBe(expected.size);
    const block = fileOf(dir, "root.block");
    flip(block, readFileSync(block).indexOf("value of c"), 0);
    expect(await mapping.get("c")).toBeUndefined();
    expect(reports[0]).toMatchObject({ code: "ERR_DAMAGED" });
    expect(reports[0]?.message).toContain(block);
    expect(await mapping.has("c")).toBe(false);
    expect(await mapping.size()).toBe(expected.size - 1);
    expect(await mapping.get("a")).toBe("value of a");
    await mapping.set("c", "anew");
    expect(await mapping.get("c")).toBe("anew");
  });

  test("a block cut at any length keeps the records before the cut, reports what is lost, and takes new ones", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const original = temporaryFolder();
    cpSync(dir, original, { recursive: true });
    const block = fileOf(dir, "root.block");
    const { length } = readFileSync(block);
    let losses = -1;
    for (let size = length; size >= 0; size -= soak || size < 40 ? 1 : 11) {
      cpSync(original, dir, { recursive: true });
      truncateSync(block, size);
      const { lost, reports } = await readAll(dir);
      expect(lost.length).toBeGreaterThanOrEqual(losses < 0 ? 0 : losses);
      expect([size, reports.includes("ERR_DAMAGED")]).toEqual([size, size < length]);
      losses = lost.length;
      await using backend = fileBlocks({ dir });
      const mapping = backend.open<string, string>("mapping");
      await mapping.set("new", "one");
      await mapping.set("new", "two");
      expect(await mapping.get("new")).toBe("two");
      await using another = fileBlocks({ dir });
      expect(await another.open("mapping").get("new")).toBe("two");
    }
    expect(losses).toBe(expected.size);
  });

  test("a block that is cut under an open handle is read anew", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const block = fileOf(dir, "root.block");
    const { length } = readFileSync(block);
    for (let size = length - 1; size >= 0; size -= 41) {
      await using backend = fileBlocks({ dir });
      const mapping = backend.open<string, string>("mapping");
      for (const key of expected.keys()) await mapping.get(key);
      const mend = withDamage(block, () => truncateSync(block, size));
      for (const [key, value] of expected)
        expect([undefined, value]).toContain(await mapping.get(key));
      expect(await mapping.get("deleted")).toBeUndefined();
      await mapping.set("new", "value");
      expect(await mapping.get("new")).toBe("value");
      mend();
    }
  });

  test("a segment that is cut or gone loses what was in it alone", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const segment = fileOf(dir, ".segment");
    const { length } = readFileSync(segment);
    for (const size of [length - 1, length >> 1, 80, 20, 0]) {
      truncateSync(segment, size);
      expect((await readAll(dir)).lost).toEqual(["large"]);
    }
  });

  test("mapping.json: a flip or a cut anywhere changes no answer", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const manifest = fileOf(dir, "mapping.json");
    const { length } = readFileSync(manifest);
    for (let offset = 0; offset < length; offset += 1) {
      const unflip = flip(manifest, offset, offset % 8);
      expect((await readAll(dir)).lost).toEqual([]);
      unflip();
      const mend = withDamage(manifest, () => truncateSync(manifest, offset));
      expect((await readAll(dir)).lost).toEqual([]);
      mend();
    }
    truncateSync(manifest, 5);
    await using backend = fileBlocks({ dir });
    await backend.open("mapping").prune();
    const ids: string[] = [];
    for await (const id of backend.ids()) ids.push(id);
    expect(ids).toEqual(["mapping"]);
  });

  test("garbage behind a block is passed over, also when it looks like the start of a record", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const block = fileOf(dir, "root.block");
    const bytes = readFileSync(block);
    const tails = [
      Buffer.alloc(1),
      Buffer.alloc(5000),
      ...[[PLAIN, 0, 3], [PLAIN, 0], [PLAIN], [SUPERSEDED]].map((start) => Buffer.from(start)),
      Buffer.alloc(500, PLAIN),
      Buffer.concat(Array.from({ length: 500 }, () => Buffer.of(PLAIN, EVEN, 1, 130))),
      bytes.subarray(FILE_HEADER_BYTES, FILE_HEADER_BYTES + 30),
      bytes.subarray(FILE_HEADER_BYTES + 1),
    ];
    for (const tail of tails) {
      writeFileSync(block, Buffer.concat([bytes, tail]));
      const { lost } = await readAll(dir);
      expect(lost).toEqual([]);
      await using backend = fileBlocks({ dir });
      const mapping = backend.open<string, string>("mapping");
      await mapping.set("new", "value");
      await using another = fileBlocks({ dir });
      expect(await another.open("mapping").get("new")).toBe("value");
    }
  });

  test("strange files in the folders are left alone and disturb nothing", async () => {
    const dir = temporaryFolder();
    await makeStore(dir);
    const epoch = join(fileOf(dir, "root.block"), "..");
    const strange = [
      join(dir, "README"),
      join(dir, "mapping-00000000000000000000000000000000"),
      join(epoch, "..", "notes.txt"),
      join(epoch, "zz.block"),
      join(epoch, "..", ".DS_Store"),
      join(epoch, "Thumbs.db"),
      join(epoch, "000000000000.segment.bak"),
    ];
    for (const path of strange) writeFileSync(path, "strange");
    mkdirSync(join(dir, "a folder"));
    writeFileSync(join(dir, "a folder", "mapping.json"), "{}");
    expect((await readAll(dir)).lost).toEqual([]);
    await using backend = fileBlocks({ dir });
    const ids: string[] = [];
    for await (const id of backend.ids()) ids.push(id);
    expect(ids).toEqual(["mapping"]);
    await backend.open("mapping").prune();
    for (const path of strange) expect(readFileSync(path, "utf8")).toBe("strange");
  });

  test("a larger store of many blocks survives flips in all its files", async () => {
    const dir = temporaryFolder();
    const values = new Map<number, string>();
    for (let key = 0; key < 120; key += 1)
      values.set(key, `${key} `.repeat(key % 60 === 0 ? 9000 : key));
    await using writer = fileBlocks({ dir, maxBlockBytes: 4000 });
    await writer.open("mapping").setMany(values);
    for (let key = 0; key < 120; key += 1) await writer.open("mapping").set(key, values.get(key));
    const files = filesIn(dir).filter((path) => basename(path) !== "locks");
    expect(files.length).toBeGreaterThan(17);
    const original = temporaryFolder();
    cpSync(dir, original, { recursive: true });
    for (let round = 0; round < (soak ? 2000 : 50); round += 1) {
      const path = files[round % files.length] ?? "";
      const unflip = flip(path, Math.floor(Math.random() * readFileSync(path).length), round % 8);
      await using backend = fileBlocks({ dir, maxBlockBytes: 4000 });
      const mapping = backend.open<number, string>("mapping");
      let lost = 0;
      for (const [key, value] of values) {
        const found = await mapping.get(key);
        if (found === undefined) lost += 1;
        expect([undefined, value]).toContain(found);
      }
      expect(lost).toBeLessThanOrEqual(1);
      unflip();
      // Whoever comes upon a damaged large value deletes it.
      if (lost > 0) cpSync(original, dir, { recursive: true });
    }
  });
});
