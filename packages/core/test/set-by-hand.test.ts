import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { configure, memoize, memoizeBatch } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import { sharedMemory } from "./shared-memory.ts";

interface Point {
  x: number;
}

const options = [
  ["plain", {}],
  ["with tags", { tags: () => ["tag"] }],
  ["that ages", { ttl: 1000, staleIfError: "1h" }],
] as const;

describe("what is set by hand is what it was when it was handed over", () => {
  test.each(options)("to a function, %s", async (name, option) => {
    const inner = memory();
    const make = () =>
      memoize(async (_key: string): Promise<Point> => ({ x: 0 }), {
        id: `set ${name}`,
        ...option,
        backend: sharedMemory(inner),
      });
    const [one, other] = [make(), make()];
    for (const x of [1, 3]) {
      const given = { x };
      const done = one.memo.set(["k"], given);
      given.x += 1;
      await done;
      expect([await one("k"), await other("k")]).toEqual([{ x }, { x }]);
    }
  });

  test("to a batch", async () => {
    const load = memoizeBatch(
      async (keys: readonly string[]): Promise<Point[]> => keys.map(() => ({ x: 0 })),
      { id: "set item", backend: memory() },
    );
    const given = { x: 1 };
    const done = load.memo.set(["k"], given);
    given.x = 2;
    await done;
    expect(await load(["k"])).toEqual([{ x: 1 }]);
  });

  test("in the default backend, before that is loaded", async () => {
    const folder = mkdtempSync(join(tmpdir(), "class-cache-set-"));
    const home = process.env.XDG_CACHE_HOME;
    process.env.XDG_CACHE_HOME = folder;
    configure({ backend: undefined });
    try {
      const work = memoize(async (_key: string): Promise<Point> => ({ x: 0 }), { id: "set first" });
      const given = { x: 1 };
      const done = work.memo.set(["k"], given);
      given.x = 2;
      await done;
      expect(await work("k")).toEqual({ x: 1 });
    } finally {
      if (home === undefined) delete process.env.XDG_CACHE_HOME;
      else process.env.XDG_CACHE_HOME = home;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
