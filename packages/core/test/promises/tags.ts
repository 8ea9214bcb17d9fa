import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { memory } from "@class-cache/mapping";
import { cached, invalidateTags, memoize, memoOf } from "@class-cache/core";
import { EventTrace } from "../event-trace.ts";
import { gate, settled } from "../gate.ts";
import { currentBackend } from "../current-backend.ts";

export function describeTags(): void {
  describe("tags", () => {
    test("invalidateTags forgets every result that has one of them, and no other", async () => {
      let calls = 0;
      class Articles {
        @cached({ tags: (_value: unknown, [id, author]: [number, string]) => [`a${id}`, author] })
        async text(id: number, author: string): Promise<string> {
          calls += 1;
          return `${id} by ${author}`;
        }
        @cached() async untagged(id: number): Promise<number> {
          calls += 1;
          return id;
        }
      }
      const articles = new Articles();
      const askAll = async (): Promise<number> => {
        calls = 0;
        await articles.text(1, "ann");
        await articles.text(2, "ann");
        await articles.text(3, "bob");
        await articles.untagged(1);
        return calls;
      };
      expect([await askAll(), await askAll()]).toEqual([4, 0]);
      await invalidateTags(["ann"]);
      expect([await askAll(), await askAll()]).toEqual([2, 0]);
      await invalidateTags(["a3", "a2", "unknown"]);
      expect([await askAll(), await askAll()]).toEqual([2, 0]);
      await invalidateTags([]);
      await invalidateTags(["nobody"]);
      expect(await askAll()).toBe(0);
    });

    test("are known anew by what is computed right after an invalidation", async () => {
      const computed: number[] = [];
      class Stories {
        @cached({ tags: () => ["stories"] }) async text(id: number): Promise<number> {
          computed.push(id);
          return id;
        }
      }
      const stories = new Stories();
      await stories.text(0);
      await nextTurn();
      // All in one turn of the event loop.
      await stories.text(1);
      await invalidateTags(["stories"]);
      await stories.text(2);
      // Memory lets go of all that has tags.
      await invalidateTags(["nobody"]);
      await stories.text(2);
      expect(computed).toEqual([0, 1, 2]);
    });

    test("may depend on the value", async () => {
      let calls = 0;
      class Users {
        @cached({ tags: (user: { team: string }) => [user.team] })
        async user(id: number): Promise<{ team: string }> {
          calls += 1;
          return { team: `team ${id % 2}` };
        }
      }
      const users = new Users();
      for (const id of [0, 1, 2, 3]) await users.user(id);
      await invalidateTags(["team 1"]);
      for (const id of [0, 1, 2, 3]) await users.user(id);
      expect(calls).toBe(6);
    });

    test("a result whose computation began before the invalidation is not kept", async () => {
      let calls = 0;
      const { opened, open } = gate();
      class SlowUsers {
        @cached({ tags: () => ["all"] }) async user(): Promise<number> {
          calls += 1;
          await opened;
          return calls;
        }
      }
      const users = new SlowUsers();
      const first = users.user();
      await settled();
      await invalidateTags(["all"]);
      open();
      expect(await first).toBe(1);
      expect(await users.user()).toBe(2);
      expect(await users.user()).toBe(2);
    });

    test("hold for values set by hand, and for the handle", async () => {
      class HandUsers {
        @cached({ tags: (_value: unknown, [id]: [number]) => [`user ${id}`] })
        async user(id: number): Promise<string> {
          return `computed ${id}`;
        }
      }
      const users = new HandUsers();
      const memo = memoOf(users, "user");
      await memo.set([1], "by hand");
      expect(await users.user(1)).toBe("by hand");
      await invalidateTags(["user 1"]);
      expect(await memo.has(1)).toBe(false);
      expect(await memo.peek(1)).toBeUndefined();
      expect(await users.user(1)).toBe("computed 1");
    });

    test("concern every backend in use, or the one that is named", async () => {
      let calls = 0;
      const own = memory();
      class TwoPlaces {
        @cached({ tags: () => ["t"] }) async here(): Promise<number> {
          return (calls += 1);
        }
        @cached({ tags: () => ["t"], backend: own }) async there(): Promise<number> {
          return (calls += 1);
        }
      }
      const places = new TwoPlaces();
      await places.here();
      await places.there();
      await invalidateTags(["t"], { backend: own });
      expect([await places.here(), await places.there()]).toEqual([1, 3]);
      await invalidateTags(["t"]);
      expect([await places.here(), await places.there()]).toEqual([4, 5]);
    });

    test("loss of what was invalidated ends every result with tags", async () => {
      let calls = 0;
      class LostUsers {
        @cached({ tags: () => ["t"], memory: false }) async user(): Promise<number> {
          return (calls += 1);
        }
      }
      const users = new LostUsers();
      await users.user();
      await currentBackend().drop("~class-cache.invalidations");
      expect(await users.user()).toBe(2);
      const next = await users.user();
      expect(await users.user()).toBe(next);
    });

    test("of another form than an array of strings are refused", async () => {
      await expect(invalidateTags("t" as never)).rejects.toMatchObject({ code: "ERR_OPTION" });
      await expect(invalidateTags([1] as never)).rejects.toMatchObject({ code: "ERR_OPTION" });
      await expect(invalidateTags(["t"], { backend: 1 as never })).rejects.toMatchObject({
        code: "ERR_OPTION",
      });
    });

    test("that a method gives in another form refuse the call, and nothing is remembered", async () => {
      for (const tags of ["ticket", ["a", 5], 5]) {
        const work = memoize(async () => 1, {
          id: `tags ${JSON.stringify(tags)}`,
          tags: () => tags as never,
        });
        for (const _call of [1, 2]) {
          await expect(work()).rejects.toMatchObject({
            code: "ERR_OPTION",
            message: expect.stringMatching(/^The result of memoize\(\{ tags \}\) must be an array/),
          });
        }
      }
    });

    test("a hit costs the trace nothing more", async () => {
      using trace = new EventTrace();
      class TracedTags {
        @cached({ tags: () => ["t"] }) async user(): Promise<number> {
          return 1;
        }
      }
      const users = new TracedTags();
      await users.user();
      await users.user();
      await invalidateTags(["t"]);
      await users.user();
      expect(trace.take()).toEqual(["miss", "store", "hit(memory)", "miss", "store"]);
    });
  });
}
