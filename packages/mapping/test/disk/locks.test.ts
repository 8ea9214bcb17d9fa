import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { diskCalls, Locks } from "@class-cache/mapping/disk";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("locks", () => {
  test("are given up after the patience of who waits", async () => {
    const folder = temporaryFolder();
    const one = new Locks(folder);
    const other = new Locks(folder);
    const held = await one.acquire("store", "name");
    expect(await other.acquire("store", "name", { patience: 0 })).toBeUndefined();
    expect(await other.acquire("store", "name", { patience: 30 })).toBeUndefined();
    await held.release();
    const granted = await other.acquire("store", "name", { patience: 0 });
    expect(granted?.name).toBe("name");
    one.close();
    other.close();
    await granted?.release();
  });

  test("that others of the process hold are not waited for where there is no patience", async () => {
    const locks = new Locks(temporaryFolder());
    const held = await locks.acquire("store", "name");
    expect(await locks.acquire("store", "name", { patience: 0 })).toBeUndefined();
    await held.release();
    expect(await locks.acquire("store", "name", { patience: 0 })).toBeDefined();
    locks.close();
    await expect(locks.acquire("store", "name", { patience: 0 })).rejects.toMatchObject({
      code: "ERR_CLOSED",
    });
  });

  test("of one name and different purposes are different", async () => {
    const locks = new Locks(temporaryFolder());
    await locks.acquire("store", "name");
    expect(await locks.acquire("lease", "name", { patience: 0 })).toBeDefined();
    locks.close();
  });

  test("of names that differ only in a lone surrogate are different", async () => {
    const folder = temporaryFolder();
    const one = new Locks(folder);
    const other = new Locks(folder);
    await one.acquire("lease", "\ud800");
    expect(await other.acquire("lease", "\ud800", { patience: 0 })).toBeUndefined();
    expect(await other.acquire("lease", "\ud801", { patience: 0 })).toBeDefined();
    one.close();
    other.close();
  });

  test("are not to be had once closed", async () => {
    const locks = new Locks(temporaryFolder());
    locks.close();
    await expect(locks.acquire("store", "name")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  test("reject who waits for them when they are closed", async () => {
    const folder = temporaryFolder();
    const holder = new Locks(folder);
    await holder.acquire("lease", "name");
    const locks = new Locks(folder);
    const askTheKernel = locks.acquire("lease", "name");
    const queue = locks.acquire("lease", "name");
    locks.close();
    await expect(askTheKernel).rejects.toMatchObject({ code: "ERR_CLOSED" });
    await expect(queue).rejects.toMatchObject({ code: "ERR_CLOSED" });
    holder.close();
  });

  test("stop waiting with the reason of the signal, and leave the queue", async () => {
    const folder = temporaryFolder();
    const holder = new Locks(folder);
    const held = await holder.acquire("lease", "name");
    const locks = new Locks(folder);
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    const waiting = locks.acquire("lease", "name", { signal: abort.signal });
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await held.release();
    expect(await locks.acquire("lease", "name", { patience: 0 })).toBeDefined();
    holder.close();
    locks.close();
  });

  test("are given back by closing", async () => {
    const folder = temporaryFolder();
    const one = new Locks(folder);
    const other = new Locks(folder);
    const held = await one.acquire("lease", "name");
    one.close();
    expect(await other.acquire("lease", "name", { patience: 0 })).toBeDefined();
    await held.release();
    expect(await one.acquire("lease", "name").catch(() => "closed")).toBe("closed");
    other.close();
  });

  test("exclude others although somebody removed their file", async () => {
    const folder = temporaryFolder();
    const one = new Locks(folder);
    await (await one.acquire("lease", "before")).release();
    rmSync(join(folder, "locks"));
    const held = await one.acquire("lease", "name");
    const other = new Locks(folder);
    expect(await other.acquire("lease", "name", { patience: 0 })).toBeUndefined();
    await held.release();
    expect(await other.acquire("lease", "name", { patience: 0 })).toBeDefined();
    one.close();
    other.close();
  });

  test("exclude others although their folder was moved, and another made in its place", async () => {
    const folder = join(temporaryFolder(), "store");
    mkdirSync(folder);
    const one = new Locks(folder);
    const before = await one.acquire("lease", "before");
    renameSync(folder, `${folder} of before`);
    mkdirSync(folder);
    const other = new Locks(folder);
    const held = await other.acquire("lease", "name");
    expect(await one.acquire("lease", "name", { patience: 0 })).toBeUndefined();
    await held.release();
    const next = await one.acquire("lease", "name", { patience: 0 });
    expect(next).toBeDefined();
    expect(await other.acquire("lease", "name", { patience: 0 })).toBeUndefined();
    await next!.release();
    await before.release();
    one.close();
    other.close();
  });

  test("are not granted on a file whose folder is moved right before it is locked", async () => {
    const parent = temporaryFolder();
    const folder = join(parent, "store");
    const other = new Locks(folder);
    let isMoved = false;
    const tryLock: typeof diskCalls.tryLock = (...args) => {
      if (!isMoved) renameSync(folder, join(parent, "moved"));
      isMoved = true;
      return diskCalls.tryLock(...args);
    };
    const locks = new Locks(folder, { ...diskCalls, tryLock });
    const held = await locks.acquire("lease", "name");
    expect(await other.acquire("lease", "name", { patience: 0 })).toBeUndefined();
    await held.release();
    expect(await other.acquire("lease", "name", { patience: 0 })).toBeDefined();
    locks.close();
    other.close();
  });

  test("that are closed at any moment of a waiter's turn refuse it, or had been granted", async () => {
    for (let moment = 0; moment < 12; moment += 1) {
      const locks = new Locks(temporaryFolder());
      const held = await locks.acquire("lease", "name");
      const waiting = locks.acquire("lease", "name").then(
        () => "granted",
        (error: unknown) => (error as { code?: unknown }).code,
      );
      const released = held.release();
      for (let step = 0; step < moment; step += 1) await Promise.resolve();
      locks.close();
      await released;
      expect(["granted", "ERR_CLOSED"]).toContain(await waiting);
    }
  });
});
