import { describe, expect, test } from "@jest/globals";
import {
  cacheable,
  cached,
  configure,
  invalidateTags,
  memoize,
  memoOf,
  stats,
} from "@class-cache/core";
import { json, ManualClock, memory } from "@class-cache/mapping";
import { currentBackend } from "../current-backend.ts";
import { EventTrace } from "../event-trace.ts";
import { settled } from "../gate.ts";
import { drained } from "../read-all.ts";

export function describeStreamOptions(): void {
  describe("options and handles of streams", () => {
    test("options see what the method returned", async () => {
      const seen: unknown[] = [];
      class PagedStream {
        @cached({
          ttl: (pages: number) => (pages > 1 ? "1h" : 0),
          shouldCache: (pages, { args }) => seen.push([pages, args]) > 0,
          tags: (pages) => [`pages ${pages}`],
        })
        async *pages(count: number): AsyncGenerator<string, number> {
          for (let page = 0; page < count; page += 1) yield `page ${page}`;
          return count;
        }
      }
      const paged = new PagedStream();
      await drained(paged.pages(1));
      await drained(paged.pages(2));
      expect(seen).toEqual([
        [1, [1]],
        [2, [2]],
      ]);
      expect(await memoOf(paged, "pages").has(1)).toBe(false);
      expect(await memoOf(paged, "pages").has(2)).toBe(true);
    });

    test("a recording ends with its time, and a stale one is the answer while it is renewed", async () => {
      const clock = new ManualClock();
      configure({ clock });
      let runs = 0;
      class NewsStream {
        @cached({ ttl: "1m", staleWhileRevalidate: "1h" }) async *all(): AsyncGenerator<number> {
          runs += 1;
          yield runs;
        }
      }
      const news = new NewsStream();
      const read = async (): Promise<number[]> => (await drained(news.all())).items;
      expect(await read()).toEqual([1]);
      clock.advance(60_000);
      expect(await read()).toEqual([1]);
      await settled();
      expect(await read()).toEqual([2]);
      clock.advance(3_700_000);
      expect(await read()).toEqual([3]);
      expect(stats()).toMatchObject({ misses: 3, hits: 2, stale: 1 });
    });

    test("the handle tells, gives, replaces, renews and forgets a recording", async () => {
      let runs = 0;
      class HandledStream {
        @cached() async *all(x: string): AsyncGenerator<string, number> {
          runs += 1;
          yield x;
          yield `${x}${runs}`;
          return runs;
        }
      }
      const handled = new HandledStream();
      const memo = memoOf(handled, "all");
      expect(await memo.peek("a")).toBeUndefined();
      expect(await memo.has("a")).toBe(false);
      await drained(handled.all("a"));
      const peeked = await memo.peek("a");
      expect(peeked && (await drained(peeked))).toEqual({ items: ["a", "a1"], returned: 1 });
      expect(await drained(memo.refresh("a"))).toEqual({ items: ["a", "a2"], returned: 2 });
      expect(await drained(handled.all("a"))).toEqual({ items: ["a", "a2"], returned: 2 });
      await memo.set(
        ["a"],
        (async function* () {
          yield "set";
          return 7;
        })(),
      );
      expect(await drained(handled.all("a"))).toEqual({ items: ["set"], returned: 7 });
      expect((await memo.explain("a")).outcome).toBe("hit");
      expect(await memo.invalidate("a")).toBe(true);
      expect(await memo.invalidate("a")).toBe(false);
      expect((await memo.explain("a")).outcome).toBe("miss");
      expect(await drained(handled.all("a"))).toEqual({ items: ["a", "a3"], returned: 3 });
      expect(await memo.expire("a")).toBe(true);
      expect(await memo.has("a")).toBe(false);
      await drained(handled.all("b"));
      await memoOf(HandledStream, "all").clear();
      expect(await memo.has("b")).toBe(false);
      expect(runs).toBe(4);
    });

    test("the trace of events of a run, a joined run, and replays", async () => {
      using trace = new EventTrace();
      class TracedStream {
        @cached() async *all(): AsyncGenerator<number> {
          yield 1;
        }
      }
      const traced = new TracedStream();
      await Promise.all([drained(traced.all()), drained(traced.all())]);
      expect(trace.take().toSorted()).toEqual(["hit(flight)", "miss", "store"]);
      await drained(traced.all());
      await drained(traced.all());
      configure({ backend: currentBackend() });
      await drained(traced.all());
      expect(trace.take()).toEqual(["hit(memory)", "hit(memory)", "hit(backend)"]);
    });

    test("functions and static methods that yield are recorded like methods", async () => {
      let runs = 0;
      const counted = memoize(
        async function* (to: number) {
          runs += 1;
          for (let at = 0; at < to; at += 1) yield at;
        },
        { id: "counted" },
      );
      class StaticStream {
        @cached() static async *all(): AsyncGenerator<string> {
          runs += 1;
          yield "static";
        }
      }
      for (let round = 0; round < 2; round += 1) {
        expect((await drained(counted(3))).items).toEqual([0, 1, 2]);
        expect((await drained(StaticStream.all())).items).toEqual(["static"]);
      }
      expect(runs).toBe(2);
      expect(await counted.memo.has(3)).toBe(true);
    });

    test("consumers of a method of limited concurrency do not lock each other out", async () => {
      class NarrowStream {
        @cached({ concurrency: 1 }) async *all(depth: number): AsyncGenerator<number> {
          yield depth;
          if (depth > 0) yield* this.all(depth - 1);
        }
      }
      const narrow = new NarrowStream();
      const paused = narrow.all(0);
      await paused.next();
      expect((await drained(narrow.all(3))).items).toEqual([3, 2, 1, 0]);
      expect((await drained(paused)).items).toEqual([]);
    });

    test("recordings are kept by a codec that takes text only", async () => {
      let runs = 0;
      class TextsStream {
        @cached({ backend: memory({ codec: json() }) }) async *all(): AsyncGenerator<{
          a: string;
        }> {
          runs += 1;
          for (let at = 0; at < 20; at += 1) yield { a: `${at}`.padEnd(30_000) };
        }
      }
      const texts = new TextsStream();
      const first = await drained(texts.all());
      expect(await drained(texts.all())).toEqual(first);
      expect(runs).toBe(1);
    });

    test("a result that is left from before the method yielded is none of a stream's", async () => {
      const id = "once a promise";
      @cacheable({ id })
      class Before {
        @cached() async all(): Promise<string> {
          return "a promise's";
        }
      }
      await new Before().all();
      @cacheable({ id })
      class After {
        @cached() async *all(): AsyncGenerator<string> {
          yield "a stream's";
        }
      }
      expect((await drained(new After().all())).items).toEqual(["a stream's"]);
      expect(await new Before().all()).toBe("a promise's");
    });

    test("an async iterable of a method that is not written async * is refused clearly", async () => {
      class DisguisedStream {
        @cached() all(): AsyncIterable<number> {
          return (async function* () {
            yield 1;
          })();
        }
      }
      const answer = new DisguisedStream().all() as unknown as Promise<unknown>;
      await expect(answer).rejects.toMatchObject({ code: "ERR_OPTION" });
      await expect(new DisguisedStream().all() as unknown as Promise<unknown>).rejects.toThrow(
        "async *",
      );
    });

    test.each([
      ["staleIfError", "1m"],
      ["softTimeout", 1],
      ["hardTimeout", 1],
      ["isolate", false],
      ["verify", 0.5],
    ])("refuses %s, which says nothing of a stream", (name, value) => {
      expect(() => {
        class RefusedStream {
          @cached({ [name]: value }) async *all(): AsyncGenerator<number> {
            yield 1;
          }
        }
        return RefusedStream;
      }).toThrow(
        expect.objectContaining({ code: "ERR_OPTION", message: expect.stringContaining(name) }),
      );
    });

    test("what cannot be keyed rejects with the first step", async () => {
      class UnkeyableStream {
        @cached() async *all(_f: () => void): AsyncGenerator<number> {
          yield 1;
        }
      }
      const all = new UnkeyableStream().all(() => undefined);
      await expect(all.next()).rejects.toHaveProperty("code", "ERR_UNKEYABLE");
    });

    test("a recording ends with its tags", async () => {
      class TaggedStream {
        @cached({ tags: (_returned, [x]: [string]) => [`stream tag ${x}`] })
        async *all(x: string): AsyncGenerator<string> {
          yield x;
        }
      }
      const tagged = new TaggedStream();
      await drained(tagged.all("a"));
      await drained(tagged.all("b"));
      await invalidateTags(["stream tag a"]);
      expect((await drained(tagged.all("a"))).items).toEqual(["a"]);
      expect((await drained(tagged.all("b"))).items).toEqual(["b"]);
      expect(stats()).toMatchObject({ misses: 3, hits: 1 });
    });

    test("forceFresh records anew, and singleFlight: false gives each consumer a run", async () => {
      let runs = 0;
      class ForcedStream {
        @cached({ forceFresh: ([fresh]: [boolean]) => fresh, ignoreArgs: [0] })
        async *all(_fresh: boolean): AsyncGenerator<number> {
          runs += 1;
          yield runs;
        }
        @cached({ singleFlight: false }) async *each(): AsyncGenerator<number> {
          runs += 1;
          yield 0;
        }
      }
      const forced = new ForcedStream();
      const read = async (fresh: boolean): Promise<unknown> =>
        (await drained(forced.all(fresh))).items[0];
      expect([await read(false), await read(true), await read(false)]).toEqual([1, 2, 2]);
      await Promise.all([drained(forced.each()), drained(forced.each())]);
      expect(runs).toBe(4);
      await drained(forced.each());
      expect(runs).toBe(4);
    });
  });
}
