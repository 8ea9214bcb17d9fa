import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { memoize } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import { flaky } from "./flaky-backend.ts";
import { gate, settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { all } from "./read-all.ts";
import { sharedMemory } from "./shared-memory.ts";

describe("who calls after an invalidation by another process", () => {
  test("does not get what one found that was looking by then", async () => {
    const inner = memory();
    const slow = flaky(sharedMemory(inner));
    let source = "old";
    const work = async (_key: string): Promise<string> => source;
    const here = memoize(work, { id: "joined look", backend: slow });
    const there = memoize(work, {
      id: "joined look",
      backend: sharedMemory(inner),
    });
    await there.memo.invalidate("another");
    expect(await here("k")).toBe("old");
    await settled();
    const held = slow.holdAnswer();
    const first = here("k");
    await held;
    source = "new";
    await there.memo.invalidate("k");
    expect(await there("k")).toBe("new");
    await settled();
    const second = here("k");
    await settled();
    slow.release();
    await first;
    expect(await second).toBe("new");
  });

  test("does not get the stream that one found who was looking by then", async () => {
    const inner = memory();
    const slow = flaky(sharedMemory(inner));
    let source = "old";
    const work = async function* (_key: string): AsyncGenerator<string> {
      yield source;
    };
    const here = memoize(work, { id: "joined stream look", backend: slow });
    const there = memoize(work, {
      id: "joined stream look",
      backend: sharedMemory(inner),
    });
    await there.memo.invalidate("another");
    expect(await all(here("k"))).toEqual(["old"]);
    await settled();
    const held = slow.holdAnswer();
    const first = all(here("k"));
    await held;
    source = "new";
    await there.memo.invalidate("k");
    await settled();
    const second = all(here("k"));
    await settled();
    slow.release();
    await first;
    expect(await second).toEqual(["new"]);
  });

  test("does not get the rejection of what was begun before", async () => {
    const inner = memory();
    const { opened, open } = gate();
    let source = "nothing";
    const work = async (_key: string): Promise<string> => {
      if (source === "something") return source;
      await opened;
      throw new Error("nothing there");
    };
    const here = memoize(work, {
      id: "joined error",
      backend: sharedMemory(inner),
    });
    const there = memoize(work, {
      id: "joined error",
      backend: sharedMemory(inner),
    });
    const rejected = (error: Error): string => `rejected: ${error.message}`;
    const before = here("k").catch(rejected);
    await settled();
    source = "something";
    await there.memo.invalidate("k");
    await settled();
    const after = here("k").catch(rejected);
    await settled();
    open();
    expect([await before, await after]).toEqual(["rejected: nothing there", "something"]);
  });

  test("waits no longer than hardTimeout, whatever he joined", async () => {
    const inner = memory();
    const { opened, open } = gate();
    const { opened: ended, open: end } = gate();
    let runs = 0;
    const work = (_key: string): Promise<void> => ((runs += 1) === 1 ? opened : ended);
    const options = { id: "joined in time", singleFlight: "process" } as const;
    const here = memoize(work, {
      ...options,
      backend: sharedMemory(inner),
      hardTimeout: 800,
    });
    const there = memoize(work, { ...options, backend: sharedMemory(inner) });
    const first = here("k").catch(() => undefined);
    await settled();
    await there.memo.invalidate("k");
    await settled();
    const second = here("k").catch((error: { code?: string }) => error.code);
    // Timers go off in the order of their times, however late: the limit of the call is the earlier one.
    const verdict = inTime(second, 1250);
    await sleep(600);
    open();
    expect(await verdict).toBe("ERR_TIMEOUT");
    expect(runs).toBe(2);
    end();
    await Promise.all([first, second]);
  });
});
