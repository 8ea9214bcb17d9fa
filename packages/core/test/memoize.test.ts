import { beforeEach, describe, expect, test } from "@jest/globals";
import { cacheable, cached, configure, memoize, resetStats, stats } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import type { Backend } from "@class-cache/mapping";
import { gate, settled } from "./gate.ts";

let backend: Backend;

beforeEach(() => {
  backend = memory();
  configure({ backend });
  resetStats();
});

describe("a memoized function", () => {
  test("computes once and keeps its name and length", async () => {
    let calls = 0;
    const add = memoize(
      async function add(a: number, b: number): Promise<number> {
        calls += 1;
        return a + b;
      },
      { id: "add" },
    );
    expect([await add(1, 2), await add(1, 2), await add(2, 2)]).toEqual([3, 3, 4]);
    expect(calls).toBe(2);
    expect([add.name, add.length]).toEqual(["add", 2]);
    expect(stats().methods["add"]).toMatchObject({ hits: 1, misses: 2 });
  });

  test("functions of one id share results, of different versions do not", async () => {
    const one = memoize(async () => 1, { id: "shared" });
    const two = memoize(async () => 2, { id: "shared" });
    const newer = memoize(async () => 3, { id: "shared", version: 2 });
    expect([await one(), await two(), await newer()]).toEqual([1, 1, 3]);
  });

  test("no class's id leads to its results", async () => {
    await memoize(async () => "function", { id: "x.load" })();
    const ids: string[] = [];
    for await (const id of backend.ids()) ids.push(id);
    expect(ids).toEqual(["~memoize.x%2Eload"]);
    @cacheable({ id: "~memoize" })
    class Imitator {
      @cached({ id: "x.load" }) async load(): Promise<string> {
        return "class";
      }
    }
    expect(await new Imitator().load()).toBe("class");
  });

  test("has a handle", async () => {
    let calls = 0;
    const load = memoize(async (_page: number) => (calls += 1), { id: "load" });
    expect(await load(1)).toBe(1);
    expect(await load.memo.peek(1)).toBe(1);
    expect(await load.memo.refresh(1)).toBe(2);
    expect(await load.memo.invalidate(1)).toBe(true);
    expect(await load.memo.has(1)).toBe(false);
    await load.memo.set([1], 9);
    expect(await load(1)).toBe(9);
    await load.memo.clear();
    expect(await load(1)).toBe(3);
    expect(load.memo.key(1)).toBe("[null,null,[1]]");
  });

  test("refuses arguments of set that are no array", async () => {
    const load = memoize(async (page: number) => page, { id: "strict" });
    await expect(load.memo.set(1 as never, 1 as never)).rejects.toMatchObject({
      code: "ERR_OPTION",
    });
  });

  test("calls at the same time compute once, a forced one computes anew for all that follow", async () => {
    let calls = 0;
    const first = gate();
    const slow = memoize(
      async () => {
        const call = (calls += 1);
        if (call === 1) await first.opened;
        return call;
      },
      { id: "slow" },
    );
    const early = slow();
    await settled();
    expect(await slow.memo.refresh()).toBe(2);
    first.open();
    expect(await early).toBe(1);
    expect(await slow()).toBe(2);
  });

  test("limits how many compute at a time", async () => {
    let running = 0;
    let most = 0;
    const work = memoize(
      async (_x: number) => {
        running += 1;
        most = Math.max(most, running);
        await settled();
        running -= 1;
      },
      { id: "work", concurrency: 1 },
    );
    await Promise.all([1, 2, 3].map((x) => work(x)));
    expect(most).toBe(1);
  });
});
