import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { damagedCopy } from "./damaged-copy.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PAGE = 4096;

/** Of a store: an index is lost, and can be made anew. */
let damaged: Buffer;

beforeAll(async () => {
  const path = join(temporaryFolder(), "c.sqlite");
  await using backend = sqlite({ path });
  const mapping = backend.open<number, number>("id");
  for (let key = 0; key < 50; key += 1) await mapping.set(key, key);
  await backend.close();
  const db = new DatabaseSync(path);
  const [index] = db
    .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_entry_1'")
    .all();
  db.close();
  damaged = readFileSync(path);
  const end = Number(index?.rootpage) * PAGE;
  damaged.fill(0, end - PAGE, end);
});

/** What keeps a store from being mended. @returns ends it */
const obstacles: Readonly<Record<string, (path: string) => () => void>> = {
  "there is no place for leases"(path) {
    writeFileSync(`${path}-leases`, "");
    return () => rmSync(`${path}-leases`);
  },
  "another process has it locked"(path) {
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    return () => other.close();
  },
};

describe("a damaged store that cannot be mended while", () => {
  test.each(Object.entries(obstacles))("%s is mended afterwards", async (_, begin) => {
    const path = damagedCopy(damaged, () => {});
    const end = begin(path);
    await using backend = sqlite({ path, busyTimeout: 100 });
    const told: unknown[] = [];
    const mapping = backend.open<number, number>("id", {
      onError: (error) => told.push((error as { code?: unknown }).code),
    });
    expect(await mapping.get(7)).toBeUndefined();
    expect(told).toEqual(expect.arrayContaining(["ERR_DAMAGED", "ERR_STORE"]));
    await expect(mapping.set(-1, 1)).rejects.toMatchObject({ code: "ERR_STORE" });
    end();
    await sleep(1000);
    expect(await mapping.get(7)).toBe(7);
    await mapping.set(-1, 1);
    expect(await mapping.get(-1)).toBe(1);
  });
});
