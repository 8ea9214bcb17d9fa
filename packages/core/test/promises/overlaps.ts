import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@class-cache/mapping";
import { cached, configure, invalidateTags, memoOf, stats } from "@class-cache/core";
import { currentBackend } from "../current-backend.ts";
import { settled } from "../gate.ts";
import { sharedMemory } from "../shared-memory.ts";

/** Computations that the test ends, in the order in which they began. */
class Computations {
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly #ends: ((fails: boolean) => void)[] = [];

  get begun(): number {
    return this.#ends.length;
  }

  run(signal?: AbortSignal): Promise<{ n: number }> {
    this.signals.push(signal);
    const n = this.#ends.length + 1;
    return new Promise((resolve, reject) => {
      this.#ends.push((fails) => (fails ? reject(new Error(`no ${n}`)) : resolve({ n })));
    });
  }

  async end(n: number, fails: boolean = false): Promise<void> {
    await settled();
    this.#ends[n - 1]?.(fails);
    await settled();
  }
}

function setClock(): ManualClock {
  const clock = new ManualClock();
  configure({ clock });
  return clock;
}

/** What a promise rejects with. */
async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "nothing",
    (error: unknown) => (error as Error).message,
  );
}

export function describeOverlaps(): void {
  describe("computations under way", () => {
    test("answer who joins after configure, and what they bring is what memory has then", async () => {
      const computing = new Computations();
      class Overlap1 {
        @cached() async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap1();
      const first = one.next();
      await settled();
      configure({ backend: currentBackend() });
      const second = one.next();
      await computing.end(1);
      expect([await first, await second]).toEqual([{ n: 1 }, { n: 1 }]);
    });

    test("of the background are replaced in memory, too, where configure came between", async () => {
      const clock = setClock();
      const computing = new Computations();
      class Overlap2 {
        @cached({ ttl: 10, staleWhileRevalidate: 10 }) async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap2();
      void one.next();
      await computing.end(1);
      clock.advance(10);
      await one.next();
      clock.advance(-1);
      configure({ backend: currentBackend() });
      await one.next();
      await computing.end(2);
      expect(await one.next()).toEqual({ n: 2 });
    });

    test("in the background are waited for by a call that would have to compute itself", async () => {
      const clock = setClock();
      const computing = new Computations();
      class Overlap3 {
        @cached({ ttl: 10, staleWhileRevalidate: 10, staleIfError: 50 })
        async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap3();
      void one.next();
      await computing.end(1);
      clock.advance(10);
      await one.next();
      clock.advance(10);
      const waiting = one.next();
      await computing.end(2, true);
      expect(await waiting).toEqual({ n: 1 });
      expect(computing.begun).toBe(2);
    });

    test("do not spare a value that was set meanwhile its own renewal", async () => {
      const clock = setClock();
      const computing = new Computations();
      class Overlap4 {
        @cached({ ttl: 10, staleWhileRevalidate: 10 }) async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap4();
      await memoOf(one, "next").set([], { n: -1 });
      clock.advance(10);
      await one.next();
      await memoOf(one, "next").set([], { n: -2 });
      clock.advance(10);
      expect(await one.next()).toEqual({ n: -2 });
      await computing.end(2);
      await computing.end(1);
      expect(await one.next()).toEqual({ n: 2 });
    });

    test("do not replace what was refreshed after they began", async () => {
      const clock = setClock();
      const computing = new Computations();
      class Overlap5 {
        @cached({ ttl: 10, staleWhileRevalidate: 10 }) async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap5();
      await memoOf(one, "next").set([], { n: -1 });
      clock.advance(10);
      await one.next();
      const refreshed = memoOf(one, "next").refresh();
      await computing.end(2);
      await computing.end(1);
      expect(await refreshed).toEqual({ n: 2 });
      expect(await one.next()).toEqual({ n: 2 });
    });

    test("that fail are not answered for with a result whose time ran out meanwhile", async () => {
      const clock = setClock();
      const computing = new Computations();
      class Overlap6 {
        @cached({ ttl: 10, staleIfError: 10 }) async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap6();
      await memoOf(one, "next").set([], { n: -1 });
      clock.advance(19);
      const answer = one.next();
      await settled();
      clock.advance(1);
      const rejected = messageOf(answer);
      await computing.end(1, true);
      expect(await rejected).toBe("no 1");
    });

    test("do not count as hits the calls that have left", async () => {
      const computing = new Computations();
      class Overlap7 {
        @cached() async next(_signal?: AbortSignal): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap7();
      const controller = new AbortController();
      const first = one.next();
      const left = messageOf(one.next(controller.signal));
      await settled();
      controller.abort(new Error("left"));
      await computing.end(1);
      expect(await Promise.all([first, left])).toEqual([{ n: 1 }, "left"]);
      expect(stats()).toMatchObject({ hits: 0, misses: 1 });
    });

    test("in the background get a signal where the call gave one", async () => {
      const clock = setClock();
      const computing = new Computations();
      class Overlap8 {
        @cached({ ttl: 10, staleWhileRevalidate: 10 })
        async next({ signal }: { signal: AbortSignal }): Promise<{ n: number }> {
          return computing.run(signal);
        }
      }
      const one = new Overlap8();
      const controller = new AbortController();
      await memoOf(one, "next").set([{ signal: controller.signal }], { n: -1 });
      clock.advance(10);
      await one.next({ signal: controller.signal });
      await settled();
      controller.abort();
      expect(computing.signals[0]?.aborted).toBe(false);
      await computing.end(1);
    });

    test("do not answer who comes after their tag was invalidated, and are shared otherwise", async () => {
      const computing = new Computations();
      class Overlap9 {
        @cached({ tags: () => ["overlap"] }) async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap9();
      const first = one.next();
      await settled();
      await invalidateTags(["another"]);
      const second = one.next();
      await computing.end(1);
      expect([await first, await second, await one.next()]).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
      await invalidateTags(["overlap"]);
      const third = one.next();
      await settled();
      await invalidateTags(["overlap"]);
      const fourth = one.next();
      await computing.end(2);
      await computing.end(3);
      expect([await third, await fourth]).toEqual([{ n: 2 }, { n: 3 }]);
    });

    test("that fail are what memory answers with from then on, where errors are remembered", async () => {
      const computing = new Computations();
      class Overlap10 {
        @cached({ cacheErrors: true }) async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap10();
      void one.next();
      await computing.end(1);
      const refused = messageOf(memoOf(one, "next").refresh());
      await computing.end(2, true);
      expect(await refused).toBe("no 2");
      await expect(one.next()).rejects.toThrow("no 2");
    });

    test("refresh what memory has, also of a backend that processes share", async () => {
      configure({ backend: sharedMemory() });
      const computing = new Computations();
      class Overlap11 {
        @cached() async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap11();
      void one.next();
      await computing.end(1);
      expect(await one.next()).toEqual({ n: 1 });
      void memoOf(one, "next").refresh();
      await computing.end(2);
      expect(await one.next()).toEqual({ n: 2 });
    });

    test("begin ahead of time, also on a backend that processes share", async () => {
      const clock = setClock();
      configure({ backend: sharedMemory() });
      const computing = new Computations();
      class Overlap12 {
        @cached({ ttl: 10, refreshAhead: 5 }) async next(): Promise<{ n: number }> {
          return computing.run();
        }
      }
      const one = new Overlap12();
      await memoOf(one, "next").set([], { n: -1 });
      clock.advance(5);
      expect(await one.next()).toEqual({ n: -1 });
      await computing.end(1);
      expect(await one.next()).toEqual({ n: 1 });
      expect(stats()).toMatchObject({ hits: 2, misses: 1 });
    });
  });
}
