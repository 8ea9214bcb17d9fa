import { sep } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { checkPath } from "@class-cache/mapping/disk";

describe("the path of an option", () => {
  test("is absolute from then on, whatever folder the process goes to", () => {
    expect(checkPath("a/../b", "store.dir", "a folder")).toBe(`${process.cwd()}${sep}b`);
  });

  test.each([[""], ["a\0b"], [7], [null], [{}]])("is not %j", (path) => {
    expect(() => checkPath(path as string, "store.dir", "a folder")).toThrow(
      expect.objectContaining({
        code: "ERR_OPTION",
        option: "store.dir",
        message: expect.stringContaining("store.dir must be the path of a folder"),
      }),
    );
  });
});
