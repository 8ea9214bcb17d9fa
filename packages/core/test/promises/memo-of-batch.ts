import { describe, expect, test } from "@jest/globals";
import { cachedBatch, memoOf, memoOfBatch } from "@class-cache/core";

export function describeMemoOfBatch(): void {
  describe("memoOfBatch", () => {
    class BatchLibrary {
      calls: (readonly string[])[] = [];
      @cachedBatch({ key: ([title]: [string]) => title })
      async find(titles: readonly string[], _year?: number): Promise<(string | Error)[]> {
        given.push(titles);
        return titles.map((title) =>
          title === "" ? new RangeError("no title") : `found ${title}`,
        );
      }
    }
    const given: (readonly string[])[] = [];

    test("is about one item", async () => {
      given.length = 0;
      const library = new BatchLibrary();
      const memo = memoOfBatch(library, "find");
      await library.find(["a", "b"]);
      expect(await memo.has("a")).toBe(true);
      expect(await memo.peek("a")).toBe("found a");
      expect(memo.key("a")).toBe(memo.key("a", 2000));
      await memo.set(["c"], "set c");
      expect(await memo.invalidate("b")).toBe(true);
      expect(await library.find(["a", "b", "c"])).toEqual(["found a", "found b", "set c"]);
      expect(given).toEqual([["a", "b"], ["b"]]);
      expect(await memo.refresh("c")).toBe("found c");
      expect(given.at(-1)).toEqual(["c"]);
      expect(await memo.expire("c")).toBe(true);
      expect(await memo.has("c")).toBe(false);
      await memo.clear();
      expect(await memo.has("a")).toBe(false);
      await expect(memo.refresh("")).rejects.toBeInstanceOf(RangeError);
    });

    test("clears all instances, told of the class", async () => {
      const library = new BatchLibrary();
      await library.find(["z"]);
      await memoOfBatch(BatchLibrary, "find").clear();
      expect(await memoOfBatch(library, "find").has("z")).toBe(false);
    });

    test("is for batch methods only, and memoOf for others", async () => {
      const library = new BatchLibrary();
      expect(() => memoOf(library, "find")).toThrow(
        expect.objectContaining({
          code: "ERR_OPTION",
          message: expect.stringContaining("memoOfBatch"),
        }),
      );
      expect(() => memoOf(BatchLibrary, "find")).toThrow(
        expect.objectContaining({ code: "ERR_OPTION" }),
      );
    });
  });
}
