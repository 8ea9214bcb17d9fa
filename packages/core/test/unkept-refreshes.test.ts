import { describe, expect, test } from "@jest/globals";
import { memoize } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import { settled } from "./gate.ts";
import { all } from "./read-all.ts";
import { sharedMemory } from "./shared-memory.ts";

interface Job {
  readonly state: string;
  readonly isDone: boolean;
}

const DONE: Job = { state: "done", isDone: true };
const RESTARTED: Job = { state: "restarted", isDone: false };

const ways = [
  ["shouldCache", { shouldCache: (job: Job) => job.isDone }],
  ["ttl", { ttl: (job: Job) => (job.isDone ? "1h" : 0) }],
] as const;

describe("refresh() whose result is not to be kept forgets the older one", () => {
  test.each(ways)("by %s, of a result", async (name, option) => {
    const inner = memory();
    let job = DONE;
    const work = async (_key: string): Promise<Job> => job;
    const options = { id: `unkept ${name}`, ...option };
    const here = memoize(work, { ...options, backend: sharedMemory(inner) });
    const there = memoize(work, { ...options, backend: sharedMemory(inner) });
    expect([await here("k"), await there("k")]).toEqual([DONE, DONE]);
    job = RESTARTED;
    expect(await here.memo.refresh("k")).toEqual(RESTARTED);
    await settled();
    expect([await here("k"), await there("k")]).toEqual([RESTARTED, RESTARTED]);
    expect(await here.memo.has("k")).toBe(false);
  });

  test.each(ways)("by %s, of a stream", async (name, option) => {
    const inner = memory();
    let job = DONE;
    const work = async function* (_key: string): AsyncGenerator<string, Job> {
      yield job.state;
      return job;
    };
    const options = { id: `unkept stream ${name}`, ...option };
    const here = memoize(work, { ...options, backend: sharedMemory(inner) });
    const there = memoize(work, { ...options, backend: sharedMemory(inner) });
    expect([await all(here("k")), await all(there("k"))]).toEqual([["done"], ["done"]]);
    job = RESTARTED;
    expect(await all(here.memo.refresh("k"))).toEqual(["restarted"]);
    await settled();
    expect([await all(here("k")), await all(there("k"))]).toEqual([["restarted"], ["restarted"]]);
    expect(await here.memo.has("k")).toBe(false);
  });
});
