import { closeSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Locks, lockTimeout, tryLockFile } from "../src/locks.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("locks", () => {
  test("are given up after the patience of who waits", async () => {
    const folder = temporaryFolder();
    const one = new Locks(folder);
    const other = new Locks(folder);
    const held = await one.acquire("store", "name");
    expect(await other.acquire("store", "name", { patience: 0 })).toBeUndefined();
    expect(await other.acquire("store", "name", { patience: 30 })).toBeUndefined();
    await held?.release();
    const granted = await other.acquire("store", "name", { patience: 0 });
    expect(granted?.name).toBe("name");
    one.close();
    other.close();
    await granted?.release();
  });

  test("of one name and different kinds are different", async () => {
    const locks = new Locks(temporaryFolder());
    await locks.acquire("store", "name");
    expect(await locks.acquire("lease", "name", { patience: 0 })).toBeDefined();
    locks.close();
  });

  test("are not to be had once closed", async () => {
    const locks = new Locks(temporaryFolder());
    locks.close();
    await expect(locks.acquire("store", "name")).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });

  test("on a whole file last as long as its descriptor", () => {
    const path = join(temporaryFolder(), "file");
    const one = openSync(path, "w");
    const other = openSync(path, "r+");
    expect(tryLockFile(one)).toBe(true);
    expect(tryLockFile(other)).toBe(false);
    closeSync(one);
    expect(tryLockFile(other)).toBe(true);
    closeSync(other);
  });

  test("that nobody gives back are told of in plain words", () => {
    expect(lockTimeout("/a/store", 10_000)).toMatchObject({
      code: "ERR_STORE",
      message: expect.stringContaining("/a/store for over 10 s"),
    });
  });

  test("work where only whole files can be locked, and leave no files", async () => {
    const dir = temporaryFolder();
    const holder = new Child("whole-file-locks.ts", { dir, keep: true });
    await holder.line("held");
    const waiter = new Child("whole-file-locks.ts", { dir, keep: false });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(waiter.lines).toEqual([]);
    await holder.kill();
    expect(await waiter.success()).toEqual(["granted"]);
    expect(readdirSync(join(dir, "lock-files"))).toHaveLength(1);
  });
});
