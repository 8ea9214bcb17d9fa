import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { currentTurn } from "@class-cache/mapping";

/** The turns that two callbacks see which the event loop calls one after the other. */
function turnsOf(schedule: (callback: () => void) => unknown): Promise<number[]> {
  return new Promise((resolve) => {
    const turns: number[] = [];
    for (let at = 0; at < 2; at += 1) {
      schedule(() => {
        turns.push(currentTurn());
        if (turns.length === 2) resolve(turns);
      });
    }
  });
}

function hold(milliseconds: number): void {
  const began = performance.now();
  while (performance.now() - began < milliseconds);
}

describe("a turn", () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test("lasts as long as promises settle", async () => {
    let changes = 0;
    for (let round = 0; round < 20; round += 1) {
      await sleep(1);
      const turn = currentTurn();
      for (let at = 0; at < 20; at += 1) await Promise.resolve();
      if (currentTurn() !== turn) changes += 1;
    }
    // Some may be held up for longer than a turn.
    expect(changes).toBeLessThan(10);
  });

  test.each([
    ["timers", (callback: () => void) => setTimeout(callback, 1)],
    ["immediates", (callback: () => void) => setImmediate(callback)],
  ])("ends with its callback: %s", async (_name, schedule) => {
    const [first, second] = await turnsOf(schedule);
    expect(second).toBeGreaterThan(first!);
  });

  test("ends when the thread was held up, since a call may have waited for another process", async () => {
    await sleep(1);
    const turn = currentTurn();
    hold(3);
    const next = currentTurn();
    expect(next).toBeGreaterThan(turn);
    hold(3);
    expect(currentTurn()).toBeGreaterThan(next);
  });

  test("ends again and again in a loop of calls that lets nothing else run", async () => {
    await sleep(1);
    const turns = new Set<number>();
    const began = performance.now();
    while (turns.size < 5 && performance.now() - began < 2000) {
      for (let at = 0; at < 1000; at += 1) turns.add(currentTurn());
    }
    expect(turns.size).toBeGreaterThanOrEqual(5);
    expect(performance.now() - began).toBeGreaterThan(4);
  });

  test("ends also where a test's timers do not run", async () => {
    jest.useFakeTimers();
    const turn = currentTurn();
    jest.useRealTimers();
    await sleep(1);
    expect(currentTurn()).toBeGreaterThan(turn);
  });
});
