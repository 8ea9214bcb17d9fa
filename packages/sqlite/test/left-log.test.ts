import {
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
import { DatabaseSync } from "node:sqlite";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { repair, verify } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import { makeStore } from "../src/new-store.ts";
import { Child } from "./child.ts";
import type { How, LeftFiles } from "./left-store.ts";
import { expected, filesOfKilled, flip, FRAME, HOWS, layOut, read } from "./left-store.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const left = new Map<How, LeftFiles>();

beforeAll(async () => {
  for (const how of HOWS) left.set(how, await filesOfKilled(how));
});

/** Such a store with a change to its files. @returns the path of the database */
function leftStore(how: How, change: (path: string) => void): string {
  return layOut(left.get(how)!, change);
}

const all = { right: expected.size, reports: 0 };

describe("the log of writes that a killed process left", () => {
  test("has all that was written", async () => {
    for (const how of left.keys()) {
      expect(await read(leftStore(how, () => {}))).toEqual(all);
    }
  });

  test("costs nothing but what lies under it where a bit of a frame is flipped", async () => {
    const log = left.get("logged")!.get("-wal")!;
    for (let at = 3; at < log.length; at += 9973) {
      const { right, reports } = await read(leftStore("logged", (path) => flip(`${path}-wal`, at)));
      expect(right).toBeGreaterThanOrEqual(expected.size - 1);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("costs nothing where anything but a page is damaged: its header, or that of a frame", async () => {
    const places = [...Array(32).keys(), ...Array.from({ length: 24 }, (_, at) => 32 + FRAME + at)];
    for (const at of places) {
      const { right, reports } = await read(leftStore("logged", (path) => flip(`${path}-wal`, at)));
      expect([at, right]).toEqual([at, expected.size]);
      expect(reports).toBeGreaterThan(0);
    }
  });

  test("is the end of the store where a part of it is lost: nothing that was replaced comes back", async () => {
    for (const how of ["logged", "replaced"] as const) {
      const { length } = left.get(how)!.get("-wal")!;
      for (const size of [0, 20, 32, 32 + FRAME, Math.floor(length / 2), length - 1]) {
        const path = leftStore(how, (path) => truncateSync(`${path}-wal`, size));
        const { right, reports } = await read(path);
        expect(right).toBe(0);
        expect(reports).toBeGreaterThan(0);
        await using backend = sqlite({ path });
        await backend.open("a mapping").set("a", 1);
        expect(await backend.open("a mapping").get("a")).toBe(1);
      }
    }
  });

  test("costs nothing, however damaged, where the database has it all", async () => {
    const { length } = left.get("copied")!.get("-wal")!;
    for (const size of [0, 20, 32 + FRAME, Math.floor(length / 2), length - 1]) {
      const path = leftStore("copied", (path) => truncateSync(`${path}-wal`, size));
      expect((await read(path)).right).toBe(expected.size);
    }
    for (let at = 5; at < length; at += 20_011) {
      const path = leftStore("copied", (path) => flip(`${path}-wal`, at));
      expect((await read(path)).right).toBe(expected.size);
    }
  });

  test("is not lost with the first page of the database", async () => {
    for (const size of [0, 1, 17, 59, 90, 4095]) {
      const path = leftStore("logged", (path) => truncateSync(path, size));
      expect((await read(path)).reports).toBeGreaterThan(0);
      await using backend = sqlite({ path });
      await backend.open("a mapping").set("a", 1);
      expect(await backend.open("a mapping").get("a")).toBe(1);
    }
  });

  test("is taken as SQLite takes it where its index is not certain", async () => {
    const log = left.get("logged")!.get("-wal")!;
    const withoutIndex = [
      (index: string): void => rmSync(index),
      (index: string): void => truncateSync(index, 3),
      (index: string): void => truncateSync(index, 500),
      (index: string): void => writeFileSync(index, Buffer.alloc(32 * 1024)),
      // The first of its two copies, and the second.
      (index: string): void => flip(index, 17),
      (index: string): void => flip(index, 48 + 17),
    ];
    for (const change of withoutIndex) {
      const path = leftStore("logged", (path) => {
        // As a killed process leaves what it was writing, behind what another wrote over its beginning.
        writeFileSync(`${path}-wal`, Buffer.concat([log, log.subarray(32 + 5 * FRAME)]));
        change(`${path}-shm`);
      });
      expect(await read(path)).toEqual(all);
    }
  });

  test("may end anywhere after a loss of power: what was there before is what is left", async () => {
    for (const id of ["that of another start", ""]) {
      const path = leftStore("logged", (path) => {
        truncateSync(`${path}-wal`, readFileSync(`${path}-wal`).length - 20 * FRAME);
        writeFileSync(`${path}-boot`, id);
      });
      await using backend = sqlite({ path });
      const mapping = backend.open<string, string>("a mapping");
      expect(await mapping.size()).toBe(expected.size);
    }
  });

  test("and was removed since, with another store in its place, says nothing of that", async () => {
    const other = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path: other });
    await backend.open("a mapping").set("a", 1);
    await backend.close();
    const path = leftStore("logged", (path) => {
      rmSync(`${path}-wal`);
      writeFileSync(path, readFileSync(other));
    });
    await using again = sqlite({ path });
    expect(await again.open("a mapping").get("a")).toBe(1);
  });

  test("is told of by verify, which leaves it as it is, and mended by repair", async () => {
    const path = leftStore("logged", (path) => flip(`${path}-wal`, 40));
    await using backend = sqlite({ path });
    const damage = { where: `${path}-wal`, code: "ERR_DAMAGED" };
    for (let round = 0; round < 2; round += 1) {
      expect((await verify(backend)).damages).toMatchObject([damage]);
    }
    expect(await repair(backend)).toMatchObject({
      entries: expected.size,
      damages: [damage],
      left: [],
    });
    expect((await verify(backend)).damages).toEqual([]);
    expect(await read(path)).toEqual(all);
  });

  test("of another program is not ours to mend", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const db = new DatabaseSync(path);
    db.exec(
      `PRAGMA journal_mode = WAL;
       CREATE TABLE theirs (a);
       PRAGMA wal_checkpoint;
       INSERT INTO theirs VALUES (1);
       INSERT INTO theirs VALUES (2);`,
    );
    const files = new Map(["", "-wal", "-shm"].map((end) => [end, readFileSync(path + end)]));
    db.close();
    for (const [end, bytes] of files) writeFileSync(path + end, bytes);
    writeFileSync(`${path}-boot`, left.get("logged")!.get("-boot")!);
    truncateSync(`${path}-wal`, 32 + FRAME);
    await using backend = sqlite({ path });
    await expect(backend.open("a mapping").set("a", 1)).rejects.toMatchObject({
      code: "ERR_STORE",
    });
    expect(existsSync(path)).toBe(true);
  });

  test("is left alone while a process has the store open", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const entries = Object.fromEntries(expected);
    const writer = new Child("killed-writer.ts", { path, entries, copies: false });
    await writer.line("written");
    flip(`${path}-wal`, 20);
    expect((await read(path)).right).toBe(expected.size);
    expect(existsSync(path)).toBe(true);
    await writer.kill();
  });
});

