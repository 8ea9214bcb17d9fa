import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@class-cache/mapping";
import { cacheable, cached, configure, memoOf, stats } from "@class-cache/core";
import { EventTrace } from "../event-trace.ts";
import { gate, settled } from "../gate.ts";

const later = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A clock that the methods of the test go by. */
function setClock(): ManualClock {
  const clock = new ManualClock();
  configure({ clock });
  return clock;
}

export function describeFreshness(): void {
  describe("staleWhileRevalidate", () => {
    test("answers stale at once and computes anew in the background, for exactly its time", async () => {
      const clock = setClock();
      using trace = new EventTrace();
      let calls = 0;
      class FreshFeed1 {
        @cached({ ttl: "10s", staleWhileRevalidate: "5s" }) async next(): Promise<number> {
          return (calls += 1);
        }
      }
      const feed = new FreshFeed1();
      expect(await feed.next()).toBe(1);
      clock.advance(9_999);
      expect(await feed.next()).toBe(1);
      expect(trace.take()).toEqual(["miss", "store", "hit(memory)"]);
      clock.advance(1);
      expect(await feed.next()).toBe(1);
      await settled();
      expect(trace.take()).toEqual(["hit(backend,stale)", "miss(background)", "store"]);
      expect(await feed.next()).toBe(2);
      clock.advance(14_999);
      expect(await feed.next()).toBe(2);
      await settled();
      trace.take();
      expect(await feed.next()).toBe(3);
      clock.advance(15_000);
      expect(await feed.next()).toBe(4);
      expect(trace.take()).toEqual(["hit(memory)", "miss", "store"]);
      expect(stats()).toMatchObject({ stale: 2, misses: 4 });
    });

    test("computes once in the background, however many calls come meanwhile", async () => {
      const clock = setClock();
      const { opened, open } = gate();
      let calls = 0;
      class FreshFeed2 {
        @cached({ ttl: 10, staleWhileRevalidate: 10 }) async next(): Promise<number> {
          calls += 1;
          if (calls > 1) await opened;
          return calls;
        }
      }
      const feed = new FreshFeed2();
      await feed.next();
      clock.advance(10);
      for (let call = 0; call < 5; call += 1) expect(await feed.next()).toBe(1);
      expect(calls).toBe(2);
      open();
      await settled();
      expect(await feed.next()).toBe(2);
    });

    test("a call that comes when the time is over waits for what the background computes", async () => {
      const clock = setClock();
      const { opened, open } = gate();
      let calls = 0;
      class FreshFeed3 {
        @cached({ ttl: 10, staleWhileRevalidate: 10 }) async next(): Promise<number> {
          calls += 1;
          if (calls > 1) await opened;
          return calls;
        }
      }
      const feed = new FreshFeed3();
      await feed.next();
      clock.advance(10);
      await feed.next();
      await settled();
      clock.advance(10);
      const waiting = feed.next();
      await settled();
      open();
      expect(await waiting).toBe(2);
      expect(calls).toBe(2);
    });

    test("tells of a failure in the background, and pauses before it tries again", async () => {
      const clock = setClock();
      const told: string[] = [];
      let calls = 0;
      class FreshFeed4 {
        @cached({
          ttl: "10s",
          staleWhileRevalidate: "1h",
          onError: (error, { operation }) => void told.push(`${operation}: ${error.message}`),
        })
        async next(): Promise<number> {
          calls += 1;
          if (calls > 1 && calls < 4) throw new Error(`no ${calls}`);
          return calls;
        }
      }
      const feed = new FreshFeed4();
      const ask = async (): Promise<number> => {
        const answer = await feed.next();
        await settled();
        return answer;
      };
      await ask();
      clock.advance(10_000);
      expect([await ask(), await ask()]).toEqual([1, 1]);
      expect([calls, told]).toEqual([2, ["refresh: no 2"]]);
      clock.advance(1000);
      expect([await ask(), await ask()]).toEqual([1, 1]);
      expect(calls).toBe(3);
      clock.advance(1999);
      await ask();
      expect(calls).toBe(3);
      clock.advance(1);
      await ask();
      expect(calls).toBe(4);
      expect(await ask()).toBe(4);
      expect(told).toEqual(["refresh: no 2", "refresh: no 3"]);
    });
  });

  describe("staleIfError", () => {
    test("answers with the stale result where computing fails, for exactly its time", async () => {
      const clock = setClock();
      using trace = new EventTrace();
      let calls = 0;
      class FreshFeed5 {
        @cached({ ttl: "10s", staleIfError: "5s", memory: false }) async next(): Promise<number> {
          calls += 1;
          if (calls > 1) throw new RangeError(`no ${calls}`);
          return calls;
        }
      }
      const feed = new FreshFeed5();
      await feed.next();
      trace.take();
      clock.advance(10_000);
      expect(await feed.next()).toBe(1);
      expect(trace.take()).toEqual(["miss", "error(refresh)", "hit(backend,stale)"]);
      clock.advance(4_999);
      expect(await feed.next()).toBe(1);
      clock.advance(1);
      await expect(feed.next()).rejects.toThrow(RangeError);
      expect(stats()).toMatchObject({ stale: 2, errors: 2 });
    });

    test("answers stale at once while it pauses after a failure", async () => {
      const clock = setClock();
      let calls = 0;
      class FreshFeed6 {
        @cached({ ttl: "10s", staleIfError: "1h" }) async next(): Promise<number> {
          calls += 1;
          if (calls > 1) throw new Error("no");
          return calls;
        }
      }
      const feed = new FreshFeed6();
      await feed.next();
      clock.advance(10_000);
      expect([await feed.next(), await feed.next(), await feed.next()]).toEqual([1, 1, 1]);
      expect(calls).toBe(2);
      for (const [pause, expected] of [
        [999, 2],
        [1, 3],
        [1999, 3],
        [1, 4],
        [4000, 5],
      ] as const) {
        clock.advance(pause);
        expect(await feed.next()).toBe(1);
        expect(calls).toBe(expected);
      }
    });

    test("computes first, and has the fresh result where that succeeds", async () => {
      const clock = setClock();
      let calls = 0;
      class FreshFeed7 {
        @cached({ ttl: "10s", staleIfError: "1h" }) async next(): Promise<number> {
          return (calls += 1);
        }
      }
      const feed = new FreshFeed7();
      await feed.next();
      clock.advance(10_000);
      expect(await feed.next()).toBe(2);
    });
  });

  describe("refreshAhead", () => {
    test.each([
      ["2s", 8000],
      [0.2, 8000],
    ] as const)("%s: a late hit has the result computed anew", async (refreshAhead, quick) => {
      const clock = setClock();
      using trace = new EventTrace();
      let calls = 0;
      @cacheable({ id: `refreshed ahead by ${refreshAhead}` })
      class FreshFeed8 {
        @cached({ ttl: "10s", refreshAhead }) async next(): Promise<number> {
          return (calls += 1);
        }
      }
      const feed = new FreshFeed8();
      await feed.next();
      clock.advance(quick - 1);
      expect(await feed.next()).toBe(1);
      trace.take();
      clock.advance(1);
      expect(await feed.next()).toBe(1);
      await settled();
      expect(trace.take()).toEqual(["hit(backend)", "miss(background)", "store"]);
      expect(await feed.next()).toBe(2);
      expect(stats().stale).toBe(0);
      clock.advance(10_000);
      expect(await feed.next()).toBe(3);
    });
  });

  describe("jitter", () => {
    test("makes lifetimes shorter by up to its share, and never longer", async () => {
      const clock = setClock();
      const expiries: number[] = [];
      class FreshFeed9 {
        @cached({ ttl: 1000, jitter: 0.2 }) async next(x: number): Promise<number> {
          return x;
        }
      }
      using trace = new EventTrace();
      const feed = new FreshFeed9();
      for (let x = 0; x < 200; x += 1) await feed.next(x);
      for (const { expiresAt } of trace.messages as { expiresAt?: number }[]) {
        if (expiresAt !== undefined) expiries.push(expiresAt - clock.now());
      }
      expect(expiries).toHaveLength(200);
      expect(Math.min(...expiries)).toBeGreaterThan(800);
      expect(Math.max(...expiries)).toBeLessThanOrEqual(1000);
      expect(Math.max(...expiries) - Math.min(...expiries)).toBeGreaterThan(50);
    });
  });

  describe("timeouts", () => {
    test("softTimeout: answers stale when computing takes longer, and keeps what it gives", async () => {
      const clock = setClock();
      const { opened, open } = gate();
      let calls = 0;
      class FreshFeed10 {
        @cached({ ttl: "10s", staleIfError: "1h", softTimeout: 20 }) async next(): Promise<number> {
          calls += 1;
          if (calls > 1) await opened;
          return calls;
        }
      }
      const feed = new FreshFeed10();
      await feed.next();
      clock.advance(10_000);
      expect(await feed.next()).toBe(1);
      expect(stats().stale).toBe(1);
      open();
      await settled();
      expect(await feed.next()).toBe(2);
      expect(calls).toBe(2);
    });

    test("softTimeout: waits where nothing stale may be the answer", async () => {
      class FreshFeed11 {
        @cached({ softTimeout: 1 }) async next(): Promise<number> {
          await later(30);
          return 1;
        }
      }
      expect(await new FreshFeed11().next()).toBe(1);
    });

    test("hardTimeout: rejects, and remembers what comes afterwards", async () => {
      const { opened, open } = gate();
      let calls = 0;
      class FreshFeed12 {
        @cached({ hardTimeout: 20 }) async next(): Promise<number> {
          calls += 1;
          await opened;
          return calls;
        }
      }
      const feed = new FreshFeed12();
      await expect(feed.next()).rejects.toMatchObject({ code: "ERR_TIMEOUT" });
      open();
      await settled();
      expect(await feed.next()).toBe(1);
      expect(calls).toBe(1);
    });
  });

  describe("expire", () => {
    test("makes a result stale: it is the answer once more, while it is computed anew", async () => {
      setClock();
      let calls = 0;
      class FreshFeed13 {
        @cached({ staleWhileRevalidate: "1h" }) async next(): Promise<number> {
          return (calls += 1);
        }
      }
      const feed = new FreshFeed13();
      await feed.next();
      expect(await memoOf(feed, "next").expire()).toBe(true);
      expect(await feed.next()).toBe(1);
      await settled();
      expect(await feed.next()).toBe(2);
      expect(stats().stale).toBe(1);
    });

    test("forgets where nothing stale is ever the answer", async () => {
      let calls = 0;
      class FreshFeed14 {
        @cached() async next(): Promise<number> {
          return (calls += 1);
        }
      }
      const feed = new FreshFeed14();
      expect(await memoOf(feed, "next").expire()).toBe(false);
      await feed.next();
      expect(await memoOf(feed, "next").expire()).toBe(true);
      expect(await feed.next()).toBe(2);
    });
  });
}
