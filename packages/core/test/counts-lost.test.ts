import { describe, expect, test } from "@jest/globals";
import { configure, invalidateTags, memoize } from "@class-cache/core";
import type { Backend, OpenOptions } from "@class-cache/mapping";
import { copy, json, memory } from "@class-cache/mapping";
import { settled } from "./gate.ts";
import { sharedMemory } from "./shared-memory.ts";

const COUNTS = "~class-cache.invalidations";

let number = 0;
const newId = (): string => `counts ${(number += 1)}`;

/** A handle whose counts cannot be read while it is told so. */
function blindTo(backend: Backend, isBlind: () => boolean): Backend {
  return new Proxy(backend, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name !== "open") return member;
      return (id: string, options?: OpenOptions) => {
        const mapping = target.open(id, options);
        if (id !== COUNTS) return mapping;
        return new Proxy(mapping, {
          get(counts, operation) {
            const step: unknown = Reflect.get(counts, operation);
            if (typeof step !== "function") return step;
            return (...args: unknown[]): unknown => {
              if (isBlind()) return Promise.reject(new Error("sick disk"));
              return Reflect.apply(step, counts, args);
            };
          },
        });
      };
    },
  });
}

describe("what is counted of invalidations", () => {
  test("is told of and looked at again where it could not be read at first", async () => {
    const inner = memory();
    let isBlind = true;
    const told: string[] = [];
    const id = newId();
    const here = memoize(async (_key: string) => "computed", {
      id,
      backend: blindTo(sharedMemory(inner), () => isBlind),
      onError: (error, { operation }) => told.push(`${operation}: ${error.message}`),
    });
    const there = memoize(async (_key: string) => "computed", { id, backend: sharedMemory(inner) });
    expect(await here("k")).toBe("computed");
    expect(told).toContain("lookup: sick disk");
    isBlind = false;
    await there.memo.set(["k"], "set");
    expect(await here("k")).toBe("set");
  });

  test("counts as superseding what was computed where it cannot be read at the end", async () => {
    const inner = memory();
    let isBlind = false;
    let source = "old";
    const id = newId();
    const here = memoize(
      async (_key: string) => {
        const value = source;
        await settled();
        isBlind = true;
        return value;
      },
      { id, backend: blindTo(sharedMemory(inner), () => isBlind), onError: () => undefined },
    );
    const there = memoize(async (_key: string) => source, { id, backend: sharedMemory(inner) });
    const computing = here("k");
    await settled();
    source = "new";
    await there.memo.invalidate("k");
    expect(await computing).toBe("old");
    isBlind = false;
    expect(await there("k")).toBe("new");
  });

  test("is begun anew by all when it is lost", async () => {
    const inner = memory();
    const id = newId();
    const options = { id, tags: () => ["tag"] };
    let computed = 0;
    const work = async (_key: string): Promise<number> => (computed += 1);
    const here = memoize(work, { ...options, backend: sharedMemory(inner) });
    const there = memoize(work, { ...options, backend: sharedMemory(inner) });
    for (let round = 0; round < 5; round += 1) await invalidateTags(["tag"], { backend: inner });
    await here("k");
    await here("k");
    // The marks of the tags stay, and count more than what begins now.
    await inner.open(COUNTS).delete("state");
    await settled();
    computed = 0;
    expect([await there("k"), await there("k"), await here("k")]).toEqual([1, 1, 1]);
    await there.memo.set(["k"], 100);
    expect(await here("k")).toBe(100);
  });

  test("is noticed to be lost by who holds results, once anything was invalidated", async () => {
    const inner = memory();
    const id = newId();
    const here = memoize(async (_key: string) => "old", { id, backend: sharedMemory(inner) });
    await here.memo.invalidate("another");
    expect([await here("k"), await here("k")]).toEqual(["old", "old"]);
    await settled();
    for await (const other of inner.ids()) await inner.drop(other);
    const there = memoize(async (_key: string) => "new", { id, backend: sharedMemory(inner) });
    expect(await there("k")).toBe("new");
    expect(await here("k")).toBe("new");
  });

  test("is begun, lost and begun again between two calls without being missed", async () => {
    const inner = memory();
    const id = newId();
    const here = memoize(async (_key: string) => "old", { id, backend: sharedMemory(inner) });
    const there = memoize(async (_key: string) => "new", { id, backend: sharedMemory(inner) });
    expect([await here("k"), await here("k")]).toEqual(["old", "old"]);
    await settled();
    await there.memo.set(["k"], "set");
    await inner.drop(COUNTS);
    await there.memo.set(["another"], "set");
    expect(await here("k")).toBe("set");
  });

  test("makes memory let go of all where it cannot be read of what it was", async () => {
    const inner = memory();
    const id = newId();
    const told: string[] = [];
    const here = memoize(async (_key: string) => "computed", {
      id,
      backend: sharedMemory(inner),
      onError: (error) => told.push((error as { code?: string }).code ?? error.message),
    });
    const there = memoize(async (_key: string) => "computed", { id, backend: sharedMemory(inner) });
    await here("k");
    await there.memo.set(["k"], "first");
    expect(await here("k")).toBe("first");
    await there.memo.set(["k"], "second");
    for await (const name of inner.open<string, unknown>(COUNTS).keys()) {
      if (name !== "state")
        await inner.open(COUNTS, { codec: json() }).set(name, "of another kind");
    }
    expect([await here("k"), await here("k")]).toEqual(["second", "second"]);
    expect(told.length).toBeGreaterThan(0);
  });

  test("is ended for a process that died between the marks of its tags and the count", async () => {
    const inner = memory();
    const id = newId();
    let computed = 0;
    const work = memoize(async (_key: string) => (computed += 1), {
      id,
      backend: sharedMemory(inner),
      tags: () => ["tag"],
    });
    await work("k");
    const counts = inner.open<string, { life: string; count: number }>(COUNTS);
    const state = (await counts.get("state"))!;
    await counts.set("tag tag", { ...state, count: state.count + 1 });
    const other = memoize(async (_key: string) => (computed += 1), {
      id,
      backend: sharedMemory(inner),
      tags: () => ["tag"],
    });
    expect([await other("k"), await other("k")]).toEqual([2, 2]);
    const third = memoize(async (_key: string) => (computed += 1), {
      id,
      backend: sharedMemory(inner),
      tags: () => ["tag"],
    });
    expect(await third("k")).toBe(2);
  });
});

