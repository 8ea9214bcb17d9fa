import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import { cacheable, cached, configure, memoOf, stats } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import { flaky } from "../flaky-backend.ts";
import { settled } from "../gate.ts";
import { drained, taken } from "../read-all.ts";
import { troubledBackend } from "../troubled-backend.ts";

/** The garbage collector, which is not for programs. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

export function describeUnfinishedStreams(): void {
  describe("streams that do not come to their end, or cannot be kept", () => {
    test.each(["return", "throw", "abort"] as const)(
      "a run that is left by %s is stopped and not remembered",
      async (how) => {
        let runs = 0;
        let stopped = 0;
        @cacheable({ id: `left by ${how}` })
        class Left {
          @cached() async *all(_signal?: AbortSignal): AsyncGenerator<number> {
            runs += 1;
            try {
              yield 1;
              yield 2;
            } finally {
              stopped += 1;
            }
          }
        }
        const left = new Left();
        const controller = new AbortController();
        const all = left.all(controller.signal);
        await all.next();
        const problem = new Error("enough");
        if (how === "return") {
          expect(await all.return(undefined)).toEqual({ done: true, value: undefined });
        } else if (how === "throw") {
          await expect(all.throw(problem)).rejects.toBe(problem);
        } else {
          controller.abort(problem);
          await expect(all.next()).rejects.toBe(problem);
        }
        await settled();
        expect(stopped).toBe(1);
        expect(await memoOf(left, "all").has()).toBe(false);
        expect((await drained(left.all())).items).toEqual([1, 2]);
        expect(runs).toBe(2);
        expect(await memoOf(left, "all").has()).toBe(true);
      },
    );

    test("what the method does when it is stopped early is waited for, and its error is the consumer's", async () => {
      const refuse = async (): Promise<never> => {
        await settled();
        throw new Error("could not close");
      };
      class FussyStream {
        @cached() async *all(): AsyncGenerator<number> {
          try {
            yield 1;
          } finally {
            await refuse();
          }
        }
      }
      const all = new FussyStream().all();
      await all.next();
      await expect(all.return(undefined)).rejects.toThrow("could not close");
    });

    test("an error comes to every consumer in its place, and is not remembered", async () => {
      let runs = 0;
      class FailingStream {
        @cached() async *all(): AsyncGenerator<number> {
          runs += 1;
          yield 1;
          if (runs === 1) throw new RangeError("midway");
          yield 2;
        }
      }
      const failing = new FailingStream();
      const outcomes = await Promise.all([taken(failing.all()), taken(failing.all())]);
      for (const { items, error } of outcomes) {
        expect(items).toEqual([1]);
        expect(error).toMatchObject({ name: "RangeError", message: "midway" });
      }
      expect(runs).toBe(1);
      expect((await drained(failing.all())).items).toEqual([1, 2]);
    });

    test("an error is replayed in its place where errors are remembered", async () => {
      let runs = 0;
      class RememberedStream {
        @cached({ cacheErrors: true }) async *all(): AsyncGenerator<number> {
          runs += 1;
          yield 1;
          throw Object.assign(new RangeError("midway"), { code: "E_MIDWAY" });
        }
      }
      const remembered = new RememberedStream();
      await taken(remembered.all());
      const { items, error } = await taken(remembered.all());
      expect(items).toEqual([1]);
      expect(error).toBeInstanceOf(RangeError);
      expect(error).toMatchObject({ message: "midway", code: "E_MIDWAY" });
      expect(runs).toBe(1);
      expect(await memoOf(remembered, "all").has()).toBe(false);
    });

    test("items that cannot be stored reach every consumer, from runs of their own", async () => {
      let runs = 0;
      const errors: string[] = [];
      configure({ onError: (error) => errors.push((error as Error & { code: string }).code) });
      class FunctionsStream {
        @cached() async *all(): AsyncGenerator<number | (() => number), () => number> {
          const run = (runs += 1);
          yield 1;
          yield () => run;
          yield 2;
          return () => run;
        }
      }
      const functions = new FunctionsStream();
      const outcomes = await Promise.all([drained(functions.all()), drained(functions.all())]);
      const made = outcomes.map(({ items }) => (items[1] as () => number)());
      expect(made.toSorted((a, b) => a - b)).toEqual([1, 2]);
      for (const { items, returned } of outcomes) {
        expect([items[0], items[2]]).toEqual([1, 2]);
        expect(returned()).toBe((items[1] as () => number)());
      }
      expect(errors).toContain("ERR_UNSTORABLE");
      expect(await memoOf(functions, "all").has()).toBe(false);
    });

    test("a stream is given live when the backend fails, to slow consumers too", async () => {
      const errors: string[] = [];
      const backend = flaky(memory());
      configure({ backend, onError: (error) => errors.push(error.message) });
      class StubbornStream {
        @cached() async *all(): AsyncGenerator<string> {
          for (let at = 0; at < 40; at += 1) yield `${at}`.padEnd(50_000);
        }
      }
      const stubborn = new StubbornStream();
      const slow = stubborn.all();
      await slow.next();
      backend.failing = true;
      expect((await drained(stubborn.all())).items).toHaveLength(40);
      const rest = (await drained(slow)).items.map(Number);
      expect(rest).toEqual(Array.from({ length: 39 }, (_, at) => at + 1));
      expect(errors).toContain("out of space");
      backend.failing = false;
      expect(await memoOf(stubborn, "all").has()).toBe(false);
      expect((await drained(stubborn.all())).items).toHaveLength(40);
      expect(await memoOf(stubborn, "all").has()).toBe(true);
    });

    test("a stream is given live when nothing can be opened", async () => {
      const open = (): never => {
        throw new Error("no such device");
      };
      configure({ backend: troubledBackend({ open }), onError: () => undefined });
      class OfflineStream {
        @cached() async *all(): AsyncGenerator<number> {
          yield 1;
          yield 2;
        }
      }
      expect((await drained(new OfflineStream().all())).items).toEqual([1, 2]);
      expect(stats().errors).toBeGreaterThan(0);
    });

    test("a run during which its recording is invalidated is not kept", async () => {
      class OvertakenStream {
        @cached() async *all(): AsyncGenerator<number> {
          yield 1;
          yield 2;
        }
      }
      const overtaken = new OvertakenStream();
      const all = overtaken.all();
      await all.next();
      await memoOf(overtaken, "all").invalidate();
      expect((await drained(all)).items).toEqual([2]);
      expect(await memoOf(overtaken, "all").has()).toBe(false);
    });

    test("a run whose arguments were changed before it began is its own consumer's only", async () => {
      class ChangedStream {
        @cached() async *all(list: number[]): AsyncGenerator<number> {
          yield* list;
        }
      }
      const changed = new ChangedStream();
      const list = [1];
      const all = changed.all(list);
      const first = all.next();
      const other = changed.all([1]).next();
      list[0] = 2;
      expect((await first).value).toBe(2);
      expect((await other).value).toBe(1);
      await drained(all);
      expect((await drained(changed.all([1]))).items).toEqual([1]);
    });

    test("a stream that reads itself is reported, and run once more", async () => {
      const errors: string[] = [];
      configure({ onError: (error) => errors.push((error as Error & { code: string }).code) });
      let runs = 0;
      class CircularStream {
        @cached() async *all(): AsyncGenerator<number> {
          const run = (runs += 1);
          if (run === 1) yield* this.all();
          yield run;
        }
      }
      expect((await drained(new CircularStream().all())).items).toEqual([2, 1]);
      expect(errors).toEqual(["ERR_CYCLE"]);
    });

    test("the method is stopped when the one consumer that could go on has left", async () => {
      let stopped = 0;
      class UncopiedStream {
        @cached({ onError: () => undefined }) async *all(): AsyncGenerator<
          number | (() => number)
        > {
          try {
            yield 1;
            yield () => 2;
            yield 3;
          } finally {
            stopped += 1;
          }
        }
      }
      const uncopied = new UncopiedStream();
      const [one, other] = [uncopied.all(), uncopied.all()];
      await Promise.all([one.next(), other.next()]);
      await one.next();
      await one.return(undefined);
      expect(stopped).toBe(1);
      expect((await drained(other)).items).toHaveLength(2);
      expect(stopped).toBe(2);
    });

    test("a consumer that is dropped without a word leaves when its generator is collected", async () => {
      let stopped = 0;
      class DroppedStream {
        @cached() async *all(): AsyncGenerator<number> {
          try {
            yield 1;
            yield 2;
          } finally {
            stopped += 1;
          }
        }
      }
      const dropped = new DroppedStream();
      const collect = collector();
      await (async () => {
        await dropped.all().next();
      })();
      for (let turn = 0; turn < 100 && stopped === 0; turn += 1) {
        collect();
        await settled();
      }
      expect(stopped).toBe(1);
    });
  });
}
