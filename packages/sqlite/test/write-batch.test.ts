import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { verify } from "@class-cache/mapping";
import { sqlite } from "@class-cache/sqlite";
import { temporaryFolder } from "./temporary-folder.ts";

/** Has the database refuse whatever took 13 ms to compute. */
const REFUSE = `CREATE TRIGGER refuse BEFORE INSERT ON entry WHEN new.cost = 13
                BEGIN SELECT RAISE(ABORT, 'refused'); END`;

describe("writes that are asked for in one tick", () => {
  test("share a transaction", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const mapping = backend.open<number, number>("id");
    await Promise.all(Array.from({ length: 1000 }, (_, key) => mapping.set(key, key)));
    // A transaction of its own would cost each of them a page of 4 KiB at least.
    expect(statSync(`${path}-wal`).size).toBeLessThan(1000 * 1024);
    expect(await mapping.size()).toBe(1000);
  });

  test("are seen by reads that follow in the same tick", async () => {
    await using backend = sqlite({ path: join(temporaryFolder(), "c.sqlite") });
    const mapping = backend.open<string, number>("id");
    const other = backend.open<string, number>("id");
    const seen: Promise<unknown>[] = [
      mapping.set("a", 1),
      mapping.get("a"),
      other.has("a"),
      other.size(),
    ];
    seen.push(mapping.set("b", 2), mapping.getMany(["a", "b"]), mapping.delete("a"));
    seen.push(mapping.get("a"), mapping.set("a", 3), other.lookup("a"));
    expect(await Promise.all(seen)).toMatchObject([
      undefined,
      1,
      true,
      1,
      undefined,
      [1, 2],
      true,
      undefined,
      undefined,
      { value: 3 },
    ]);
  });

  test("take effect in their order", async () => {
    await using backend = sqlite({ path: join(temporaryFolder(), "c.sqlite") });
    const mapping = backend.open<string, number>("id");
    const outcomes = await Promise.all([
      mapping.set("a", 1),
      mapping.delete("a"),
      mapping.delete("a"),
      mapping.set("a", 2),
      mapping.set("b", 3),
      mapping.clear(),
      mapping.delete("b"),
      mapping.set("a", 4),
      mapping.set("a", 5),
    ]);
    expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([true, false, false]);
    expect(await mapping.size()).toBe(1);
    expect(await mapping.get("a")).toBe(5);
  });

  test("behind a drop of their mapping are written to a new one", async () => {
    await using backend = sqlite({ path: join(temporaryFolder(), "c.sqlite") });
    const mapping = backend.open<string, number>("id");
    const other = backend.open<string, number>("id");
    const outcomes = await Promise.all([
      mapping.set("a", 1),
      other.set("b", 2),
      backend.drop("id"),
      mapping.set("c", 3),
      mapping.set("a", 4),
      backend.drop("id"),
      other.setMany([["d", 5]]),
      mapping.setDefault("e", 6),
    ]);
    expect([outcomes[2], outcomes[5]]).toEqual([true, true]);
    for (const each of [mapping, other, backend.open<string, number>("id")]) {
      const found = await each.getMany(["a", "b", "c", "d", "e"]);
      expect(found).toEqual([undefined, undefined, undefined, 5, 6]);
    }
    expect((await verify(backend)).damages).toEqual([]);
  });

  test("are committed when their promises resolve", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const mapping = backend.open<number, number>("id");
    await mapping.set(0, 0);
    const reader = new DatabaseSync(path);
    const count = reader.prepare("SELECT count(*) AS count FROM entry");
    for (let key = 1; key < 20; key += 1) {
      await Promise.all([mapping.set(key, key), mapping.set(-key, key)]);
      expect(count.get()?.count).toBe(2 * key + 1);
    }
    reader.close();
  });

  test("do not share the failure of one of them", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const mapping = backend.open<string, number>("id");
    await mapping.set("first", 0);
    const other = new DatabaseSync(path);
    other.exec(REFUSE);
    other.close();
    const outcomes = await Promise.allSettled([
      mapping.set("a", 1),
      mapping.set("b", 2, { cost: 13 }),
      mapping.set("c", 3),
      mapping.setMany([["d", 4]], { cost: 13 }),
      mapping.delete("first"),
    ]);
    expect(outcomes).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "ERR_STORE" } },
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "ERR_STORE" } },
      { status: "fulfilled", value: true },
    ]);
    expect(await mapping.getMany(["a", "b", "c", "d"])).toEqual([1, undefined, 3, undefined]);
  });
});

