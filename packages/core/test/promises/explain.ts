import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { cached, configure, invalidateTags, memoize, memoOf, stats } from "@class-cache/core";
import { fileBlocks } from "@class-cache/file";
import type { Backend, ValueCodec } from "@class-cache/mapping";
import { ManualClock, memory, structured } from "@class-cache/mapping";
import { currentBackend } from "../current-backend.ts";
import { EventTrace } from "../event-trace.ts";
import { gate, settled } from "../gate.ts";
import { told } from "../told.ts";
import { troubledBackend } from "../troubled-backend.ts";

/** Another process's view of the same results: nothing in memory, nothing noted. */
function asAnotherProcess(): void {
  configure({ backend: currentBackend() });
}

function setClock(): ManualClock {
  const clock = new ManualClock();
  configure({ clock });
  return clock;
}

export function describeExplain(): void {
  describe("explain", () => {
    test("tells a hit in memory, one in the backend, and its times", async () => {
      const clock = setClock();
      class ExplainedHit {
        @cached({ ttl: "1m" }) async ask(text: string): Promise<string> {
          return text;
        }
      }
      const asked = new ExplainedHit();
      await asked.ask("x");
      clock.advance(10_000);
      const memo = memoOf(asked, "ask");
      // @ts-expect-error its arguments are those of the method
      void (() => memo.explain(1));
      const inMemory = await memo.explain("x");
      expect(told(inMemory)).toEqual(["hit", "fresh", "memory"]);
      const until = clock.now() + 50_000;
      expect(inMemory).toMatchObject({ age: 10_000, freshUntil: until, expiresAt: until });
      expect(inMemory.cost).toBeGreaterThanOrEqual(0);
      expect(inMemory).toMatchObject({ method: "ExplainedHit.ask", key: memo.key("x") });
      expect(String(inMemory)).toBe(
        "ExplainedHit.ask would be a hit, from memory (stored 10 seconds ago, fresh for another 50 seconds).",
      );
      expect(inMemory.text).toBe(String(inMemory));
      asAnotherProcess();
      expect(told(await memo.explain("x"))).toEqual(["hit", "fresh", "backend"]);
    });

    test("tells that nothing of the method is stored", async () => {
      class ExplainedNothing {
        @cached() async ask(text: string): Promise<string> {
          return text;
        }
      }
      const explanation = await memoOf(new ExplainedNothing(), "ask").explain("x");
      expect(told(explanation)).toEqual(["miss", "nothing"]);
      expect(explanation).toMatchObject({ differences: [], compared: 0, nearest: undefined });
      expect(String(explanation)).toBe(
        "ExplainedNothing.ask would be computed: nothing is stored for the method.",
      );
    });

    test("tells since when a result has expired, where this process knows", async () => {
      const clock = setClock();
      const ask = memoize(async (n: number) => n, { id: "explained-expired", ttl: "10s" });
      await ask(1);
      const expiry = clock.now() + 10_000;
      clock.advance(70_000);
      const explanation = await ask.memo.explain(1);
      expect(told(explanation)).toEqual(["miss", "expired"]);
      expect(explanation).toMatchObject({ age: 70_000, freshUntil: expiry, expiresAt: expiry });
      expect(String(explanation)).toContain("the time of its result ran out 1 minute ago");
    });

    test("tells stale, due and expired results of options about time", async () => {
      const clock = setClock();
      let fails = false;
      const ask = memoize(
        async (n: number) => {
          if (fails) throw new Error("no");
          return n;
        },
        {
          id: "explained-stale",
          ttl: "10s",
          refreshAhead: "2s",
          staleWhileRevalidate: "5s",
          staleIfError: "20s",
        },
      );
      await ask(1);
      clock.advance(8_000);
      expect(told(await ask.memo.explain(1))).toEqual(["hit", "due", "backend"]);
      clock.advance(2_000);
      const stale = await ask.memo.explain(1);
      expect(told(stale)).toEqual(["stale", "stale", "backend"]);
      expect(stale.expiresAt).toBe((stale.freshUntil ?? 0) + 20_000);
      clock.advance(5_000);
      expect(told(await ask.memo.explain(1))).toEqual(["miss", "expired"]);
      fails = true;
      expect(await ask(1)).toBe(1);
      expect(told(await ask.memo.explain(1))).toEqual(["stale", "failing", "backend"]);
      clock.advance(15_000);
      expect((await ask.memo.explain(1)).outcome).toBe("miss");
    });

    test("tells of a remembered error, and of one that was not remembered", async () => {
      const clock = setClock();
      const fail = async (): Promise<number> => {
        throw new Error("no");
      };
      const kept = memoize(fail, { id: "explained-error", cacheErrors: () => "10s" });
      await expect(kept()).rejects.toThrow("no");
      const explanation = await kept.memo.explain();
      expect(told(explanation)).toEqual(["hit", "error", "backend"]);
      expect(String(explanation)).toContain("would reject with a remembered error");
      clock.advance(10_000);
      expect(told(await kept.memo.explain())).toEqual(["miss", "expired"]);
      const lost = memoize(fail, { id: "explained-rejection" });
      await expect(lost()).rejects.toThrow("no");
      expect(told(await lost.memo.explain())).toEqual(["miss", "rejected"]);
    });

    test("tells which tag was invalidated", async () => {
      const ask = memoize(async (n: number) => n, {
        id: "explained-tags",
        tags: (n) => [`n${n}`, "all", "other"],
      });
      await ask(1);
      expect((await ask.memo.explain(1)).outcome).toBe("hit");
      await invalidateTags(["n1", "all"]);
      const explanation = await ask.memo.explain(1);
      expect(told(explanation)).toEqual(["miss", "tags"]);
      expect(explanation.tags).toEqual(["n1", "all"]);
      expect(String(explanation)).toContain('its tags "n1", "all" were invalidated');
    });

    test("tells what was forgotten by hand", async () => {
      const ask = memoize(async (n: number) => n, { id: "explained-by-hand" });
      await ask(1);
      await ask(2);
      await ask.memo.invalidate(1);
      expect(told(await ask.memo.explain(1))).toEqual(["miss", "invalidated"]);
      await ask.memo.clear();
      expect(told(await ask.memo.explain(2))).toEqual(["miss", "cleared"]);
      expect(told(await ask.memo.explain(3))).toEqual(["miss", "nothing"]);
      await ask.memo.set([3], 3);
      expect(told(await ask.memo.explain(3))).toEqual(["hit", "fresh", "backend"]);
    });

    test("tells that a result was removed by others", async () => {
      configure({ backend: memory({ maxEntries: 20 }) });
      const ask = memoize(async (n: number) => n, { id: "explained-gone", memory: false });
      for (let n = 0; n < 40; n += 1) await ask(n);
      const all = await Promise.all(Array.from({ length: 40 }, (_, n) => ask.memo.explain(n)));
      expect(all.map(told)).toContainEqual(["hit", "fresh", "backend"]);
      const misses = all.filter(({ outcome }) => outcome === "miss");
      expect(misses.length).toBeGreaterThanOrEqual(20);
      expect(new Set(misses.map(({ reason }) => reason))).toEqual(new Set(["gone"]));
    });

    test("tells what another process has forgotten by hand", async () => {
      const dir = await mkdtemp(join(tmpdir(), "class-cache-explain-"));
      try {
        await using first = fileBlocks({ dir });
        await using second = fileBlocks({ dir });
        const ask = memoize(async (n: number) => n, { id: "explained-by-another" });
        configure({ backend: first });
        for (const n of [1, 2]) await ask(n);
        await ask.memo.invalidate(1);
        configure({ backend: second });
        expect(told(await ask.memo.explain(1))).toEqual(["miss", "invalidated"]);
        expect(told(await ask.memo.explain(2))).toEqual(["hit", "fresh", "backend"]);
        expect(told(await ask.memo.explain(3))).toEqual(["miss", "arguments"]);
      } finally {
        await rm(dir, { recursive: true });
      }
    });

    test("tells that what is stored cannot be read", async () => {
      const codec = structured();
      let isDamaged = false;
      const decode: ValueCodec["decode"] = (bytes, context) => {
        if (isDamaged) throw new Error("no such bytes");
        return codec.decode(bytes, context);
      };
      const broken = { name: "broken", encode: codec.encode.bind(codec), decode };
      configure({ backend: memory({ codec: broken as ValueCodec }) });
      const ask = memoize(async (n: number) => ({ n }), { id: "explained-damaged", memory: false });
      await ask(1);
      isDamaged = true;
      const explanation = await ask.memo.explain(1);
      expect(told(explanation)).toEqual(["miss", "damaged"]);
      expect(String(explanation)).toContain("what is stored for it cannot be read");
    });

    test("tells that a result was not stored, or was of another state of the instance", async () => {
      configure({ backend: troubledBackend({ set: () => Promise.reject(new Error("full")) }) });
      const ask = memoize(async (n: number) => n, { id: "explained-unstored" });
      await ask(1);
      expect(told(await ask.memo.explain(1))).toEqual(["hit", "fresh", "memory"]);
      const without = memoize(async (n: number) => n, { id: "explained-lost", memory: false });
      await without(1);
      expect(told(await without.memo.explain(1))).toEqual(["miss", "unstored"]);
      class ExplainedChange {
        state = "a";
        @cached() async ask(): Promise<string> {
          return this.state;
        }
      }
      const asked = new ExplainedChange();
      const answer = asked.ask();
      asked.state = "b";
      await answer;
      asked.state = "a";
      expect(told(await memoOf(asked, "ask").explain())).toEqual(["miss", "changed"]);
    });

    test("is refused of a class, which stands for all of its instances", () => {
      class ExplainedClass {
        @cached() async ask(): Promise<number> {
          return 1;
        }
      }
      const memo = memoOf(ExplainedClass, "ask") as unknown as { explain(): unknown };
      expect(() => memo.explain()).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
    });

    test("tells why a result is never remembered, or not asked for", async () => {
      const never = memoize(async (n: number) => n, { id: "explained-ttl", ttl: 0 });
      await never(1);
      expect(told(await never.memo.explain(1))).toEqual(["miss", "ttl"]);
      const picky = memoize(async (n: number) => n, {
        id: "explained-picky",
        shouldCache: (n) => n > 1,
      });
      await picky(1);
      expect(told(await picky.memo.explain(1))).toEqual(["miss", "shouldCache"]);
      const live = memoize(async (n: number) => n, {
        id: "explained-forced",
        forceFresh: ([n]) => n === 1,
      });
      await live(1);
      const explanation = await live.memo.explain(1);
      expect(told(explanation)).toEqual(["miss", "forced"]);
      expect(explanation.age).toBeGreaterThanOrEqual(0);
    });

    test("tells that a call would wait for a computation under way", async () => {
      const { opened, open } = gate();
      const ask = memoize(
        async (n: number) => {
          await opened;
          return n;
        },
        { id: "explained-computing" },
      );
      const answer = ask(1);
      await settled();
      expect(told(await ask.memo.explain(1))).toEqual(["hit", "computing", "flight"]);
      open();
      await answer;
      expect(told(await ask.memo.explain(1))).toEqual(["hit", "fresh", "memory"]);
    });

    test("computes nothing, counts nothing and publishes nothing", async () => {
      let calls = 0;
      const ask = memoize(async (n: number) => (calls += n), { id: "explained-quiet" });
      await ask(1);
      const before = stats();
      using trace = new EventTrace();
      await ask.memo.explain(1);
      await ask.memo.explain(2);
      asAnotherProcess();
      await ask.memo.explain(1);
      await ask.memo.explain(2);
      expect(calls).toBe(1);
      expect(stats()).toEqual(before);
      expect(trace.take()).toEqual([]);
    });

    test("throws what the backend throws, and what cannot be keyed", async () => {
      const failing: Backend = troubledBackend({ lookup: () => Promise.reject(new Error("sick")) });
      configure({ backend: failing });
      const ask = memoize(async (n: unknown) => n, { id: "explained-sick" });
      await expect(ask.memo.explain(1)).rejects.toThrow("sick");
      await expect(ask.memo.explain(() => 1)).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
    });
  });
}
