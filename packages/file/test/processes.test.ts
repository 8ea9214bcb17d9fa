import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { BULK_COUNT } from "./bulk-values.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** Asks a follower to act, and waits for its answer. */
async function follow(
  dir: string,
  socket: string,
): Promise<(...order: unknown[]) => Promise<unknown>> {
  await new Child("follower.ts", { dir, socket }).line("ready");
  const connection = createConnection(socket);
  const answers: ((line: string) => void)[] = [];
  createInterface(connection).on("line", (line) => answers.shift()?.(line));
  return (...order) =>
    new Promise((resolve) => {
      answers.push((line) => resolve(JSON.parse(line)));
      connection.write(`${JSON.stringify(order)}\n`);
    });
}

describe("many processes on one store", () => {
  test("16 processes that write 32 keys each leave 512", async () => {
    const dir = temporaryFolder();
    const children = Array.from(
      { length: 16 },
      (_, number) => new Child("fill.ts", { dir, number, keys: 32, maxBlockBytes: 4000 }),
    );
    await Promise.all(children.map((child) => child.success()));
    await using backend = fileBlocks({ dir });
    const mapping = backend.open<[number, number], unknown>("shared");
    expect(await mapping.size()).toBe(512);
    for (let number = 0; number < 16; number += 1) {
      for (let index = 0; index < 32; index += 1) {
        expect(await mapping.get([number, index])).toEqual({
          number,
          index,
          text: "v".repeat(index * 10),
        });
      }
    }
  });

  test("3,072 entries that one process writes are all read back in another", async () => {
    const dir = temporaryFolder();
    const all = `${BULK_COUNT} ${BULK_COUNT}`;
    expect(await new Child("bulk.ts", { dir, task: "write" }).success()).toEqual([all]);
    expect(await new Child("bulk.ts", { dir, task: "check" }).success()).toEqual([all]);
  });

  test("a process sees at its next call what another was acknowledged", async () => {
    const dir = temporaryFolder();
    const other = await follow(dir, join(dir, "socket"));
    await using backend = fileBlocks({ dir, maxBlockBytes: 2000 });
    const mapping = backend.open<string, unknown>("shared");
    expect(await mapping.get("key 0")).toBeUndefined();
    for (let round = 0; round < 150; round += 1) {
      const key = `key ${round % 40}`;
      await other("set", key, round);
      expect(await mapping.get(key)).toBe(round);
      await mapping.set(key, -round - 1);
      expect(await other("get", key)).toBe(-round - 1);
      if (round % 3 === 0) {
        expect(await other("delete", key)).toBe(true);
        expect(await mapping.has(key)).toBe(false);
        expect(await mapping.delete(key)).toBe(false);
      }
      if (round % 25 === 0) {
        await (round % 50 === 0 ? other("clear") : mapping.clear());
        expect(await mapping.size()).toBe(0);
        expect(await other("size")).toBe(0);
      }
      if (round % 40 === 0) {
        await mapping.set(key, round);
        expect(await other("drop")).toBe(true);
        expect(await mapping.get(key)).toBeUndefined();
        expect(await backend.drop("shared")).toBe(false);
      }
    }
    expect(await other("size")).toBe(await mapping.size());
  });

  test("8 processes that hammer one store lose and mix up nothing", async () => {
    const dir = temporaryFolder();
    const children = Array.from(
      { length: 8 },
      (_, number) => new Child("hammer.ts", { dir, number, rounds: 400 }),
    );
    const ends = await Promise.all(children.map((child) => child.success()));
    const errors: Error[] = [];
    await using backend = fileBlocks({ dir });
    const mapping = backend.open<string, { by: number; round: number; fill: string }>("shared", {
      onError: (error) => errors.push(error),
    });
    let own = 0;
    for (const [number, [line = ""]] of ends.entries()) {
      const told = JSON.parse(line) as { expected: [string, number][]; errors: string[] };
      expect(told.errors).toEqual([]);
      for (const [key, round] of told.expected) {
        expect(await mapping.get(key)).toMatchObject({ by: number, round });
      }
      own += told.expected.length;
    }
    let found = 0;
    for await (const key of mapping.keys()) if (key.startsWith("own")) found += 1;
    expect(found).toBe(own);
    expect(errors).toEqual([]);
  });

  test("clears at the same time as writes leave either, and a store that works", async () => {
    const dir = temporaryFolder();
    const one = await follow(dir, join(dir, "one"));
    const other = await follow(dir, join(dir, "other"));
    for (let round = 0; round < 25; round += 1) {
      const before = Array.from({ length: 10 }, (_, key) => one("set", `key ${key}`, round));
      const clears = [one("clear"), other("clear")];
      const after = Array.from({ length: 10 }, (_, key) => other("set", `key ${key}`, -round - 1));
      await Promise.all([...before, ...clears, ...after]);
      for (let key = 0; key < 10; key += 1) {
        const value = await one("get", `key ${key}`);
        expect([null, round, -round - 1]).toContain(value);
        expect(await other("get", `key ${key}`)).toBe(value);
      }
      await one("clear");
      expect(await other("size")).toBe(0);
      await other("set", "last", round);
      expect(await one("get", "last")).toBe(round);
    }
  });
});