describe("invalidateTags", () => {
  test("reaches a backend that this process has only had results from", async () => {
    const [from, to] = [memory(), memory()];
    const id = newId();
    const tags = (): string[] => ["tag"];
    await memoize(async (_key: string) => "old", { id, backend: sharedMemory(from), tags })("k");
    await copy(from, to);
    configure({ backend: memory() });
    const here = memoize(async (_key: string) => "new", { id, backend: sharedMemory(to), tags });
    expect(await here("k")).toBe("old");
    await invalidateTags(["tag"]);
    expect(await here("k")).toBe("new");
    configure({ backend: undefined });
  });

  test("passes over backends that were closed", async () => {
    configure({ backend: memory() });
    const [closed, open] = [memory(), memory()];
    let value = "old";
    const tags = (): string[] => ["tag"];
    const one = memoize(async () => value, { id: newId(), backend: closed, tags });
    const other = memoize(async () => value, { id: newId(), backend: open, tags });
    expect([await one(), await other()]).toEqual(["old", "old"]);
    await closed.close();
    value = "new";
    await invalidateTags(["tag"]);
    expect(await other()).toBe("new");
    configure({ backend: undefined });
  });
});

test("what is done by hand is done where it was asked for, whatever is configured next", async () => {
  const [before, after] = [memory(), memory()];
  configure({ backend: before });
  const work = memoize(async (_key: string) => "computed", { id: newId() });
  await work("k");
  const invalidated = work.memo.invalidate("k");
  configure({ backend: after });
  expect(await invalidated).toBe(true);
  configure({ backend: before });
  expect(await work.memo.has("k")).toBe(false);
  configure({ backend: undefined });
});

test("two functions of one id share what they know in one process", async () => {
  const backend = memory();
  const id = newId();
  const one = memoize(async (_key: string) => "computed", { id, backend });
  const two = memoize(async (_key: string) => "computed", { id, backend });
  expect([await one("k"), await one("k")]).toEqual(["computed", "computed"]);
  await two.memo.set(["k"], "set");
  expect([await one("k"), await two("k")]).toEqual(["set", "set"]);
  await two.memo.invalidate("k");
  expect([await one.memo.has("k"), await two.memo.has("k")]).toEqual([false, false]);
});
