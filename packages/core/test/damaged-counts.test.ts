import { describe, expect, test } from "@jest/globals";
import { invalidateTags, memoize } from "@class-cache/core";
import type { Backend } from "@class-cache/mapping";
import { DamagedError, memory } from "@class-cache/mapping";
import { settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import type { Step } from "./intercepted.ts";
import { intercepted } from "./intercepted.ts";
import { sharedMemory } from "./shared-memory.ts";

const COUNTS = "~class-cache.invalidations";
const READS: ReadonlySet<string> = new Set(["get", "getMany", "lookup"]);

/** A handle that finds rows of the counts damaged until one of them is written, or all are cleared. */
function damagedAt(backend: Backend, row: RegExp, isDamaged: () => boolean): Backend {
  let isMended = false;
  return intercepted(backend, {
    step: async ({ id, operation, args: [given], report, take }: Step) => {
      if (id !== COUNTS || isMended || !isDamaged()) return take();
      const keys = Array.isArray(given) ? (given as unknown[]) : [given];
      const isRow = (key: unknown): boolean => row.test(String(key));
      const isConcerned = keys.some((key) => isRow(key));
      if (!READS.has(operation)) {
        isMended = isConcerned || operation === "clear";
        return take();
      }
      if (!isConcerned) return take();
      report?.(new DamagedError("A row"));
      if (operation !== "getMany") return undefined;
      const found = (await take()) as unknown[];
      return found.map((value, at) => (isRow(keys[at]) ? undefined : value));
    },
  });
}

describe("a damaged row of the counts", () => {
  test("does not hold up refresh(), nor who invalidates elsewhere then", async () => {
    const inner = memory();
    let isDamaged = false;
    const id = "damaged log";
    const work = memoize(async (key: string) => key, {
      id,
      backend: damagedAt(sharedMemory(inner), /^id /, () => isDamaged),
      onError: () => undefined,
    });
    const other = memoize(async (key: string) => key, {
      id: "another method",
      backend: sharedMemory(inner),
    });
    await work("k");
    await work.memo.invalidate("k");
    await work("k");
    isDamaged = true;
    const refreshed = work.memo.refresh("k");
    await settled();
    const invalidated = other.memo.invalidate("k");
    expect(await Promise.all([inTime(refreshed), inTime(invalidated)])).toEqual(["k", false]);
    expect(await inTime(work("k"))).toBe("k");
  });

  test("does not hold up expire(), nor who invalidates elsewhere then", async () => {
    const inner = memory();
    let isDamaged = false;
    const work = memoize(async (key: string) => key, {
      id: "damaged tag",
      backend: damagedAt(sharedMemory(inner), /^tag t$/, () => isDamaged),
      ttl: 60_000,
      staleWhileRevalidate: 60_000,
      tags: () => ["t"],
      onError: () => undefined,
    });
    const other = memoize(async (key: string) => key, {
      id: "another method",
      backend: sharedMemory(inner),
    });
    await invalidateTags(["t"], { backend: inner });
    await work("k");
    isDamaged = true;
    const expired = inTime(work.memo.expire("k"));
    await settled();
    const invalidated = inTime(other.memo.invalidate("k"));
    expect([typeof (await expired), await invalidated]).toEqual(["boolean", false]);
    expect(await inTime(work("k"))).toBe("k");
  });
});

test("set() of a method with tags rejects where the counts cannot be read, and stores nothing", async () => {
  let isBlind = false;
  const backend = intercepted(sharedMemory(), {
    step: ({ id, operation, take }) =>
      isBlind && id === COUNTS && READS.has(operation)
        ? Promise.reject(new Error("sick disk"))
        : take(),
    // The change itself is counted: only what is known of the tags before it is missing.
    lease: (_name, take) => {
      isBlind = false;
      return take();
    },
  });
  const work = memoize(async (_key: string) => "computed", {
    id: "set blindly",
    backend,
    tags: () => ["tag"],
    onError: () => undefined,
  });
  await work("another");
  await settled();
  isBlind = true;
  await expect(work.memo.set(["k"], "by hand")).rejects.toThrow("sick disk");
  isBlind = false;
  await settled();
  expect(await work.memo.peek("k")).toBeUndefined();
  await invalidateTags(["tag"], { backend });
  expect(await work("k")).toBe("computed");
});
