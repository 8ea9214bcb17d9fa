import { describe, expect, test } from "@jest/globals";
import { memoize, memoizeBatch } from "@class-cache/core";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { gate, settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { all } from "./read-all.ts";
import { sharedMemory } from "./shared-memory.ts";

const LONG_MS = 4000;

interface Told {
  readonly backend: Backend;
  readonly onError: (error: Error) => void;
}

/** What two processes have each of their own, and the codes of what they are told of. */
function inTwo<T>(make: (told: Told) => T): { one: T; two: T; codes: Set<unknown> } {
  const inner = memory();
  const codes = new Set<unknown>();
  const onError = (error: Error): void => void codes.add((error as { code?: string }).code);
  const [one, two] = [1, 2].map(() => make({ backend: sharedMemory(inner), onError })) as [T, T];
  return { one, two, codes };
}

describe("a circle among processes that leads through a call that was joined comes to an end", () => {
  test("of two methods", async () => {
    const { opened, open } = gate();
    const { one, two, codes } = inTwo((options) => {
      let runs = 0;
      const run = async (name: string, other: () => Promise<string>): Promise<string> => {
        runs += 1;
        if (runs > 1) return `${name} end`;
        await opened;
        return `${name} ${await other()}`;
      };
      const a: () => Promise<string> = memoize(() => run("a", b), { id: "a", ...options });
      const b: () => Promise<string> = memoize(() => run("b", a), { id: "b", ...options });
      return { a, b };
    });
    const asked = [one.a(), two.b()];
    await settled();
    // It waits for the other process, whoever joins it later.
    asked.push(one.b());
    await settled();
    open();
    expect(await inTime(Promise.all(asked), LONG_MS)).not.toBe("hangs");
    expect(codes).toEqual(new Set(["ERR_CYCLE"]));
  });

  test("by way of a second joined call", async () => {
    const { opened, open } = gate();
    const { one, two, codes } = inTwo((options) => {
      let runs = 0;
      const top: () => Promise<string> = memoize(
        async (): Promise<string> => {
          runs += 1;
          if (runs > 1) return "top end";
          await opened;
          return `top ${await middle()}`;
        },
        { id: "top", ...options },
      );
      const middle: () => Promise<string> = memoize(async () => `middle ${await low()}`, {
        id: "middle",
        ...options,
      });
      const low: () => Promise<string> = memoize(
        async (): Promise<string> => {
          await opened;
          return `low ${await top()}`;
        },
        { id: "low", ...options },
      );
      return { top, middle, low };
    });
    const asked = [one.top(), two.low()];
    await settled();
    asked.push(one.low());
    await settled();
    asked.push(one.middle());
    await settled();
    open();
    expect(await inTime(Promise.all(asked), LONG_MS)).not.toBe("hangs");
    expect(codes).toEqual(new Set(["ERR_CYCLE"]));
  });

  test("of a batch whose one item waits for what waits for the other", async () => {
    const { opened, open } = gate();
    const { one, two } = inTwo((options) => {
      const items: (keys: readonly string[]) => Promise<string[]> = memoizeBatch(
        async (keys: readonly string[]): Promise<string[]> => {
          await opened;
          return Promise.all(keys.map(async (key) => (key === "x" ? `x ${await rest()}` : "y")));
        },
        { id: "items", ...options },
      );
      const rest: () => Promise<string> = memoize(
        async (): Promise<string> => {
          await opened;
          return `rest ${(await items(["y"]))[0]}`;
        },
        { id: "rest", ...options },
      );
      return { items, rest };
    });
    const asked: Promise<unknown>[] = [one.items(["x", "y"]), two.rest()];
    await settled();
    asked.push(one.rest());
    await settled();
    open();
    const answers = await inTime(Promise.all(asked), LONG_MS);
    expect(answers).toEqual([["x rest y", "y"], "rest y", "rest y"]);
  });

  test("of a method and a stream", async () => {
    const { opened, open } = gate();
    const { one, two, codes } = inTwo((options) => {
      let runs = 0;
      const sum: () => Promise<string> = memoize(
        async (): Promise<string> => {
          runs += 1;
          if (runs > 1) return "sum end";
          await opened;
          return `sum ${(await all(items())).join()}`;
        },
        { id: "sum", ...options },
      );
      const items: () => AsyncGenerator<string> = memoize(
        async function* (): AsyncGenerator<string> {
          await opened;
          yield `item ${await sum()}`;
        },
        { id: "items", ...options },
      );
      return { sum, items };
    });
    const asked: Promise<unknown>[] = [one.sum(), all(two.items())];
    await settled();
    asked.push(all(one.items()));
    await settled();
    open();
    expect(await inTime(Promise.all(asked), LONG_MS)).not.toBe("hangs");
    expect(codes).toEqual(new Set(["ERR_CYCLE"]));
  });
});

test("a computation that has ended does not count among those that wait", async () => {
  const inner = memory();
  const { opened, open } = gate();
  const { opened: enough, open: leave } = gate();
  const make = (backend: Backend) => {
    const slow: () => Promise<string> = memoize(
      async (): Promise<string> => {
        await opened;
        return "slow";
      },
      { id: "slow", backend },
    );
    const quick = memoize(async () => Promise.race([slow(), enough.then(() => "quick")]), {
      id: "quick",
      backend,
    });
    return { slow, quick };
  };
  const [one, two] = [make(sharedMemory(inner)), make(sharedMemory(inner))];
  const waits = inner.open<string, unknown>("~class-cache.waits");
  const slow = two.slow();
  await settled();
  const quick = one.quick();
  const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));
  await later();
  expect(await waits.size()).toBe(1);
  leave();
  expect(await quick).toBe("quick");
  await later();
  expect(await waits.size()).toBe(0);
  open();
  expect(await slow).toBe("slow");
});
