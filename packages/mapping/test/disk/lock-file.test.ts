import { closeSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { lockFile, tryLockFile } from "@class-cache/mapping/disk";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("the lock of a whole file", () => {
  test("lasts as long as its descriptor", () => {
    const path = join(temporaryFolder(), "file");
    const one = openSync(path, "w");
    const other = openSync(path, "r+");
    expect(tryLockFile(one)).toBe(true);
    expect(tryLockFile(other)).toBe(false);
    closeSync(one);
    expect(tryLockFile(other)).toBe(true);
    closeSync(other);
  });

  test("is on a file made for its owner alone, and had by one", () => {
    const path = join(temporaryFolder(), "file");
    const fd = lockFile(path)!;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(lockFile(path)).toBeUndefined();
    closeSync(fd);
    const next = lockFile(path);
    expect(next).toBeDefined();
    closeSync(next!);
  });

  test("that is not had leaves no descriptor open", () => {
    const path = join(temporaryFolder(), "file");
    const fd = lockFile(path)!;
    const before = readdirSync("/proc/self/fd").length;
    for (let tries = 0; tries < 20; tries += 1) expect(lockFile(path)).toBeUndefined();
    expect(readdirSync("/proc/self/fd").length).toBeLessThan(before + 10);
    closeSync(fd);
  });

  test("is one of the file that is there now, not of one that was removed", () => {
    const path = join(temporaryFolder(), "file");
    const removed = lockFile(path)!;
    rmSync(path);
    const fd = lockFile(path);
    expect(fd).toBeDefined();
    expect(lockFile(path)).toBeUndefined();
    closeSync(removed);
    closeSync(fd!);
  });

  test("cannot be had where the file cannot be made, which says why", () => {
    const path = join(temporaryFolder(), "missing", "file");
    expect(() => lockFile(path)).toThrow(
      expect.objectContaining({
        code: "ERR_STORE",
        message: expect.stringContaining(`Cannot open the lock file ${path}`),
      }),
    );
  });
});
