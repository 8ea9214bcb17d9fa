import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Level } from "level";
import { describe, expect, test } from "@jest/globals";
import type { MutableMapping } from "@class-cache/mapping";
import { level } from "@class-cache/level";
import { filesIn, temporaryFolder } from "./temporary-folder.ts";

type Raw = Level<string, Buffer>;

async function change(dir: string, work: (database: Raw) => Promise<void>): Promise<void> {
  const database: Raw = new Level(join(dir, "db"), { valueEncoding: "buffer" });
  await work(database);
  await database.close();
}

async function fill(dir: string, count: number): Promise<void> {
  await using backend = level({ dir });
  const mapping = backend.open<number, string>("m");
  for (let key = 0; key < count; key += 1) await mapping.set(key, valueOf(key));
}

function valueOf(key: number): string {
  return `${key}`.repeat(key * 40);
}

/** Has LevelDB move what is in its log into a table, as it does whenever it is opened. */
function toTable(dir: string): Promise<void> {
  return change(dir, async () => {});
}

/** A store to be damaged while the other stays whole. */
function copyOf(dir: string): string {
  const copy = temporaryFolder();
  cpSync(dir, copy, { recursive: true });
  return copy;
}

/** The newest table. */
function tableIn(dir: string): string {
  const paths = filesIn(join(dir, "db")).filter((path) => path.endsWith(".ldb"));
  return paths.toSorted().at(-1)!;
}

