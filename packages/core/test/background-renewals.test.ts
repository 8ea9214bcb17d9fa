import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { configure, memoize } from "@class-cache/core";
import type { Backend } from "@class-cache/mapping";
import { ManualClock, memory } from "@class-cache/mapping";
import { gate, settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { all } from "./read-all.ts";

const HOUR = 3_600_000;

let clock: ManualClock;
let backend: Backend;

beforeEach(() => {
  clock = new ManualClock();
  backend = memory({ clock });
  configure({ clock });
});

afterEach(() => {
  configure({ clock: undefined });
});

const stale = { ttl: 100, staleWhileRevalidate: 500 };

describe("a renewal in the background", () => {
  test("that comes back to its own key is answered", async () => {
    const told: unknown[] = [];
    let isRenewing = false;
    let asked = 0;
    const prices = memoize(
      async (key: string): Promise<string> => {
        if (!isRenewing) return "price";
        await settled();
        // What could still be the answer has run out.
        clock.advance(1000);
        return `price by ${await rates(key)}`;
      },
      {
        id: "renewal prices",
        backend,
        ...stale,
        onError: (error) => told.push((error as { code?: unknown }).code),
      },
    );
    const rates = memoize(
      async (key: string): Promise<string> => {
        asked += 1;
        return asked > 1 ? "rate" : `rate by ${await prices(key)}`;
      },
      { id: "renewal rates", backend },
    );
    expect(await prices("k")).toBe("price");
    clock.advance(300);
    isRenewing = true;
    expect(await prices("k")).toBe("price");
    await settled();
    await settled();
    expect(await inTime(prices("k"))).toMatch(/^price by rate/);
    expect(told).toContain("ERR_CYCLE");
  });

  test.each([
    ["of a result", false],
    ["of a stream", true],
  ])("%s leaves its caller the place that this has", async (name, isStream) => {
    const { opened, open } = gate();
    const { opened: ended, open: end } = gate();
    const rate = memoize(
      async (_key: string) => {
        await opened;
        return "rate";
      },
      { id: `renewal rate ${name}`, backend },
    );
    let isRenewing = false;
    const compute = async (): Promise<string> => (isRenewing ? rate("k") : "none");
    const options = { backend, ...stale };
    const result = memoize(compute, {
      id: `renewal config ${name}`,
      ...options,
    });
    const stream = memoize(
      async function* () {
        yield await compute();
      },
      { id: `renewal config ${name}`, ...options },
    );
    const config = async (): Promise<unknown> => (isStream ? all(stream()) : result());
    const begun: number[] = [];
    const job = memoize(
      async (which: number) => {
        begun.push(which);
        await config();
        await ended;
        return which;
      },
      { id: `renewal job ${name}`, backend, concurrency: 1 },
    );
    await config();
    clock.advance(300);
    isRenewing = true;
    const first = job(1);
    await settled();
    const second = job(2);
    await settled();
    expect(begun).toEqual([1]);
    open();
    end();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
  });

  test("is no part of its caller, for whose result it may ask", async () => {
    const { opened, open } = gate();
    const told: string[] = [];
    const onError = (error: Error): void => void told.push(error.message);
    let isRenewing = false;
    let runs = 0;
    const settings = memoize(
      async (): Promise<string> => (isRenewing ? `by ${await report("k")}` : "first"),
      { id: "renewal settings", backend, ...stale, onError },
    );
    const report = memoize(
      async (_key: string): Promise<string> => {
        runs += 1;
        const found = await settings();
        await opened;
        return `report ${found}`;
      },
      { id: "renewal report", backend, onError },
    );
    await settings();
    clock.advance(300);
    isRenewing = true;
    const reported = report("k");
    await settled();
    open();
    expect(await inTime(reported)).toBe("report first");
    await settled();
    expect([runs, told]).toEqual([1, []]);
    expect(await settings.memo.peek()).toBe("by report first");
  });
});

test("a computation that failed while the clock was ahead is tried again once that is right", async () => {
  let fails = false;
  let runs = 0;
  const work = memoize(
    async () => {
      runs += 1;
      if (fails) throw new Error("down");
      return runs;
    },
    {
      id: "renewal clock",
      backend,
      ttl: "1m",
      staleIfError: "1d",
      onError: () => undefined,
    },
  );
  expect(await work()).toBe(1);
  clock.advance(12 * HOUR);
  fails = true;
  expect(await work()).toBe(1);
  fails = false;
  // Two minutes after the failure, as it turns out.
  clock.advance(120_000 - 12 * HOUR);
  expect(await work()).toBe(3);
});