describe("mending the log of writes that a killed process left", () => {
  const half = (path: string): void => truncateSync(`${path}-wal`, 32 + 20 * FRAME + 700);

  test("begins the store anew whenever a process dies at that: nothing that was replaced comes back", async () => {
    const fresh = join(temporaryFolder(), "c.sqlite");
    makeStore(fresh);
    const steps = [
      (path: string): void => truncateSync(`${path}-wal`),
      (path: string): void => writeFileSync(path, readFileSync(fresh)),
      (path: string): void => rmSync(`${path}-wal`),
      (path: string): void => rmSync(`${path}-shm`),
    ];
    for (let count = 0; count <= steps.length; count += 1) {
      const path = leftStore("replaced", (path) => {
        half(path);
        for (const step of steps.slice(0, count)) step(path);
      });
      await using backend = sqlite({ path });
      const mapping = backend.open<string, unknown>("a mapping", { onError() {} });
      await mapping.set("another", 1);
      const keys: string[] = [];
      for await (const key of mapping.keys()) keys.push(key);
      expect(keys).toEqual(["another"]);
      await backend.close();
      expect(readdirSync(join(path, "..")).filter((name) => name.startsWith("c.sqlite-w"))).toEqual(
        [],
      );
    }
  });

  test("leaves the database in its place, with its owner and mode", async () => {
    const path = leftStore("replaced", half);
    const { ino, mode } = statSync(path);
    expect((await read(path)).right).toBe(0);
    expect(statSync(path)).toMatchObject({ ino, mode });
  });

  test("puts it in its place in one step, or leaves it as it was", async () => {
    const path = leftStore("replaced", (path) => {
      flip(`${path}-wal`, 32 + 3 * FRAME + 1000);
      // In the way of what is written first.
      mkdirSync(`${path}-wal-mended`);
    });
    const log = readFileSync(`${path}-wal`);
    await using backend = sqlite({ path });
    await backend.open("a mapping", { onError() {} }).get("key 0");
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);
    await backend.close();
    rmSync(`${path}-wal-mended`, { recursive: true });
  });

  test("takes a frame's page from what of the frame and the index is sound", async () => {
    const page = (frame: number): number => 136 + frame * 4;
    const found = async (change: (path: string) => void): Promise<number> =>
      (await read(leftStore("replaced", change))).right;
    for (let frame = 1; frame < 60; frame += 7) {
      // A bit of a page, and one of what the index says of another frame.
      const right = await found((path) => {
        flip(`${path}-wal`, 32 + 24 + 2000);
        flip(`${path}-shm`, page(frame), frame % 3);
      });
      expect(right).toBeGreaterThanOrEqual(expected.size - 1);
      // Both of one frame: nobody knows which page it is.
      const both = await found((path) => {
        flip(`${path}-wal`, 32 + frame * FRAME + 2000);
        flip(`${path}-shm`, page(frame), frame % 3);
      });
      expect(both).toBe(0);
    }
  });

  test("takes the database for whole only where the index says that it has exactly all", async () => {
    for (let bit = 0; bit < 32; bit += 1) {
      const { right } = await read(
        leftStore("replaced", (path) => {
          truncateSync(`${path}-wal`, Math.floor(readFileSync(`${path}-wal`).length * 0.7));
          flip(`${path}-shm`, 96 + Math.floor(bit / 8), bit % 8);
        }),
      );
      expect(right).toBe(0);
    }
  });
});
