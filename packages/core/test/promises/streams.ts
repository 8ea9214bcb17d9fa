import { describe, expect, test } from "@jest/globals";
import { cached, configure, stats } from "@class-cache/core";
import { currentBackend } from "../current-backend.ts";
import { gate, settled } from "../gate.ts";
import { drained } from "../read-all.ts";

export function describeStreams(): void {
  describe("streams", () => {
    test("a method that yields is run once, and replayed with all that it yielded and returned", async () => {
      let runs = 0;
      class LinesStream {
        @cached() async *of(count: number): AsyncGenerator<{ line: number }, string> {
          runs += 1;
          for (let line = 0; line < count; line += 1) yield { line };
          return `${count} lines`;
        }
      }
      const lines = new LinesStream();
      const expected = { items: [{ line: 0 }, { line: 1 }, { line: 2 }], returned: "3 lines" };
      expect(await drained(lines.of(3))).toEqual(expected);
      expect(await drained(lines.of(3))).toEqual(expected);
      configure({ backend: currentBackend() });
      expect(await drained(lines.of(3))).toEqual(expected);
      expect(await drained(new LinesStream().of(0))).toEqual({ items: [], returned: "0 lines" });
      expect(runs).toBe(2);
      expect(stats()).toMatchObject({ misses: 2, hits: 2 });
    });

    test("what the method returns is an async generator at once, and runs when it is asked", async () => {
      let runs = 0;
      class LazyStream {
        @cached() async *numbers(): AsyncGenerator<number> {
          runs += 1;
          yield 1;
        }
      }
      const numbers = new LazyStream().numbers();
      expect(Object.prototype.toString.call(numbers)).toBe("[object AsyncGenerator]");
      expect(numbers[Symbol.asyncIterator]()).toBe(numbers);
      expect(typeof numbers[Symbol.asyncDispose]).toBe("function");
      await settled();
      expect(runs).toBe(0);
      expect(await numbers.next()).toEqual({ done: false, value: 1 });
      await numbers[Symbol.asyncDispose]();
      expect(await numbers.next()).toEqual({ done: true, value: undefined });
      const untouched = new LazyStream().numbers();
      expect(await untouched.return(undefined)).toEqual({ done: true, value: undefined });
      expect(runs).toBe(1);
    });

    test("consumers at the same time share one run, each from its start", async () => {
      let runs = 0;
      const { opened, open } = gate();
      class TicksStream {
        @cached() async *all(): AsyncGenerator<number> {
          runs += 1;
          yield 1;
          yield 2;
          await opened;
          yield 3;
        }
      }
      const ticks = new TicksStream();
      const first = ticks.all();
      expect((await first.next()).value).toBe(1);
      expect((await first.next()).value).toBe(2);
      const late = ticks.all();
      expect((await late.next()).value).toBe(1);
      const rest = Promise.all([drained(first), drained(late), drained(ticks.all())]);
      await settled();
      open();
      expect((await rest).map(({ items }) => items)).toEqual([[3], [2, 3], [1, 2, 3]]);
      expect(runs).toBe(1);
      expect(stats()).toMatchObject({ misses: 1, hits: 2 });
    });

    test("the method goes on only when somebody asks", async () => {
      let yielded = 0;
      class EagerStream {
        @cached() async *all(): AsyncGenerator<number> {
          for (;;) {
            yielded += 1;
            yield yielded;
          }
        }
      }
      const all = new EagerStream().all();
      expect((await all.next()).value).toBe(1);
      expect((await all.next()).value).toBe(2);
      await settled();
      expect(yielded).toBe(2);
      await all.return(undefined);
    });

    test("the run ends early only when its last consumer has left", async () => {
      let stopped = 0;
      class SharedStream {
        @cached() async *all(): AsyncGenerator<number> {
          try {
            yield 1;
            yield 2;
            yield 3;
          } finally {
            stopped += 1;
          }
        }
      }
      const shared = new SharedStream();
      const [one, two] = [shared.all(), shared.all()];
      await one.next();
      await two.next();
      await one.return(undefined);
      expect(stopped).toBe(0);
      expect((await two.next()).value).toBe(2);
      await two.return(undefined);
      expect(stopped).toBe(1);
    });

    test("each consumer has items of its own, and the method keeps its own", async () => {
      class ListsStream {
        @cached() async *all(): AsyncGenerator<number[], number[]> {
          const list = [1];
          yield list;
          list.push(2);
          yield list;
          return list;
        }
      }
      const lists = new ListsStream();
      const read = async (): Promise<void> => {
        const all = lists.all();
        const { value: first } = await all.next();
        expect(first).toEqual([1]);
        (first as number[]).push(99);
        const { value: second } = await all.next();
        expect(second).toEqual([1, 2]);
        (second as number[]).push(99);
        expect(await all.next()).toEqual({ done: true, value: [1, 2] });
      };
      await Promise.all([read(), read()]);
      await read();
      configure({ backend: currentBackend() });
      await read();
      expect(stats().misses).toBe(1);
    });

    test("an abort frees its consumer at once, and the method's own signal aborts with the last", async () => {
      let given: AbortSignal | undefined;
      class WaitingStream {
        @cached() async *all(_x: number, signal?: AbortSignal): AsyncGenerator<number> {
          given = signal;
          yield 1;
          await new Promise((_, reject) => {
            signal?.addEventListener("abort", () => reject(signal.reason as Error));
          });
        }
      }
      const waiting = new WaitingStream();
      const [one, two] = [new AbortController(), new AbortController()];
      const first = waiting.all(1, one.signal);
      const second = waiting.all(1, two.signal);
      await Promise.all([first.next(), second.next()]);
      const stuck = first.next();
      await settled();
      one.abort(new Error("first is gone"));
      await expect(stuck).rejects.toThrow("first is gone");
      expect(given?.aborted).toBe(false);
      const alsoStuck = second.next();
      await settled();
      two.abort(new Error("second is gone"));
      await expect(alsoStuck).rejects.toThrow("second is gone");
      expect(given?.aborted).toBe(true);
      await expect(waiting.all(2, AbortSignal.abort("early")).next()).rejects.toBe("early");
      expect(stats().misses).toBe(1);
    });

    test("a stream that was read to its end leaves no listener, and no signal aborted", async () => {
      let given: AbortSignal | undefined;
      class TidyStream {
        @cached() async *all(signal: AbortSignal): AsyncGenerator<number> {
          given = signal;
          yield 1;
        }
      }
      const { signal } = new AbortController();
      let listeners = 0;
      const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void;
      const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void;
      Object.assign(signal, {
        addEventListener: (...args: unknown[]) => {
          listeners += 1;
          add(...args);
        },
        removeEventListener: (...args: unknown[]) => {
          listeners -= 1;
          remove(...args);
        },
      });
      await drained(new TidyStream().all(signal));
      await drained(new TidyStream().all(signal));
      expect(listeners).toBeLessThanOrEqual(0);
      expect(given?.aborted).toBe(false);
    });
  });
}
