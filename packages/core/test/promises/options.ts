import { describe, expect, test } from "@jest/globals";
import type { Backend } from "@class-cache/mapping";
import { ManualClock, memory } from "@class-cache/mapping";
import { cacheable, cached, configure } from "@class-cache/core";
import { EventTrace } from "../event-trace.ts";
import { settled } from "../gate.ts";
import { currentBackend } from "../current-backend.ts";

export function describeOptions(): void {
  describe("options", () => {
    test("ttl: computes anew at the instant of expiry, wherever the result is", async () => {
      const clock = new ManualClock();
      configure({ clock });
      let calls = 0;
      class Feed {
        @cached({ ttl: "10s" }) async held(): Promise<number> {
          return (calls += 1);
        }
        @cached({ ttl: 10_000, memory: false }) async stored(): Promise<number> {
          return (calls += 1);
        }
      }
      for (const method of ["held", "stored"] as const) {
        const feed = new Feed();
        const first = await feed[method]();
        clock.advance(9_999);
        expect(await feed[method]()).toBe(first);
        clock.advance(1);
        expect(await feed[method]()).toBe(first + 1);
      }
    });

    test("ttl: goes by the clock of the backend where none is configured", async () => {
      const clock = new ManualClock();
      let calls = 0;
      class ClockedFeed {
        @cached({ ttl: "10s", backend: memory({ clock }) }) async next(): Promise<number> {
          return (calls += 1);
        }
      }
      const feed = new ClockedFeed();
      expect([await feed.next(), await feed.next()]).toEqual([1, 1]);
      clock.advance(10_000);
      expect(await feed.next()).toBe(2);
    });

    test("ttl: may depend on the value, and 0 keeps nothing", async () => {
      const clock = new ManualClock();
      configure({ clock });
      let calls = 0;
      class SecondFeed {
        @cached({ ttl: (value: number) => (value === 1 ? 0 : "1m") })
        async next(): Promise<number> {
          return (calls += 1);
        }
      }
      const feed = new SecondFeed();
      expect([await feed.next(), await feed.next(), await feed.next()]).toEqual([1, 2, 2]);
      clock.advance(60_000);
      expect(await feed.next()).toBe(3);
    });

    test("key: stands for the arguments", async () => {
      let calls = 0;
      class Pages {
        @cached({ key: ([url]: [URL, unknown]) => url.pathname })
        async load(url: URL, _socket: unknown): Promise<string> {
          calls += 1;
          return url.href;
        }
      }
      const pages = new Pages();
      const first = await pages.load(new URL("https://a.example/x"), () => undefined);
      expect(await pages.load(new URL("https://b.example/x"), Symbol("other"))).toBe(first);
      expect(calls).toBe(1);
    });

    test("key: is told of the call", async () => {
      const seen: unknown[] = [];
      class SecondPages {
        host = "a";
        @cached({
          key: (args, { instance, method }) => {
            seen.push(args, instance, method);
            return 1;
          },
        })
        async load(_page: string): Promise<number> {
          return 1;
        }
      }
      const pages = new SecondPages();
      await pages.load("x");
      expect(seen).toEqual([["x"], pages, "SecondPages.load"]);
    });

    test("ignoreArgs: leaves arguments out of the key", async () => {
      let calls = 0;
      class ThirdPages {
        @cached({ ignoreArgs: [0, 2] })
        async load(_log: () => void, page: number, _socket?: unknown): Promise<number> {
          calls += 1;
          return page;
        }
      }
      const pages = new ThirdPages();
      await pages.load(() => undefined, 1);
      await pages.load(() => undefined, 1, Symbol("socket"));
      expect(calls).toBe(1);
      await pages.load(() => undefined, 2);
      expect(calls).toBe(2);
    });

    test("shouldCache: keeps what is worth it", async () => {
      let calls = 0;
      class Dice {
        @cached({ shouldCache: (value: number, { args }) => value > 1 && args[0] === "a" })
        async roll(_name: string): Promise<number> {
          return (calls += 1);
        }
      }
      const dice = new Dice();
      expect(await dice.roll("a")).toBe(1);
      expect(await dice.roll("a")).toBe(2);
      expect(await dice.roll("a")).toBe(2);
      expect(await dice.roll("b")).toBe(3);
      expect(await dice.roll("b")).toBe(4);
    });

    test("forceFresh: computes and stores anew", async () => {
      let calls = 0;
      let force = false;
      class ThirdFeed {
        @cached({ forceFresh: () => force }) async next(): Promise<number> {
          return (calls += 1);
        }
      }
      const feed = new ThirdFeed();
      expect(await feed.next()).toBe(1);
      force = true;
      expect(await feed.next()).toBe(2);
      force = false;
      expect(await feed.next()).toBe(2);
    });

    test("version: of the method and of the class count", async () => {
      const results: number[] = [];
      for (const [ofClass, ofMethod] of [
        [1, 1],
        [1, "1"],
        [1, undefined],
        [2, undefined],
        [undefined, undefined],
        [undefined, 1],
      ] as const) {
        @cacheable({ id: "Versioned", version: ofClass })
        class Versioned {
          @cached({ version: ofMethod }) async value(): Promise<number> {
            return results.length;
          }
        }
        results.push(await new Versioned().value());
      }
      expect(results).toEqual([0, 1, 2, 3, 4, 5]);
    });

    test('version: "source" changes with the method\'s text', async () => {
      @cacheable({ id: "Sourced" })
      class One {
        @cached({ version: "source" }) async value(): Promise<string> {
          return "one";
        }
      }
      @cacheable({ id: "Sourced" })
      class Two {
        @cached({ version: "source" }) async value(): Promise<string> {
          return "two";
        }
      }
      expect([await new One().value(), await new Two().value()]).toEqual(["one", "two"]);
    });

    test("id: keeps the results of a method that is renamed", async () => {
      @cacheable({ id: "Renamed" })
      class Before {
        @cached({ id: "load" }) async fetch(): Promise<string> {
          return "kept";
        }
      }
      @cacheable({ id: "Renamed" })
      class After {
        @cached({ id: "load" }) async read(): Promise<string> {
          return "new";
        }
      }
      await new Before().fetch();
      expect(await new After().read()).toBe("kept");
    });

    test("backend: the method's, else the class's, else the configured one", async () => {
      const ofMethod = memory();
      const ofClass = memory();
      @cacheable({ backend: ofClass })
      class Choosy {
        @cached({ backend: ofMethod }) async one(): Promise<number> {
          return 1;
        }
        @cached() async two(): Promise<number> {
          return 2;
        }
      }
      const choosy = new Choosy();
      await choosy.one();
      await choosy.two();
      const idsOf = async (of: Backend): Promise<string[]> => {
        const ids: string[] = [];
        for await (const id of of.ids()) ids.push(id.split(".").at(-1) as string);
        return ids;
      };
      expect(await idsOf(ofMethod)).toEqual(["one"]);
      expect(await idsOf(ofClass)).toEqual(["two"]);
      expect(await idsOf(currentBackend())).toEqual([]);
    });

    test("a method without a backend follows configure at its next call", async () => {
      let calls = 0;
      class Follower {
        @cached() async value(): Promise<number> {
          return (calls += 1);
        }
      }
      const follower = new Follower();
      expect(await follower.value()).toBe(1);
      configure({ backend: memory() });
      expect(await follower.value()).toBe(2);
      configure({ backend: currentBackend() });
      expect(await follower.value()).toBe(1);
    });

    test("memory: holds no more entries than it may", async () => {
      using trace = new EventTrace();
      class Small {
        @cached({ memory: { maxEntries: 2 } }) async value(x: number): Promise<number> {
          return x;
        }
      }
      const small = new Small();
      for (const x of [1, 2, 3]) await small.value(x);
      trace.take();
      for (const x of [3, 2, 1]) await small.value(x);
      expect(trace.take()).toEqual(["hit(memory)", "hit(memory)", "hit(backend)"]);
    });

    test("memory: holds no more bytes than it may", async () => {
      using trace = new EventTrace();
      class SecondSmall {
        @cached({ memory: { maxBytes: 5000 } }) async value(x: number): Promise<Uint8Array> {
          return new Uint8Array(x);
        }
      }
      const small = new SecondSmall();
      for (const x of [3000, 3001, 6000]) await small.value(x);
      trace.take();
      for (const x of [3001, 3000, 6000]) await small.value(x);
      expect(trace.take()).toEqual(["hit(memory)", "hit(backend)", "hit(backend)"]);
    });

    test("concurrency: computes so many at a time", async () => {
      let running = 0;
      let most = 0;
      class Busy {
        @cached({ concurrency: 2 }) async work(x: number): Promise<number> {
          running += 1;
          most = Math.max(most, running);
          await settled();
          running -= 1;
          return x;
        }
      }
      const busy = new Busy();
      const all = await Promise.all([1, 2, 3, 4, 5, 6].map((x) => busy.work(x)));
      expect(all).toEqual([1, 2, 3, 4, 5, 6]);
      expect(most).toBe(2);
    });

    test("concurrency: recursion goes on, also through calls that others began", async () => {
      class Deep {
        @cached({ concurrency: 1 }) async down(n: number): Promise<number> {
          await settled();
          return n === 0 ? 0 : 1 + (await this.across(n - 1));
        }
        @cached({ concurrency: 1 }) async across(n: number): Promise<number> {
          await settled();
          return this.down(n);
        }
      }
      const deep = new Deep();
      const all = Promise.all([deep.down(6), deep.across(5), deep.down(3), deep.across(2)]);
      expect(await all).toEqual([6, 5, 3, 2]);
    });
  });
}
