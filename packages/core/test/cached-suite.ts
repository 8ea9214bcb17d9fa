import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Backend, Entry } from "@class-cache/mapping";
import { ManualClock, memory } from "@class-cache/mapping";
import {
  cacheable,
  cached,
  configure,
  identity,
  memoOf,
  resetStats,
  stats,
  transient,
} from "@class-cache/core";
import { EventTrace } from "./event-trace.ts";
import { gate, settled } from "./gate.ts";
import { troubledBackend } from "./troubled-backend.ts";
import type { Trouble } from "./troubled-backend.ts";

/** What is promised of decorated methods. Run as it is under both kinds of decorators. */
export function describeCached(): void {
  let backend: Backend;

  beforeEach(() => {
    backend = memory();
    configure({ backend, clock: undefined, onError: undefined });
    resetStats();
  });

  describe("remembering", () => {
    test("computes once and answers again from memory", async () => {
      let calls = 0;
      class Doubler {
        @cached() async double(x: number): Promise<number> {
          calls += 1;
          return x * 2;
        }
      }
      const doubler = new Doubler();
      expect([await doubler.double(2), await doubler.double(2)]).toEqual([4, 4]);
      expect(calls).toBe(1);
    });

    test("answers from the backend where memory is off", async () => {
      let calls = 0;
      class SecondDoubler {
        @cached({ memory: false }) async double(x: number): Promise<number> {
          calls += 1;
          return x * 2;
        }
      }
      const doubler = new SecondDoubler();
      expect([await doubler.double(2), await doubler.double(2)]).toEqual([4, 4]);
      expect(calls).toBe(1);
    });

    test("keeps stored undefined, null, NaN and falsy values", async () => {
      let calls = 0;
      class Echo {
        @cached() async echo(_at: number, value: unknown): Promise<unknown> {
          calls += 1;
          return value;
        }
        @cached({ memory: false }) async stored(_at: number, value: unknown): Promise<unknown> {
          calls += 1;
          return value;
        }
      }
      const values = [undefined, null, Number.NaN, 0, "", false, 0n];
      for (const method of ["echo", "stored"] as const) {
        const echo = new Echo();
        calls = 0;
        for (const [at, value] of values.entries())
          expect(await echo[method](at, value)).toBe(value);
        for (const [at, value] of values.entries())
          expect(await echo[method](at, value)).toBe(value);
        expect(calls).toBe(values.length);
      }
    });

    test("does not remember rejections, nor leave anything in flight after one", async () => {
      let calls = 0;
      class Moody {
        @cached() async answer(): Promise<number> {
          calls += 1;
          if (calls === 1) throw new Error("not yet");
          return calls;
        }
      }
      const moody = new Moody();
      await expect(moody.answer()).rejects.toThrow("not yet");
      expect(await moody.answer()).toBe(2);
      expect(await moody.answer()).toBe(2);
    });

    test("makes a rejection of what is thrown before the first await", async () => {
      class Hasty {
        // Returns a promise only where it does not throw.
        @cached() hurry(): Promise<number> {
          throw new Error("at once");
        }
      }
      await expect(new Hasty().hurry()).rejects.toThrow("at once");
    });

    test("has stored a result before it is answered", async () => {
      class ThirdDoubler {
        @cached() async double(x: number): Promise<number> {
          return x * 2;
        }
      }
      await new ThirdDoubler().double(4);
      const ids: string[] = [];
      for await (const id of backend.ids()) ids.push(id);
      expect(ids).toHaveLength(1);
      expect(ids[0]).toMatch(/^ThirdDoubler~@class-cache\/core-[0-9a-f]{8}\.double$/);
      expect(await backend.open(ids[0] as string).size()).toBe(1);
    });

    test("keeps the method's name and length", () => {
      class FourthDoubler {
        @cached() async double(x: number): Promise<number> {
          return x * 2;
        }
      }
      expect(FourthDoubler.prototype.double.name).toBe("double");
      expect(FourthDoubler.prototype.double.length).toBe(1);
    });

    test("works on static methods, by the class's static fields", async () => {
      let calls = 0;
      class Registry {
        static region = "eu";
        @cached() static async load(name: string): Promise<string> {
          calls += 1;
          return `${this.region}/${name}`;
        }
      }
      expect([await Registry.load("a"), await Registry.load("a")]).toEqual(["eu/a", "eu/a"]);
      Registry.region = "us";
      expect(await Registry.load("a")).toBe("us/a");
      expect(calls).toBe(2);
    });

    test("sees the static fields that a class inherits", async () => {
      class Base {
        static region = "eu";
        @cached() static async load(): Promise<string> {
          return this.region;
        }
      }
      class Shop extends Base {}
      expect(await Shop.load()).toBe("eu");
      Base.region = "us";
      expect(await Shop.load()).toBe("us");
    });
  });

  describe("single flight", () => {
    test("computes once for many calls at the same time", async () => {
      let calls = 0;
      const { opened, open } = gate();
      class Slow {
        @cached() async work(x: number): Promise<{ x: number }> {
          calls += 1;
          await opened;
          return { x };
        }
      }
      const slow = new Slow();
      const answers = Promise.all(Array.from({ length: 50 }, () => slow.work(1)));
      await settled();
      open();
      const results = await answers;
      expect(calls).toBe(1);
      expect(results.every((result) => result.x === 1)).toBe(true);
      expect(new Set(results).size).toBe(50);
      expect(stats()).toMatchObject({ misses: 1, hits: 49 });
    });

    test("computes for each call where it is off", async () => {
      let calls = 0;
      class SecondSlow {
        @cached({ singleFlight: false, memory: false }) async work(): Promise<number> {
          calls += 1;
          await settled();
          return calls;
        }
      }
      const slow = new SecondSlow();
      await Promise.all([slow.work(), slow.work(), slow.work()]);
      expect(calls).toBe(3);
    });

    test("tells every waiting call of a rejection", async () => {
      class Broken {
        @cached() async work(): Promise<number> {
          await settled();
          throw new Error("broken");
        }
      }
      const broken = new Broken();
      const outcomes = await Promise.allSettled([broken.work(), broken.work(), broken.work()]);
      expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    });

    test("computes for each call what is not remembered and cannot be copied", async () => {
      let calls = 0;
      class Functions {
        @cached({ shouldCache: () => false }) async make(): Promise<() => number> {
          const call = (calls += 1);
          await settled();
          return () => call;
        }
      }
      const functions = new Functions();
      const made = await Promise.all([functions.make(), functions.make(), functions.make()]);
      expect(made.map((f) => f()).sort()).toEqual([1, 2, 3]);
    });

    test("lets a method call itself for another key, and other cached methods", async () => {
      class Numbers {
        @cached() async fibonacci(n: number): Promise<number> {
          if (n < 2) return this.identity(n);
          return (await this.fibonacci(n - 1)) + (await this.fibonacci(n - 2));
        }
        @cached() async identity(n: number): Promise<number> {
          return n;
        }
      }
      expect(await new Numbers().fibonacci(20)).toBe(6765);
    });
  });

  describe("isolation", () => {
    test("shows no caller what another does to a result", async () => {
      class Lists {
        @cached() async list(): Promise<{ items: number[] }> {
          await settled();
          return { items: [1, 2] };
        }
        @cached({ memory: false }) async stored(): Promise<{ items: number[] }> {
          await settled();
          return { items: [1, 2] };
        }
      }
      for (const method of ["list", "stored"] as const) {
        const lists = new Lists();
        const first = await Promise.all([lists[method](), lists[method]()]);
        for (const result of first) result.items.push(3);
        for (let again = 0; again < 3; again += 1) {
          const result = await lists[method]();
          expect(result).toEqual({ items: [1, 2] });
          result.items.length = 0;
        }
      }
    });

    test("gives from memory what it gives from the backend", async () => {
      const value = {
        map: new Map([[{ a: 1 }, new Set([1n])]]),
        when: new Date(5),
        bytes: new Uint8Array([1, 2]),
        error: new RangeError("far", { cause: "x" }),
        nothing: undefined,
        minusZero: -0,
      };
      class Things {
        @cached() async held(): Promise<typeof value> {
          return value;
        }
        @cached({ memory: false }) async stored(): Promise<typeof value> {
          return value;
        }
      }
      const things = new Things();
      await things.held();
      await things.stored();
      const [held, stored] = [await things.held(), await things.stored()];
      expect(held).toEqual(value);
      expect(stored).toEqual(held);
      expect(Object.is(held.minusZero, -0)).toBe(true);
      expect(held.error).not.toBe(value.error);
    });

    test("shares one object where it is off", async () => {
      class SecondLists {
        @cached({ isolate: false }) async list(): Promise<number[]> {
          return [1];
        }
      }
      const lists = new SecondLists();
      const [one, two] = await Promise.all([lists.list(), lists.list()]);
      expect(one).toBe(two);
      expect(await lists.list()).toBe(one);
    });
  });

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
      expect(await idsOf(backend)).toEqual([]);
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
      configure({ backend });
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

  describe("abort", () => {
    test("a signal is no part of the key, alone or among options", async () => {
      let calls = 0;
      class Fetcher {
        @cached() async load(
          _url: string,
          _options: { signal?: AbortSignal; depth: number },
          _signal?: AbortSignal,
        ): Promise<number> {
          return (calls += 1);
        }
      }
      const fetcher = new Fetcher();
      const { signal } = new AbortController();
      expect(await fetcher.load("a", { depth: 1 })).toBe(1);
      expect(await fetcher.load("a", { depth: 1, signal })).toBe(1);
      expect(await fetcher.load("a", { depth: 1 }, signal)).toBe(1);
      expect(await fetcher.load("a", { depth: 2, signal }, signal)).toBe(2);
    });

    test("frees that caller at once with the reason, and nobody else", async () => {
      const { opened, open } = gate();
      let given: AbortSignal | undefined;
      class SecondFetcher {
        @cached() async load(_url: string, signal?: AbortSignal): Promise<string> {
          given = signal;
          await opened;
          return "loaded";
        }
      }
      const fetcher = new SecondFetcher();
      const [one, two] = [new AbortController(), new AbortController()];
      const first = fetcher.load("a", one.signal);
      const second = fetcher.load("a", two.signal);
      await settled();
      const reason = new Error("no longer wanted");
      one.abort(reason);
      await expect(first).rejects.toBe(reason);
      expect(given?.aborted).toBe(false);
      open();
      expect(await second).toBe("loaded");
      expect(given).not.toBe(one.signal);
    });

    test("stops the work when the last waiter has left, and remembers nothing of it", async () => {
      let calls = 0;
      let stopped = 0;
      class ThirdFetcher {
        @cached() async load({ signal }: { signal: AbortSignal }): Promise<number> {
          calls += 1;
          signal.addEventListener("abort", () => (stopped += 1));
          await settled();
          return calls;
        }
      }
      const fetcher = new ThirdFetcher();
      const [one, two] = [new AbortController(), new AbortController()];
      const first = fetcher.load({ signal: one.signal });
      const second = fetcher.load({ signal: two.signal });
      await Promise.resolve();
      one.abort();
      await expect(first).rejects.toThrow();
      expect(stopped).toBe(0);
      two.abort();
      await expect(second).rejects.toThrow();
      const third = fetcher.load({ signal: new AbortController().signal });
      expect(await third).toBe(calls);
      expect(await fetcher.load({ signal: new AbortController().signal })).toBe(calls);
    });

    test("an aborted signal rejects without computing", async () => {
      let calls = 0;
      class FourthFetcher {
        @cached() async load(_signal: AbortSignal): Promise<number> {
          return (calls += 1);
        }
      }
      const fetcher = new FourthFetcher();
      await expect(fetcher.load(AbortSignal.abort("gone"))).rejects.toBe("gone");
      expect(calls).toBe(0);
    });

    test("leaves no listeners behind", async () => {
      class FifthFetcher {
        @cached({ memory: false }) async load(_x: number, _signal: AbortSignal): Promise<number> {
          return 1;
        }
      }
      const fetcher = new FifthFetcher();
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
      await Promise.all([1, 2, 1].map((x) => fetcher.load(x, signal)));
      expect(listeners).toBe(0);
    });
  });

  describe("fail-open", () => {
    const broken = (): Promise<never> => Promise.reject(new Error("sick disk"));

    test.each<[string, Trouble, string[], number]>([
      [
        "cannot be opened",
        {
          open: () => {
            throw new Error("sick disk");
          },
        },
        ["lookup", "open", "store"],
        1,
      ],
      ["cannot read", { lookup: broken }, ["lookup"], 1],
      ["cannot write", { set: broken }, ["store"], 1],
    ])("answers when the backend %s", async (_name, trouble, operations, calls) => {
      const told: string[] = [];
      configure({
        backend: troubledBackend(trouble),
        onError: (error, { operation, method }) => {
          expect([error.message, method]).toEqual(["sick disk", "Steady.work"]);
          told.push(operation);
        },
      });
      using trace = new EventTrace();
      let computed = 0;
      @cacheable({ id: "Steady" })
      class Steady {
        @cached() async work(): Promise<string> {
          computed += 1;
          return "answer";
        }
      }
      const steady = new Steady();
      expect([await steady.work(), await steady.work()]).toEqual(["answer", "answer"]);
      expect(computed).toBe(calls);
      expect(told).toEqual(operations);
      expect(trace.take().filter((event) => event.startsWith("error"))).toEqual(
        operations.map((operation) => `error(${operation})`),
      );
      expect(stats().errors).toBe(operations.length);
    });

    test("survives an onError that throws", async () => {
      configure({ backend: troubledBackend({ lookup: broken, set: broken }) });
      class SecondSteady {
        @cached({
          onError: () => {
            throw new Error("from onError");
          },
        })
        async work(): Promise<string> {
          return "answer";
        }
      }
      expect(await new SecondSteady().work()).toBe("answer");
    });

    test("the method's onError comes before the configured one", async () => {
      const told: string[] = [];
      configure({
        backend: troubledBackend({ lookup: broken }),
        onError: () => told.push("configured"),
      });
      class ThirdSteady {
        @cached({ onError: () => told.push("own") }) async work(): Promise<string> {
          return "answer";
        }
      }
      await new ThirdSteady().work();
      expect(told).toEqual(["own"]);
    });

    test("a caller can leave a mapping that stalls", async () => {
      const { opened, open } = gate();
      const trouble: Trouble = {
        lookup: async () => {
          await opened;
          return undefined;
        },
      };
      configure({ backend: troubledBackend(trouble) });
      let calls = 0;
      class FourthSteady {
        @cached() async work(_signal?: AbortSignal): Promise<number> {
          return (calls += 1);
        }
      }
      const steady = new FourthSteady();
      const controller = new AbortController();
      const left = steady.work(controller.signal);
      controller.abort();
      await expect(left).rejects.toThrow();
      const stays = steady.work();
      open();
      expect(await stays).toBe(1);
    });

    test("does not believe a mapping that gives expired entries", async () => {
      const clock = new ManualClock();
      const entry: Entry<unknown> = {
        value: "stale",
        storedAt: 0,
        expiresAt: clock.now(),
        cost: undefined,
      };
      configure({ backend: troubledBackend({ lookup: async () => entry }), clock });
      class FifthSteady {
        @cached() async work(): Promise<string> {
          return "fresh";
        }
      }
      expect(await new FifthSteady().work()).toBe("fresh");
    });

    test("a value that cannot be stored rejects, and the error carries it", async () => {
      class Odd {
        @cached() async make(): Promise<{ f: () => void }> {
          return { f: () => undefined };
        }
      }
      const error: unknown = await new Odd().make().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "ERR_UNSTORABLE", path: "value.f" });
      expect(typeof (error as { value: { f: unknown } }).value.f).toBe("function");
    });
  });

  describe("the trace of events", () => {
    test("of a miss, a memory hit, a backend hit and a joined flight", async () => {
      using trace = new EventTrace();
      class Traced {
        @cached() async work(x: number): Promise<number> {
          return x;
        }
      }
      const traced = new Traced();
      await traced.work(1);
      expect(trace.take()).toEqual(["miss", "store"]);
      await traced.work(1);
      expect(trace.take()).toEqual(["hit(memory)"]);
      configure({ backend });
      await traced.work(1);
      expect(trace.take()).toEqual(["hit(backend)"]);
      await Promise.all([traced.work(2), traced.work(2)]);
      expect(trace.take()).toEqual(["miss", "store", "hit(flight)"]);
      expect(trace.messages.at(-1)).toMatchObject({ method: "Traced.work", key: "[null,{},[2]]" });
    });

    test("of a rejection, and of a result that is not worth keeping", async () => {
      using trace = new EventTrace();
      class SecondTraced {
        @cached() async fail(): Promise<number> {
          throw new Error("no");
        }
        @cached({ shouldCache: () => false }) async forget(): Promise<number> {
          return 1;
        }
      }
      const traced = new SecondTraced();
      await traced.fail().catch(() => undefined);
      expect(trace.take()).toEqual(["miss"]);
      await traced.forget();
      expect(trace.take()).toEqual(["miss"]);
    });
  });

  describe("statistics", () => {
    test("count in all and by method, and start anew", async () => {
      class Counted {
        @cached() async work(x: number): Promise<number> {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return x;
        }
      }
      const counted = new Counted();
      for (const x of [1, 1, 1, 2]) await counted.work(x);
      const all = stats();
      expect(all).toMatchObject({ hits: 2, memoryHits: 2, misses: 2, errors: 0 });
      expect(all.timeSpent).toBeGreaterThan(0);
      expect(all.timeSaved).toBeGreaterThan(0);
      expect(all.methods["Counted.work"]).toMatchObject({ hits: 2, misses: 2 });
      resetStats();
      expect(stats()).toMatchObject({ hits: 0, misses: 0, timeSaved: 0 });
    });

    test("know the time saved by what another process computed", async () => {
      class SecondCounted {
        @cached() async work(x: number): Promise<number> {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return x;
        }
      }
      const counted = new SecondCounted();
      await counted.work(1);
      configure({ backend });
      await counted.work(1);
      expect(stats().timeSaved).toBeGreaterThan(0);
    });
  });

  describe("instances", () => {
    test("transient fields do not tell instances apart, and need no key", async () => {
      let calls = 0;
      class Client {
        readonly host: string;
        @transient socket: unknown = () => undefined;
        constructor(host: string) {
          this.host = host;
        }
        @cached() async load(): Promise<number> {
          return (calls += 1);
        }
      }
      expect(await new Client("a").load()).toBe(1);
      expect(await new Client("a").load()).toBe(1);
      expect(await new Client("b").load()).toBe(2);
    });

    test("a changed field is a different key", async () => {
      class SecondClient {
        host = "a";
        deep = { list: [1] };
        @cached() async load(): Promise<string> {
          return `${this.host}${this.deep.list.length}`;
        }
      }
      const client = new SecondClient();
      expect(await client.load()).toBe("a1");
      client.host = "b";
      expect(await client.load()).toBe("b1");
      client.deep.list.push(2);
      expect(await client.load()).toBe("b2");
    });

    test("an unkeyable field is named, with the way out", async () => {
      class ThirdClient {
        handler = (): void => undefined;
        @cached() async load(): Promise<number> {
          return 1;
        }
      }
      await expect(new ThirdClient().load()).rejects.toMatchObject({
        code: "ERR_UNKEYABLE",
        path: "this.handler",
        message: expect.stringContaining("@transient"),
      });
    });

    test("an unkeyable argument is named", async () => {
      class FourthClient {
        @cached() async load(_options: unknown): Promise<number> {
          return 1;
        }
      }
      await expect(new FourthClient().load({ conn: Symbol("x") })).rejects.toMatchObject({
        code: "ERR_UNKEYABLE",
        path: "args[0].conn",
      });
    });

    test("[identity]() stands for the fields", async () => {
      let calls = 0;
      class FifthClient {
        readonly host: string;
        readonly handler = (): void => undefined;
        constructor(host: string) {
          this.host = host;
        }
        [identity](): string {
          return this.host;
        }
        @cached() async load(): Promise<number> {
          return (calls += 1);
        }
      }
      expect(await new FifthClient("a").load()).toBe(1);
      expect(await new FifthClient("a").load()).toBe(1);
      expect(await new FifthClient("b").load()).toBe(2);
    });

    test("cacheable({ identity }) stands for the fields, not for those of subclasses", async () => {
      let calls = 0;
      @cacheable({ identity: (client: SixthClient) => client.host })
      class SixthClient {
        readonly host: string;
        readonly nonce = Math.random();
        constructor(host: string) {
          this.host = host;
        }
        @cached() async load(): Promise<number> {
          return (calls += 1);
        }
      }
      class Special extends SixthClient {}
      expect(await new SixthClient("a").load()).toBe(1);
      expect(await new SixthClient("a").load()).toBe(1);
      expect(await new Special("a").load()).toBe(2);
      expect(await new Special("a").load()).toBe(3);
    });

    test("instances of a cacheable class may be arguments", async () => {
      let calls = 0;
      @cacheable()
      class Point {
        readonly x: number;
        constructor(x: number) {
          this.x = x;
        }
      }
      @cacheable()
      class Dot {
        readonly x: number;
        constructor(x: number) {
          this.x = x;
        }
      }
      class Plain {
        x = 1;
      }
      class Plot {
        @cached() async draw(_at: unknown): Promise<number> {
          return (calls += 1);
        }
      }
      const plot = new Plot();
      expect(await plot.draw(new Point(1))).toBe(1);
      expect(await plot.draw(new Point(1))).toBe(1);
      expect(await plot.draw(new Point(2))).toBe(2);
      expect(await plot.draw(new Dot(1))).toBe(3);
      expect(await plot.draw({ x: 1 })).toBe(4);
      expect(await plot.draw([new Point(1)])).toBe(5);
      await expect(plot.draw(new Plain())).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
    });

    test("a method taken off its object rejects and says so", async () => {
      class SeventhClient {
        @cached() async load(): Promise<number> {
          return 1;
        }
      }
      // oxlint-disable-next-line typescript/unbound-method
      const { load } = new SeventhClient();
      await expect((load as () => Promise<number>)()).rejects.toMatchObject({ code: "ERR_OPTION" });
    });

    test("an object that inherits from an instance is refused", async () => {
      class EighthClient {
        host = "a";
        @cached() async load(): Promise<string> {
          return this.host;
        }
      }
      const derived = Object.create(new EighthClient()) as EighthClient;
      await expect(derived.load()).rejects.toMatchObject({ code: "ERR_UNKEYABLE", path: "this" });
    });

    test("an instance of a built-in's subclass is refused, for its contents are not fields", async () => {
      class Bag extends Map<string, number> {
        @cached() async sum(): Promise<number> {
          return [...this.values()].reduce((a, b) => a + b, 0);
        }
      }
      await expect(new Bag([["a", 1]]).sum()).rejects.toMatchObject({
        code: "ERR_UNKEYABLE",
        path: "this",
      });
    });

    test("a #private field that could matter is refused and named", async () => {
      class EighthClient {
        readonly #host: string;
        constructor(host: string) {
          this.#host = host;
        }
        @cached() async load(): Promise<string> {
          return this.#host;
        }
      }
      class SecondSpecial extends EighthClient {}
      for (const client of [new EighthClient("a"), new SecondSpecial("a")]) {
        await expect(client.load()).rejects.toMatchObject({
          code: "ERR_UNKEYABLE",
          path: "this.#host",
        });
      }
    });

    test("#private methods and static fields are no state of an instance", async () => {
      class NinthClient {
        static #made = 0;
        constructor() {
          NinthClient.#made += 1;
        }
        @cached() async load(): Promise<number> {
          return this.#one() + NinthClient.#made * 0;
        }
        #one(): number {
          return 1;
        }
      }
      expect(await new NinthClient().load()).toBe(1);
    });
  });

  describe("classes", () => {
    test("two classes of one name are told to take ids", async () => {
      const make = (value: number): new () => { load(): Promise<number> } => {
        class Twin {
          @cached() async load(): Promise<number> {
            return value;
          }
        }
        return Twin;
      };
      const [One, Two] = [make(1), make(2)];
      expect(await new One().load()).toBe(1);
      await expect(new Two().load()).rejects.toMatchObject({
        code: "ERR_CLASS_ID",
        message: expect.stringContaining("@cacheable({ id"),
      });
    });

    test("a class without a name is told to take an id", async () => {
      class Anonymous {
        @cached() async load(): Promise<number> {
          return 1;
        }
      }
      Object.defineProperty(Anonymous, "name", { value: "" });
      await expect(new Anonymous().load()).rejects.toMatchObject({ code: "ERR_CLASS_ID" });
    });

    test("a subclass has an id of its own, whatever its parent's", async () => {
      @cacheable({ id: "parent" })
      class Parent {
        kind(): string {
          return "parent";
        }
        @cached() async load(): Promise<string> {
          return this.kind();
        }
      }
      class Child extends Parent {
        override kind(): string {
          return "child";
        }
      }
      expect(await new Parent().load()).toBe("parent");
      expect(await new Child().load()).toBe("child");
    });

    test("an overriding method and the one that it overrides keep apart", async () => {
      class SecondBase {
        @cached() async load(x: number): Promise<number> {
          return x;
        }
      }
      class Plus extends SecondBase {
        @cached() override async load(x: number): Promise<number> {
          return (await super.load(x)) + 100;
        }
      }
      const plus = new Plus();
      expect([await plus.load(1), await plus.load(1), await new SecondBase().load(1)]).toEqual([
        101, 101, 1,
      ]);
    });

    test("a static method and an instance's method of one name keep apart", async () => {
      class Both {
        @cached() static async load(): Promise<string> {
          return "static";
        }
        @cached() async load(): Promise<string> {
          return "instance";
        }
      }
      expect([await Both.load(), await new Both().load()]).toEqual(["static", "instance"]);
    });

    test("two methods of one id are refused", async () => {
      class Clash {
        @cached({ id: "x" }) async one(): Promise<number> {
          return 1;
        }
        @cached({ id: "x" }) async two(): Promise<number> {
          return 2;
        }
      }
      await expect(new Clash().two()).rejects.toMatchObject({ code: "ERR_OPTION" });
    });

    test("a method named by a symbol needs an id", async () => {
      const load = Symbol("load");
      class Symbolic {
        @cached() async [load](): Promise<number> {
          return 1;
        }
      }
      class Named {
        @cached({ id: "load" }) async [load](): Promise<number> {
          return 1;
        }
      }
      await expect(new Symbolic()[load]()).rejects.toMatchObject({ code: "ERR_OPTION" });
      expect(await new Named()[load]()).toBe(1);
    });
  });

  describe("memoOf", () => {
    class Library {
      shelf = "a";
      calls = 0;
      @cached({ ttl: 1000 }) async find(title: string, year?: number): Promise<{ title: string }> {
        await settled();
        transientCalls += 1;
        return { title: `${title}${year ?? ""}` };
      }
      async plain(): Promise<void> {}
    }
    let transientCalls = 0;
    beforeEach(() => {
      transientCalls = 0;
    });

    test("gives the canonical text of a call's key", () => {
      const memo = memoOf(new Library(), "find");
      expect(memo.key("x")).toBe('[null,{"calls":0,"shelf":"a"},["x"]]');
      expect(memo.key("x", undefined)).toBe(memo.key("x"));
    });

    test("has, peek, set and invalidate one call's result", async () => {
      const library = new Library();
      const memo = memoOf(library, "find");
      expect(await memo.has("x")).toBe(false);
      expect(await memo.peek("x")).toBeUndefined();
      await memo.set(["x"], { title: "given" });
      expect(await memo.has("x")).toBe(true);
      expect(await memo.peek("x")).toEqual({ title: "given" });
      expect(await library.find("x")).toEqual({ title: "given" });
      expect(await memo.invalidate("x")).toBe(true);
      expect(await memo.invalidate("x")).toBe(false);
      expect(await library.find("x")).toEqual({ title: "x" });
      expect(transientCalls).toBe(1);
    });

    test("what was set is the caller's no more, and expires", async () => {
      const clock = new ManualClock();
      configure({ clock });
      const memo = memoOf(new Library(), "find");
      const value = { title: "given" };
      await memo.set(["x"], value);
      value.title = "changed";
      expect(await memo.peek("x")).toEqual({ title: "given" });
      clock.advance(1000);
      expect(await memo.has("x")).toBe(false);
    });

    test("refresh computes anew and stores", async () => {
      const library = new Library();
      await library.find("x");
      await memoOf(library, "find").refresh("x");
      expect(transientCalls).toBe(2);
      await library.find("x");
      expect(transientCalls).toBe(2);
    });

    test("clear forgets all instances, also told of the class", async () => {
      const [one, two] = [new Library(), new Library()];
      two.shelf = "b";
      await Promise.all([one.find("x"), two.find("x")]);
      await memoOf(one, "find").clear();
      expect(await memoOf(two, "find").has("x")).toBe(false);
      await two.find("x");
      await memoOf(Library, "find").clear();
      expect(await memoOf(two, "find").has("x")).toBe(false);
    });

    test("what is computed while it is invalidated is not kept", async () => {
      const library = new Library();
      const memo = memoOf(library, "find");
      const under = library.find("x");
      await Promise.resolve();
      await memo.invalidate("x");
      expect(await under).toEqual({ title: "x" });
      expect(await memo.has("x")).toBe(false);
    });

    test("refuses what is not decorated, and what a class cannot stand for", () => {
      const library = new Library();
      expect(() => memoOf(library, "plain")).toThrow(
        expect.objectContaining({ code: "ERR_OPTION" }),
      );
      const ofClass = memoOf(Library, "find") as unknown as { has(): unknown };
      expect(() => ofClass.has()).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
    });
  });
}
