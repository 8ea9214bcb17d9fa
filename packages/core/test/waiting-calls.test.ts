import { describe, expect, test } from "@jest/globals";
import { memoize } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import { gate, settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { intercepted } from "./intercepted.ts";
import { all } from "./read-all.ts";
import { sharedMemory } from "./shared-memory.ts";

const PROCESSES = 8;

describe("what is computed after an invalidation is kept", () => {
  test.each([
    ["the process that computes", 0],
    ["one that waits", 1],
    ["one that does neither", PROCESSES],
  ])("where many processes wait for one another: invalidated by %s", async (name, by) => {
    const inner = memory();
    const { opened, open } = gate();
    let [runs, source] = [0, "old"];
    const make = () =>
      memoize(
        async (_key: string) => {
          runs += 1;
          const value = source;
          await opened;
          return value;
        },
        { id: `waiting ${name}`, backend: sharedMemory(inner) },
      );
    const processes = Array.from({ length: PROCESSES + 1 }, make);
    const callers = processes.slice(0, PROCESSES);
    const calls = callers.map((work) => work("k"));
    await settled();
    source = "new";
    await processes[by]!.memo.invalidate("k");
    open();
    await Promise.all(calls);
    expect(runs).toBeLessThanOrEqual(3);
    const before = runs;
    const found = await Promise.all(callers.map((work) => work("k")));
    expect(new Set(found)).toEqual(new Set(["new"]));
    expect(runs).toBe(before);
  });

  test("where many processes wait for one another's stream", async () => {
    const inner = memory();
    const { opened, open } = gate();
    let [runs, source] = [0, "old"];
    const make = () =>
      memoize(
        async function* (_key: string) {
          runs += 1;
          const value = source;
          await opened;
          yield value;
        },
        { id: "waiting streams", backend: sharedMemory(inner) },
      );
    const processes = Array.from({ length: PROCESSES }, make);
    const calls = processes.map((work) => all(work("k")));
    await settled();
    source = "new";
    await processes[0]!.memo.invalidate("k");
    open();
    await Promise.all(calls);
    expect(runs).toBeLessThanOrEqual(3);
    const before = runs;
    const found = await Promise.all(processes.map((work) => all(work("k"))));
    expect(new Set(found.flat())).toEqual(new Set(["new"]));
    expect(runs).toBe(before);
  });

  test("where the call waited for a place", async () => {
    const inner = memory();
    const { opened, open } = gate();
    const begun: string[] = [];
    const work = async (key: string): Promise<string> => {
      begun.push(key);
      await opened;
      return key;
    };
    const id = "waiting places";
    const here = memoize(work, {
      id,
      backend: sharedMemory(inner),
      concurrency: 1,
    });
    const there = memoize(work, { id, backend: sharedMemory(inner) });
    const keys = ["a", "b", "c"];
    const calls = keys.map((key) => here(key));
    await settled();
    expect(begun).toEqual(["a"]);
    for (const key of ["b", "c"]) await there.memo.invalidate(key);
    open();
    expect(await Promise.all(calls)).toEqual(keys);
    expect(await Promise.all(keys.map((key) => there.memo.has(key)))).toEqual([true, true, true]);
    expect(begun).toEqual(keys);
  });
});

test("a failure of the backend while a computation waits for a lease leaves the lease to others", async () => {
  const inner = memory();
  const { opened, open } = gate();
  const told: string[] = [];
  let isFull = true;
  const sick = intercepted(sharedMemory(inner), {
    step: ({ id, operation, take }) =>
      isFull && id === "~class-cache.waits" && operation === "set"
        ? Promise.reject(new Error("disk full"))
        : take(),
  });
  const id = "waiting inner";
  const there = memoize(
    async (key: string) => {
      await opened;
      return key;
    },
    { id, backend: sharedMemory(inner) },
  );
  const here = memoize(async (key: string) => key, {
    id,
    backend: sick,
    onError: (error) => told.push(error.message),
  });
  const outer = memoize((key: string) => here(key), {
    id: "waiting outer",
    backend: sick,
  });
  const running = there("k");
  await settled();
  expect(await outer("k")).toBe("k");
  expect(told).toContain("disk full");
  open();
  await running;
  isFull = false;
  await there.memo.invalidate("k");
  expect(await inTime(there("k"))).toBe("k");
});

test("a stream that waits for its place is not begun once its last reader has left", async () => {
  const { opened, open } = gate();
  const begun: string[] = [];
  const work = memoize(
    async function* (key: string, _signal?: AbortSignal) {
      begun.push(key);
      await opened;
      yield key;
    },
    { id: "waiting reader", backend: memory(), concurrency: 1 },
  );
  const first = all(work("a"));
  await settled();
  const controllers = [new AbortController(), new AbortController()];
  const left = controllers.map((controller) =>
    all(work("b", controller.signal)).catch((error: Error) => error.name),
  );
  await settled();
  for (const controller of controllers) controller.abort();
  expect(await Promise.all(left)).toEqual(["AbortError", "AbortError"]);
  open();
  expect(await first).toEqual(["a"]);
  await settled();
  expect(begun).toEqual(["a"]);
});
