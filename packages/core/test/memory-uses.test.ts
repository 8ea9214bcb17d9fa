import { describe, expect, test } from "@jest/globals";
import { memoize } from "@class-cache/core";
import { ManualClock, memory } from "@class-cache/mapping";

describe("results that are used from memory", () => {
  test("count as used where the backend decides what goes", async () => {
    const clock = new ManualClock();
    const backend = memory({ clock, maxEntries: 20, eviction: "lru" });
    const square = memoize(async (n: number) => n * n, { id: "square", backend });
    await square(1000);
    for (let n = 0; n < 100; n += 1) {
      clock.advance(1);
      await square(n);
      expect(await square(1000)).toBe(1_000_000);
    }
    const stored: unknown[] = [];
    for await (const id of backend.ids()) {
      for await (const [, value] of backend.open(id)) stored.push(value);
    }
    expect(stored).toContain(99 * 99);
    expect(stored).toContain(1_000_000);
    expect(stored).not.toContain(0);
  });

  test("are not reported to a backend without limits", async () => {
    const backend = memory();
    const told: unknown[] = [];
    const open = backend.open.bind(backend);
    Object.defineProperty(backend, "open", {
      value: (...args: Parameters<typeof open>) =>
        Object.assign(open(...args), { touch: async (uses: unknown) => void told.push(uses) }),
    });
    const square = memoize(async (n: number) => n * n, { id: "square", backend });
    for (let n = 0; n < 9; n += 1) {
      await square(n);
      await square(n);
      await square(0);
    }
    expect(told).toEqual([]);
  });
});
