import { beforeEach, describe, expect, test } from "@jest/globals";
import { invalidateTags, memoize } from "@class-cache/core";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import type { Gate } from "./gate.ts";
import { gate, settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { intercepted } from "./intercepted.ts";
import { sharedMemory } from "./shared-memory.ts";

let number = 0;

describe("a stale result to fall back on that was invalidated while the computation waited", () => {
  const aged = { ttl: 1000, staleIfError: "1h", onError: () => undefined } as const;
  let inner: Backend;
  let going: Gate;
  let fails: boolean;

  beforeEach(() => {
    number += 1;
    inner = memory();
    going = gate();
    fails = false;
  });

  async function compute(key: string): Promise<string> {
    if (key === "slow" || fails) await going.opened;
    if (fails) throw new Error("down");
    return "old";
  }

  const told = (call: Promise<string>): Promise<string> =>
    call.catch((error: Error) => error.message);

  test.each([
    ["a lease", {}],
    ["a place", { concurrency: 1, singleFlight: "process" }],
  ] as const)("is no answer for who joins after that: %s", async (_name, options) => {
    const make = () =>
      memoize(compute, {
        id: `fallback ${number}`,
        ...aged,
        ...options,
        backend: sharedMemory(inner),
      });
    const [one, other, third] = [make(), make(), make()];
    await one("k");
    await one.memo.expire("k");
    let busy = Promise.resolve("");
    if ("concurrency" in options) busy = one("slow");
    await settled();
    fails = true;
    if (!("concurrency" in options)) busy = third("k");
    await settled();
    const first = told(one("k"));
    await settled();
    await other.memo.invalidate("k");
    await settled();
    const joined = told(one("k"));
    await settled();
    going.open();
    expect(await inTime(joined)).toBe("down");
    await Promise.all([told(busy), first]);
  });

  test("is an answer where something else was invalidated", async () => {
    const make = () =>
      memoize(compute, { id: `fallback ${number}`, ...aged, backend: sharedMemory(inner) });
    const [one, other, third] = [make(), make(), make()];
    await one("k");
    await one.memo.expire("k");
    fails = true;
    const busy = told(third("k"));
    await settled();
    const first = one("k");
    await settled();
    await other.memo.invalidate("another");
    const joined = one("k");
    await settled();
    going.open();
    expect(await inTime(Promise.all([busy, first, joined]))).toEqual(["old", "old", "old"]);
  });
});

describe("what a tag has ended", () => {
  test("is not given from memory to who joins a call that was looking by then", async () => {
    const inner = memory();
    const answers: (() => void)[] = [];
    let isHeld = false;
    const here = intercepted(sharedMemory(inner), {
      step: async ({ id, operation, args, take }) => {
        const answer = await take();
        const isLook =
          id === "~class-cache.invalidations" && operation === "get" && args[0] === "state";
        if (isHeld && isLook) await new Promise<void>((resolve) => answers.push(resolve));
        return answer;
      },
    });
    const there = sharedMemory(inner);
    let source = "old";
    const one = memoize(async (_key: string) => source, {
      id: "memory tags",
      tags: () => ["tag"],
      backend: here,
    });
    await one("k");
    await settled();
    isHeld = true;
    const first = one("k");
    await settled();
    source = "new";
    await invalidateTags(["tag"], { backend: there });
    await settled();
    const joined = one("k");
    await settled();
    // The answer to the earlier look comes first.
    answers.shift()?.();
    await settled();
    isHeld = false;
    for (const answer of answers) answer();
    expect(await first).toBe("old");
    expect(await inTime(joined)).toBe("new");
  });
});
