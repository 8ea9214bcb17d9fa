import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Memoized } from "@class-cache/core";
import { memoize } from "@class-cache/core";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { gate } from "./gate.ts";
import { intercepted } from "./intercepted.ts";
import { sharedMemory } from "./shared-memory.ts";

let inner: Backend;
let told: string[];

beforeEach(() => {
  inner = memory();
  told = [];
  jest.useFakeTimers({ doNotFake: ["nextTick", "queueMicrotask", "performance"] });
});

afterEach(() => {
  jest.useRealTimers();
});

type Work = Memoized<(key: string) => Promise<string>>;

/** A function of one process, for which `storing` stands between a store's lock and the store. */
function made(
  storing?: () => Promise<unknown>,
  more: { forceFresh?: true; tags?: true } = {},
): Work {
  const backend = intercepted(sharedMemory(inner), {
    step: async ({ id, operation, take }) => {
      if (operation === "set" && !id.startsWith("~class-cache.")) await storing?.();
      return take();
    },
  });
  return memoize(async (key: string) => key, {
    id: "patient",
    backend,
    singleFlight: false,
    onError: ({ name }) => told.push(name),
    ...(more.forceFresh === true ? { forceFresh: true } : {}),
    ...(more.tags === true ? { tags: () => ["tag"] } : {}),
  });
}

describe("a result that is to be stored", () => {
  test("waits for any number of results that its own process stores", async () => {
    const one = made(() => new Promise((resolve) => setTimeout(resolve, 20_000)));
    const calls = Promise.all(Array.from({ length: 10 }, () => one("k")));
    await jest.advanceTimersByTimeAsync(200_000);
    await calls;
    expect(told).toEqual([]);
  });

  test("is given after a while, and not stored, where another process keeps the lock", async () => {
    const { opened, open } = gate();
    const stopped = made(() => opened)("k");
    await jest.advanceTimersByTimeAsync(1000);
    const one = made();
    const answers: string[] = [];
    const calls = [one("k"), one("k")].map(async (call) => answers.push(await call));
    await jest.advanceTimersByTimeAsync(20_000);
    expect(answers).toEqual([]);
    await jest.advanceTimersByTimeAsync(11_000);
    await Promise.all(calls);
    expect(told).toEqual(["TimeoutError", "TimeoutError"]);
    expect(await made().memo.has("k")).toBe(false);
    open();
    await stopped;
  });

  test("is given after a while also behind a change by its own process, which has no end", async () => {
    const { opened, open } = gate();
    const stopped = made(() => opened)("k");
    await jest.advanceTimersByTimeAsync(1000);
    const one = made();
    const changed = one.memo.invalidate("k");
    await jest.advanceTimersByTimeAsync(1000);
    const answer = one("k");
    await jest.advanceTimersByTimeAsync(31_000);
    expect(await answer).toBe("k");
    expect(told).toEqual(["TimeoutError"]);
    open();
    await Promise.all([stopped, changed]);
  });
});

describe("where another process stands still amid an invalidation", () => {
  test.each([
    ["that was to compute anew", { forceFresh: true }],
    ["whose result has the first of all tags", { tags: true }],
  ] as const)("a call is answered after a while: one %s", async (_name, more) => {
    const counts = await inner.lease("~class-cache.invalidations");
    const answer = made(undefined, more)("k");
    await jest.advanceTimersByTimeAsync(31_000);
    expect(await answer).toBe("k");
    expect(new Set(told)).toEqual(new Set(["TimeoutError"]));
    await counts.release();
  });

  test("a refresh is answered after a while, and its result not stored", async () => {
    const one = made();
    await one.memo.invalidate("another");
    const { opened, open } = gate();
    const stopped = made(() => opened)("k");
    await jest.advanceTimersByTimeAsync(1000);
    const answer = one.memo.refresh("k");
    await jest.advanceTimersByTimeAsync(31_000);
    expect(await answer).toBe("k");
    expect(told).toEqual(["TimeoutError"]);
    open();
    await stopped;
  });

  test("an invalidation by hand waits until it is done", async () => {
    const one = made();
    await one("k");
    const counts = await inner.lease("~class-cache.invalidations");
    const done = one.memo.invalidate("k");
    await jest.advanceTimersByTimeAsync(300_000);
    await counts.release();
    expect(await done).toBe(true);
  });
});
