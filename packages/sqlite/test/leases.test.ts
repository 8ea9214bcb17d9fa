import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { LeaseTable, leaseKey, removeDamagedLeases } from "../src/lease-table.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("leases among processes", () => {
  test("one process at a time holds a name", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const children = [0, 1, 2, 3].map(() => new Child("holder.ts", { path, rounds: 8, ms: 3 }));
    const lines = (await Promise.all(children.map((child) => child.success()))).flat();
    const times = lines
      .filter((line) => line !== "held")
      .map((line) => ({ isStart: line.startsWith("from"), at: Number(line.split(" ")[1]) }))
      .sort((one, other) => one.at - other.at);
    expect(times).toHaveLength(64);
    for (const [index, { isStart }] of times.entries()) expect(isStart).toBe(index % 2 === 0);
  });

  test("the kill of its holder frees a lease within 250 ms", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    for (let round = 0; round < 3; round += 1) {
      const holder = new Child("holder.ts", { path, rounds: 1, ms: 60_000 });
      await holder.line("held");
      let isGranted = false;
      const waiting = backend.lease("name").then((lease) => {
        isGranted = true;
        return lease;
      });
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(isGranted).toBe(false);
      await holder.kill();
      const killed = performance.now();
      const lease = await waiting;
      expect(performance.now() - killed).toBeLessThan(250);
      await lease.release();
    }
  });

  test("processes that come and go at the same time all get theirs, and keep it", async () => {
    const folder = join(temporaryFolder(), "leases");
    const children = [0, 1, 2, 3].map(() => new Child("presences.ts", { folder, rounds: 200 }));
    expect((await Promise.all(children.map((child) => child.success()))).flat()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("nobody who looks who is there takes the file of one who has just come", async () => {
    const folder = join(temporaryFolder(), "leases");
    mkdirSync(folder);
    const lookers = [0, 1, 2].map(() => new Child("lookers.ts", { folder, ms: 2500 }));
    const comers = [0, 1, 2].map(() => new Child("presences.ts", { folder, rounds: 700 }));
    const seen = await Promise.all(comers.map((child) => child.success()));
    expect(seen.flat()).toEqual([]);
    await Promise.all(lookers.map((child) => child.success()));
  });

  test("a stopped holder keeps its lease", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const holder = new Child("holder.ts", { path, rounds: 1, ms: 60_000 });
    await holder.line("held");
    holder.signal("SIGSTOP");
    await using backend = sqlite({ path });
    const signal = AbortSignal.timeout(300);
    await expect(backend.lease("name", { signal })).rejects.toMatchObject({ name: "TimeoutError" });
  });

  test("two backends in one process exclude each other, and closing one frees what it held", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    const one = sqlite({ path });
    await using other = sqlite({ path });
    await one.lease("name");
    let isGranted = false;
    const waiting = other.lease("name").then((lease) => {
      isGranted = true;
      return lease;
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isGranted).toBe(false);
    await one.close();
    await (await waiting).release();
  });

  test("any string is a name, and no two of them share a lease", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    await using backend = sqlite({ path });
    const names = [
      "",
      "..",
      "a/b",
      "a\\b",
      "a\0b",
      "\ud800",
      "\udfff",
      "n".repeat(10_000),
      "A",
      "a",
    ];
    const leases = await Promise.all(names.map((name) => backend.lease(name)));
    expect(leases.map(({ name }) => name)).toEqual(names);
    for (const lease of leases) await lease.release();
  });

  test("the dead leave nothing behind for long", async () => {
    const path = join(temporaryFolder(), "c.sqlite");
    for (let round = 0; round < 3; round += 1) {
      const holder = new Child("holder.ts", { path, rounds: 1, ms: 60_000 });
      await holder.line("held");
      await holder.kill();
    }
    const backend = sqlite({ path });
    await (await backend.lease("another name")).release();
    await backend.close();
    const isPresence = (name: string): boolean => /^[0-9a-f]{32}$/.test(name);
    expect(readdirSync(`${path}-leases`).filter(isPresence)).toEqual([]);
  });
});

test.each(["cut", "overwritten"])("leases are granted although their table is %s", async (how) => {
  const path = join(temporaryFolder(), "c.sqlite");
  const table = join(`${path}-leases`, "leases-1.sqlite");
  {
    await using backend = sqlite({ path });
    await (await backend.lease("name")).release();
  }
  if (how === "cut") truncateSync(table, 3000);
  else writeFileSync(table, "nonsense ".repeat(1000));
  await using one = sqlite({ path });
  await using other = sqlite({ path });
  const lease = await one.lease("name");
  const waiting = other.lease("name", { signal: AbortSignal.timeout(200) });
  await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
  await lease.release();
  await (await other.lease("name")).release();
});

test("a table of leases that looks damaged for a moment stays, with what is held", async () => {
  const path = join(temporaryFolder(), "c.sqlite");
  // All of it is still in its log.
  const log = join(`${path}-leases`, "leases-1.sqlite-wal");
  await using one = sqlite({ path });
  const lease = await one.lease("name");
  await using other = sqlite({ path });
  const bytes = readFileSync(log);
  writeFileSync(log, Buffer.alloc(bytes.length, "nonsense"));
  const waiting = other.lease("name", { signal: AbortSignal.timeout(300) });
  await nextTurn();
  writeFileSync(log, bytes);
  await expect(waiting).rejects.toMatchObject({ name: "TimeoutError" });
  await lease.release();
  await (await other.lease("name")).release();
});

test("a damaged table of leases is removed once, and never the one that others have made since", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "leases-1.sqlite"), Buffer.alloc(8192, "nonsense"));
  expect(removeDamagedLeases(folder)).toBe(true);
  const table = new LeaseTable(folder);
  expect(table.take(leaseKey("name"))).toBe(true);
  expect(removeDamagedLeases(folder)).toBe(false);
  expect(table.isInPlace).toBe(true);
  expect(table.isHeld(leaseKey("name"))).toBe(true);
  table.close();
});
