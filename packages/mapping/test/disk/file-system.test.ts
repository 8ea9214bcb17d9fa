import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { DiskCalls } from "@class-cache/mapping/disk";
import { diskCalls, remove } from "@class-cache/mapping/disk";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("removing a folder", () => {
  /** Another process makes a file in the folder each time when it was just found empty. */
  const whileFilled = (times: number): DiskCalls => {
    let left = times;
    return {
      ...diskCalls,
      rmSync(path, options) {
        left -= 1;
        if (left < 0) return diskCalls.rmSync(path, options);
        writeFileSync(join(path, `late-${left}`), "");
        rmdirSync(path);
      },
    };
  };

  const folderWithFile = (): string => {
    const folder = join(temporaryFolder(), "folder");
    mkdirSync(folder);
    writeFileSync(join(folder, "file"), "");
    return folder;
  };

  test("goes on where another process puts something into it meanwhile", () => {
    const folder = folderWithFile();
    remove(folder, whileFilled(8));
    expect(existsSync(folder)).toBe(false);
  });

  test("ends with an error where that never ceases", () => {
    const folder = folderWithFile();
    expect(() => remove(folder, whileFilled(Infinity))).toThrow(/Cannot remove .* \(ENOTEMPTY\)/);
  });
});
