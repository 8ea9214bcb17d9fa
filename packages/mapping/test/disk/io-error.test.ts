import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ClosedError } from "@class-cache/mapping";
import { ioCode, ioError, makeFolder, namesIn, remove } from "@class-cache/mapping/disk";
import { temporaryFolder } from "../support/temporary-folder.ts";

const failure = (code: string): Error => Object.assign(new Error("from below"), { code });

describe("an error of the file system", () => {
  test("says what was done, where, and what it means", () => {
    const cause = failure("ENOSPC");
    expect(ioError("write", "/a/file", cause)).toMatchObject({
      code: "ERR_STORE",
      message: "Cannot write /a/file: the disk is full (ENOSPC).",
      cause,
    });
  });

  test("is told as well when nobody knows what its code means", () => {
    const { message } = ioError("write", "/a/file", failure("EODD"));
    expect(message).toBe("Cannot write /a/file: the system refused (EODD).");
  });

  test("may be of the engine of a store, which says what its codes mean", () => {
    const { message } = ioError("open", "/a/db", failure("ENGINE_BROKEN"), {
      ENGINE_BROKEN: "its engine is broken",
    });
    expect(message).toBe("Cannot open /a/db: its engine is broken (ENGINE_BROKEN).");
  });

  test("is no other than what has been told already or is a mistake in a program", () => {
    for (const error of [new ClosedError("It"), new TypeError("mistake"), failure("ERR_X")])
      expect(ioError("write", "/a/file", error)).toBe(error);
  });

  test("has a code that is text", () => {
    expect(ioCode(failure("ENOENT"))).toBe("ENOENT");
    for (const error of [undefined, null, "text", { code: 1 }, new Error()])
      expect(ioCode(error)).toBeUndefined();
  });

  test("is what folders are made and read with", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    expect(() => makeFolder(join(file, "folder"))).toThrow(/a part of the path is a file/);
    expect(() => namesIn(file)).toThrow(/Cannot read the folder/);
    expect(namesIn(join(file, "..", "missing"))).toEqual([]);
    expect(() => remove(join(file, "..", "missing"))).not.toThrow();
  });
});
