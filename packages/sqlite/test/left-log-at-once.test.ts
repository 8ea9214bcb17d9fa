import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PROCESSES = 3;
const STORES = 12;
const EVERY_MS = 250;
const FRAME = 24 + 4096;

const keys = Array.from({ length: 40 }, (_, n) => `key ${n}`);

/** What several processes find in each of some stores with a damaged log that they open at the same moment. */
async function found(damage: (path: string) => void): Promise<Set<string>> {
  const folder = temporaryFolder();
  const source = join(folder, "source.sqlite");
  const entries = Object.fromEntries(keys.map((key) => [key, "the value"]));
  const writer = new Child("killed-writer.ts", { path: source, entries, copies: false });
  await writer.line("written");
  await writer.kill();
  const paths = Array.from({ length: STORES }, (_, number) => join(folder, `${number}.sqlite`));
  for (const path of paths) {
    for (const end of ["", "-wal", "-shm", "-boot"])
      writeFileSync(path + end, readFileSync(source + end));
    damage(path);
  }
  const options = { paths, keys, startMs: Date.now() + 1500, everyMs: EVERY_MS };
  const readers = Array.from({ length: PROCESSES }, () => new Child("reader-at-once.ts", options));
  const lines = await Promise.all(readers.map((reader) => reader.success()));
  return new Set(lines.flatMap(([line]) => (JSON.parse(line ?? "") as string[][]).flat()));
}

describe("a damaged log that a killed process left, of a store that several open at once", () => {
  test("is mended by one before any other uses it", async () => {
    const values = await found((path) => {
      const log = readFileSync(`${path}-wal`);
      log[32 + 5 * FRAME + 1500]! ^= 4;
      writeFileSync(`${path}-wal`, log);
    });
    values.delete("nothing");
    expect(values).toEqual(new Set(["the value"]));
  });

  test("of which a part is lost, has one begin it anew before any other uses it", async () => {
    const values = await found((path) => truncateSync(`${path}-wal`, 32 + 45 * FRAME));
    expect(values).toEqual(new Set(["nothing"]));
  });
});
