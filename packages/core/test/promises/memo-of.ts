import { beforeEach, describe, expect, test } from "@jest/globals";
import { ManualClock } from "@class-cache/mapping";
import { cached, configure, memoOf } from "@class-cache/core";
import { settled } from "../gate.ts";

export function describeMemoOf(): void {
  describe("memoOf", () => {
    class Library {
      shelf = "a";
      calls = 0;
      @cached({ ttl: 1000 }) async find(title: string, year?: number): Promise<{ title: string }> {
        await settled();
        transientCalls += 1;
        return { title: `${title}${year ?? ""}` };
      }
      async plain(): Promise<void> {}
    }
    let transientCalls = 0;
    beforeEach(() => {
      transientCalls = 0;
    });

    test("gives the canonical text of a call's key", () => {
      const memo = memoOf(new Library(), "find");
      expect(memo.key("x")).toBe('[null,{"calls":0,"shelf":"a"},["x"]]');
      expect(memo.key("x", undefined)).toBe(memo.key("x"));
    });

    test("has, peek, set and invalidate one call's result", async () => {
      const library = new Library();
      const memo = memoOf(library, "find");
      expect(await memo.has("x")).toBe(false);
      expect(await memo.peek("x")).toBeUndefined();
      await memo.set(["x"], { title: "given" });
      expect(await memo.has("x")).toBe(true);
      expect(await memo.peek("x")).toEqual({ title: "given" });
      expect(await library.find("x")).toEqual({ title: "given" });
      expect(await memo.invalidate("x")).toBe(true);
      expect(await memo.invalidate("x")).toBe(false);
      expect(await library.find("x")).toEqual({ title: "x" });
      expect(transientCalls).toBe(1);
    });

    test("what was set is the caller's no more, and expires", async () => {
      const clock = new ManualClock();
      configure({ clock });
      const memo = memoOf(new Library(), "find");
      const value = { title: "given" };
      await memo.set(["x"], value);
      value.title = "changed";
      expect(await memo.peek("x")).toEqual({ title: "given" });
      clock.advance(1000);
      expect(await memo.has("x")).toBe(false);
    });

    test("refresh computes anew and stores", async () => {
      const library = new Library();
      await library.find("x");
      await memoOf(library, "find").refresh("x");
      expect(transientCalls).toBe(2);
      await library.find("x");
      expect(transientCalls).toBe(2);
    });

    test("clear forgets all instances, also told of the class", async () => {
      const [one, two] = [new Library(), new Library()];
      two.shelf = "b";
      await Promise.all([one.find("x"), two.find("x")]);
      await memoOf(one, "find").clear();
      expect(await memoOf(two, "find").has("x")).toBe(false);
      await two.find("x");
      await memoOf(Library, "find").clear();
      expect(await memoOf(two, "find").has("x")).toBe(false);
    });

    test("what is computed while it is invalidated is not kept", async () => {
      const library = new Library();
      const memo = memoOf(library, "find");
      const under = library.find("x");
      await Promise.resolve();
      await memo.invalidate("x");
      expect(await under).toEqual({ title: "x" });
      expect(await memo.has("x")).toBe(false);
    });

    test("refuses what is not decorated, and what a class cannot stand for", () => {
      const library = new Library();
      expect(() => memoOf(library, "plain")).toThrow(
        expect.objectContaining({ code: "ERR_OPTION" }),
      );
      const ofClass = memoOf(Library, "find") as unknown as { has(): unknown };
      expect(() => ofClass.has()).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
    });
  });
}