describe("a damaged store", () => {
  test("a damaged record is a miss that is reported, for owner and guest", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    const large = "v".repeat(40_000);
    await backend.open("m").setMany([
      ["small", 1],
      ["large", large],
      ["well", 2],
    ]);
    await backend.close();
    await change(dir, async (database) => {
      for await (const [key, value] of database.iterator()) {
        if (!/^(?:e.*small|v.*large)/.test(key)) continue;
        value[value.length - 1]! ^= 1;
        await database.put(key, value);
      }
    });
    await using owner = level({ dir });
    await using guest = level({ dir });
    for (const each of [owner, guest]) {
      const errors: Error[] = [];
      const mapping = each.open("m", { onError: (error) => errors.push(error) });
      expect(await mapping.getMany(["small", "large", "well"])).toEqual([undefined, undefined, 2]);
      expect(await mapping.get("small")).toBeUndefined();
      expect(errors).toMatchObject(Array.from({ length: 3 }, () => ({ code: "ERR_DAMAGED" })));
      expect(await mapping.has("small")).toBe(false);
      const found: unknown[] = [];
      for await (const entry of mapping) found.push(entry);
      expect(found).toEqual([["well", 2]]);
    }
    const mapping = guest.open("m", { onError: () => {} });
    expect(await mapping.setDefault("large", "anew")).toBe("anew");
    expect(await mapping.setDefault("small", "anew")).toBe("anew");
    expect(await owner.open("m").getMany(["small", "large"])).toEqual(["anew", "anew"]);
    expect(await owner.open("m").size()).toBe(3);
  });

  test("any bit of a table flipped gives every value", async () => {
    const dir = temporaryFolder();
    await fill(dir, 60);
    await toTable(dir);
    {
      await using backend = level({ dir });
      expect(await backend.open("m").size()).toBe(60);
    }
    const sound = readFileSync(tableIn(dir));
    let seed = 7;
    for (let round = 0; round < 40; round += 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const damaged = Buffer.from(sound);
      damaged[seed % damaged.length]! ^= 1 << (round % 8);
      const copy = copyOf(dir);
      writeFileSync(tableIn(copy), damaged);
      await using backend = level({ dir: copy });
      const mapping = backend.open<number, string>("m");
      for (let key = 0; key < 60; key += 1) expect(await mapping.get(key)).toBe(valueOf(key));
    }
  });

  test("any bit of the seal flipped costs nothing, and the next seal is whole", async () => {
    const dir = temporaryFolder();
    await fill(dir, 60);
    await toTable(dir);
    {
      await using backend = level({ dir });
      expect(await backend.open("m").size()).toBe(60);
    }
    const sound = readFileSync(join(dir, "db.seal"));
    for (let round = 0; round < 16; round += 1) {
      const copy = copyOf(dir);
      const damaged = Buffer.from(sound);
      damaged[Math.floor(((round + 0.5) * damaged.length) / 16)]! ^= 1 << (round % 8);
      writeFileSync(join(copy, "db.seal"), damaged);
      {
        await using backend = level({ dir: copy });
        expect(await backend.open<number, string>("m").get(59)).toBe(valueOf(59));
      }
      const table = readFileSync(tableIn(copy));
      table[table.length >> 1]! ^= 1 << (round % 8);
      writeFileSync(tableIn(copy), table);
      await using backend = level({ dir: copy });
      const mapping = backend.open<number, string>("m");
      for (let key = 0; key < 60; key += 1) expect(await mapping.get(key)).toBe(valueOf(key));
    }
  });

  test("a table that is cut costs what is in it, and brings nothing back that it replaced", async () => {
    const dir = temporaryFolder();
    await fill(dir, 60);
    await toTable(dir);
    {
      await using backend = level({ dir });
      await backend.open<number, string>("m").setMany([
        [1, "new"],
        [2, "new"],
        [30, "new"],
      ]);
      await backend.open("m").delete(3);
    }
    // As another program opens it, so that nothing else is in that table.
    await change(dir, async () => {});
    await fill(dir, 0);
    {
      await using backend = level({ dir });
      await backend.open("m").set(2, "newest");
    }
    truncateSync(tableIn(dir), 100);
    const reports: unknown[] = [];
    const note = (message: unknown): unknown => reports.push(message);
    subscribe("class-cache:error", note);
    await using backend = level({ dir });
    const mapping = backend.open<number, string>("m", { onError() {} });
    const found = await mapping.getMany([1, 2, 3, 30, 31, 59]);
    expect(found).toEqual([undefined, "newest", undefined, undefined, valueOf(31), valueOf(59)]);
    unsubscribe("class-cache:error", note);
    expect(reports).toEqual([{ error: expect.objectContaining({ code: "ERR_DAMAGED" }) }]);
    await mapping.set(1, "again");
    expect(await mapping.get(1)).toBe("again");
    for await (const id of backend.ids()) expect(id).toBe("m");
  });

  test.each(["CURRENT", "MANIFEST", ".log"])(
    "a damaged %s costs no more than what it held",
    async (name) => {
      const dir = temporaryFolder();
      await fill(dir, 20);
      {
        await using backend = level({ dir });
        await backend.open("m").set(1, "replaced");
        await backend.open("m").set(2, "large ".repeat(20_000));
      }
      for (const share of [0, 0.3, 0.6, 0.99]) {
        const copy = copyOf(dir);
        const path = filesIn(join(copy, "db")).find((each) => each.includes(name))!;
        truncateSync(path, Math.floor(statSync(path).size * share));
        await using backend = level({ dir: copy });
        const mapping = backend.open<number, string>("m", { onError() {} });
        const isLog = name === ".log";
        expect([isLog ? undefined : "replaced", "replaced"]).toContain(await mapping.get(1));
        const large = await mapping.get(2);
        expect(large).toBe(isLog ? undefined : "large ".repeat(20_000));
        for (let key = 3; key < 20; key += 1) expect(await mapping.get(key)).toBe(valueOf(key));
      }
    },
  );

  test.each(["CURRENT", "MANIFEST"])(
    "%s gone after a death costs nothing where all rows are in the log",
    async (name) => {
      const dir = temporaryFolder();
      await fill(dir, 5);
      rmSync(join(dir, "db.seal"));
      rmSync(filesIn(join(dir, "db")).find((path) => path.includes(name))!);
      await using backend = level({ dir });
      const mapping = backend.open<number, string>("m");
      for (let key = 1; key < 5; key += 1) expect(await mapping.get(key)).toBe(valueOf(key));
      await mapping.set(1, "anew");
      expect(await mapping.get(1)).toBe("anew");
    },
  );

  test("the list of tables gone after a death, where there are tables, is a coded error, and nothing is deleted", async () => {
    const dir = temporaryFolder();
    await fill(dir, 5);
    await toTable(dir);
    rmSync(join(dir, "db.seal"), { force: true });
    rmSync(filesIn(join(dir, "db")).find((path) => path.includes("MANIFEST"))!);
    const before = filesIn(join(dir, "db")).length;
    await using backend = level({ dir });
    await expect(backend.open("m").get(1)).rejects.toMatchObject({ code: "ERR_STORE" });
    await expect(backend.open("m").set(1, "x")).rejects.toMatchObject({ code: "ERR_STORE" });
    expect(filesIn(join(dir, "db")).length).toBeGreaterThanOrEqual(before);
  });

  test("the name of the list of tables gone after a death costs nothing where there is but one", async () => {
    const dir = temporaryFolder();
    await fill(dir, 5);
    await toTable(dir);
    rmSync(join(dir, "db.seal"), { force: true });
    rmSync(filesIn(join(dir, "db")).find((path) => path.includes("CURRENT"))!);
    await using backend = level({ dir });
    const mapping = backend.open<number, string>("m");
    for (let key = 1; key < 5; key += 1) expect(await mapping.get(key)).toBe(valueOf(key));
  });

  test("another version of the layout is a clear error", async () => {
    const dir = temporaryFolder();
    await fill(dir, 5);
    await change(dir, (database) => database.put("format", Buffer.from("class-cache level 1")));
    await using backend = level({ dir });
    await expect(backend.open("m").get(1)).rejects.toMatchObject({
      code: "ERR_FORMAT_VERSION",
      found: 1,
    });
  });

  test("a folder that is removed while it is in use is made anew", async () => {
    const dir = temporaryFolder();
    await using backend = level({ dir });
    const mapping = backend.open<string, number>("m");
    await mapping.set("key", 1);
    rmSync(dir, { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(mapping.set("key", 2)).rejects.toMatchObject({ code: "ERR_STORE" });
    await mapping.set("key", 3);
    expect(await mapping.get("key")).toBe(3);
    await using other = level({ dir });
    expect(await other.open("m").get("key")).toBe(3);
  });

  test("a folder that is removed while it is only read from is answered from no more", async () => {
    const dir = temporaryFolder();
    await using owner = level({ dir });
    await using guest = level({ dir });
    const mappings = [owner, guest].map((backend) => backend.open<string, number>("m"));
    const reads: ((mapping: MutableMapping<string, number>) => Promise<unknown>)[] = [
      (mapping) => mapping.get("key"),
      (mapping) => mapping.has("key"),
      async (mapping) => (await mapping.getMany(["key"]))[0],
      (mapping) => mapping.size(),
    ];
    for (const read of reads) {
      for (const reader of mappings) {
        for (const mapping of mappings) await mapping.set("key", 1);
        rmSync(dir, { recursive: true });
        await new Promise((resolve) => setTimeout(resolve, 80));
        expect([undefined, false, 0]).toContain(await read(reader));
        await using other = level({ dir });
        await other.open("m").set("another", 2);
        for (const mapping of mappings) expect(await mapping.get("another")).toBe(2);
      }
    }
  });
});
