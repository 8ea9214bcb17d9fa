import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, test } from "@jest/globals";
import { cached, configure, memoOf } from "@class-cache/core";
import { ManualClock } from "@class-cache/mapping";
import { sharedMemory } from "./shared-memory.ts";

afterEach(() => {
  configure({ backend: undefined, clock: undefined });
});

test("what is computed behind a call is kept, though much was invalidated while the call waited", async () => {
  const clock = new ManualClock(0);
  configure({ backend: sharedMemory(), clock });
  const running: ((value: string) => void)[] = [];
  class Generator {
    @cached({ ttl: 1000, staleWhileRevalidate: 1000, singleFlight: "process" })
    make(): Promise<string> {
      return new Promise((resolve) => running.push(resolve));
    }
  }
  const generator = new Generator();
  const memo = memoOf(generator, "make");
  const settle = async (number: number): Promise<void> => {
    running[number]!(`result ${number}`);
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
  };
  const first = generator.make();
  await nextTurn();
  await settle(0);
  expect(await first).toBe("result 0");
  clock.advance(1500);
  expect(await generator.make()).toBe("result 0");
  await nextTurn();
  // It waits for what is being computed behind the call before.
  clock.advance(10_000);
  const waiting = generator.make();
  await nextTurn();
  const refreshed = memo.refresh();
  await nextTurn();
  await settle(2);
  expect(await refreshed).toBe("result 2");
  await memo.expire();
  await settle(1);
  expect(await waiting).toBe("result 2");
  await settle(3);
  expect(await memo.peek()).toBe("result 3");
  expect(running.length).toBe(4);
});