describe("a bulk write", () => {
  test("leaves nothing when a part of it fails", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const mapping = backend.open<number, number>("id");
    await mapping.set(3, 0, { cost: 1 });
    const other = new DatabaseSync(path);
    other.exec(
      `CREATE TRIGGER refuse BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'refused'); END`,
    );
    other.close();
    const entries = [1, 2, 3].map((key): [number, number] => [key, 7]);
    await expect(mapping.setMany(entries)).rejects.toMatchObject({ code: "ERR_STORE" });
    expect(await mapping.getMany([1, 2, 3])).toEqual([undefined, undefined, 0]);
  });
});

test("a mapping whose first write failed does not take over the entries of another", async () => {
  const path = join(temporaryFolder(), "c.sqlite");
  await using backend = sqlite({ path });
  await backend.open("id").set(1, 1);
  const other = new DatabaseSync(path);
  other.exec(REFUSE);
  other.close();
  const one = backend.open<string, number>("one");
  await expect(one.setMany([["a", 1]], { cost: 13 })).rejects.toMatchObject({ code: "ERR_STORE" });
  await using elsewhere = sqlite({ path });
  await elsewhere.open<string, number>("other").set("a", 2);
  expect(await one.get("a")).toBeUndefined();
  await one.set("a", 3);
  expect(await elsewhere.open("other").get("a")).toBe(2);
});

/** Keeps a store locked, as another process may. @returns what ends that */
function lock(path: string): () => void {
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  return () => {
    other.exec("COMMIT");
    other.close();
  };
}

describe("while another connection keeps the store locked", () => {
  test("writes wait without holding up the process, and then take effect in order", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const mapping = backend.open<string, number>("id");
    await mapping.set("a", 0);
    const unlock = lock(path);
    const first = mapping.set("a", 1);
    for (let turn = 0; turn < 5; turn += 1) await sleep(1);
    const read = mapping.get("a");
    const second = mapping.set("a", 2);
    unlock();
    await Promise.all([first, second]);
    expect([1, 2]).toContain(await read);
    expect(await mapping.get("a")).toBe(2);
  });

  test("a drop among those that wait does not take what comes behind it", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const mapping = backend.open<string, number>("id");
    await mapping.set("a", 0);
    const unlock = lock(path);
    const writes: Promise<unknown>[] = [mapping.set("a", 1)];
    await sleep(5);
    writes.push(backend.drop("id"));
    await sleep(5);
    writes.push(mapping.set("b", 2));
    unlock();
    await Promise.all(writes);
    expect(await mapping.getMany(["a", "b"])).toEqual([undefined, 2]);
    expect(await backend.open("id").get("b")).toBe(2);
  });

  test("reads of what nobody is writing here do not wait", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const mapping = backend.open<string, number>("id");
    await mapping.set("a", 1);
    const unlock = lock(path);
    expect(await mapping.get("a")).toBe(1);
    expect(await mapping.size()).toBe(1);
    unlock();
  });

  test("a write gives up after busyTimeout, and the next is tried anew", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path, busyTimeout: 50 });
    const mapping = backend.open<string, number>("id");
    await mapping.set("a", 1);
    const unlock = lock(path);
    await expect(mapping.set("a", 2)).rejects.toMatchObject({
      code: "ERR_STORE",
      message: expect.stringContaining("busyTimeout"),
    });
    unlock();
    expect(await mapping.get("a")).toBe(1);
    await mapping.set("a", 3);
    expect(await mapping.get("a")).toBe(3);
  });
});
