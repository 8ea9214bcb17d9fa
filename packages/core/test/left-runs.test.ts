import { beforeEach, describe, expect, test } from "@jest/globals";
import { memoize } from "@class-cache/core";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { all } from "./read-all.ts";
import { sharedMemory } from "./shared-memory.ts";

const NEVER = new Promise<never>(() => {});

let inner: Backend;
let runs: number;

beforeEach(() => {
  inner = memory();
  runs = 0;
});

/** Handles of the process whose run is left, and of the one that calls afterwards. */
const processes: [string, () => [Backend, Backend]][] = [
  ["in a backend of its own", () => [inner, inner]],
  [
    "in its process",
    () => {
      const shared = sharedMemory(inner);
      return [shared, shared];
    },
  ],
  ["in another process", () => [sharedMemory(inner), sharedMemory(inner)]],
];

describe("a run that everyone has left and that does not end", () => {
  test.each(processes)("does not keep a later call from computing %s", async (_name, handles) => {
    const [one, other] = handles().map((backend) =>
      memoize(
        async (_key: string, _signal?: AbortSignal): Promise<number> => {
          runs += 1;
          return runs === 1 ? NEVER : runs;
        },
        { id: "left", backend },
      ),
    );
    const stop = new AbortController();
    const first = one!("k", stop.signal);
    await settled();
    stop.abort(new Error("left"));
    await expect(first).rejects.toThrow("left");
    expect(await inTime(other!("k"))).toBe(2);
  });

  test.each(processes)("does not keep a later stream from running %s", async (_name, handles) => {
    const [one, other] = handles().map((backend) =>
      memoize(
        async function* (_key: string, _signal?: AbortSignal): AsyncGenerator<number> {
          runs += 1;
          const run = runs;
          yield 1;
          if (run === 1) await NEVER;
          yield 2;
        },
        { id: "left stream", backend },
      ),
    );
    const stop = new AbortController();
    const first = one!("k", stop.signal);
    await first.next();
    const second = first.next();
    second.catch(() => undefined);
    await settled();
    stop.abort(new Error("left"));
    await expect(second).rejects.toThrow("left");
    expect(await inTime(all(other!("k")))).toEqual([1, 2]);
  });
});
