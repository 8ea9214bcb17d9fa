import { describe, expect, test } from "@jest/globals";
import { invalidateTags, memoize } from "@class-cache/core";
import type { Lease } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { gate, settled } from "./gate.ts";
import { intercepted } from "./intercepted.ts";
import { sharedMemory } from "./shared-memory.ts";

describe("a refresh that learns late that its lease was given back", () => {
  test.each([
    ["invalidate", false],
    ["invalidateTags", true],
  ])("does not have memory hold what was ended meanwhile: %s", async (name, isTagged) => {
    const inner = memory();
    const { opened, open } = gate();
    let isWaiting = false;
    const here = intercepted(sharedMemory(inner), {
      lease: async (lease, take) => {
        const held = await take();
        const release = async (): Promise<void> => {
          await held.release();
          if (lease === "~class-cache.invalidations" && isWaiting) await opened;
        };
        return { name: lease, release, [Symbol.asyncDispose]: release } satisfies Lease;
      },
    });
    const there = sharedMemory(inner);
    let source = "old";
    const options = { id: `late ${name}`, ...(isTagged ? { tags: () => ["tag"] } : {}) };
    const one = memoize(async (_key: string) => source, { ...options, backend: here });
    const other = memoize(async (_key: string) => source, { ...options, backend: there });
    await other.memo.set(["another"], "another");
    await one("another");
    isWaiting = true;
    const refreshed = one.memo.refresh("k");
    await settled();
    source = "new";
    if (isTagged) await invalidateTags(["tag"], { backend: there });
    else await other.memo.invalidate("k");
    isWaiting = false;
    // It looks at the counts, and learns of that one.
    await one("another");
    open();
    await refreshed;
    await settled();
    expect([await one("k"), await one("k")]).toEqual(["new", "new"]);
  });
});
