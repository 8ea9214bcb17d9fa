import { describe, expect, test } from "@jest/globals";
import { cacheable, cached, identity, memoize, memoOf } from "@class-cache/core";
import { InstanceKey } from "@class-cache/mapping";
import { currentBackend } from "../current-backend.ts";
import { places, told } from "../told.ts";

export function describeExplainDifferences(): void {
  describe("explain, of a call that is not stored", () => {
    test("names the place in an argument that differs from the nearest stored call", async () => {
      class ExplainedArguments {
        @cached() async ask(..._args: object[]): Promise<number> {
          return 1;
        }
      }
      const asked = new ExplainedArguments();
      const near = { model: "small", tags: ["a", "b"], when: new Date(0) };
      await asked.ask(near);
      await asked.ask({ quite: "another" }, []);
      const memo = memoOf(asked, "ask");
      const explanation = await memo.explain({ ...near, model: "large", tags: ["a", "c"] });
      expect(told(explanation)).toEqual(["miss", "arguments"]);
      expect(explanation.nearest?.key).toBe(memo.key(near));
      expect(places(explanation)).toEqual([
        ["args[0].model", "changed", "large", "small"],
        ["args[0].tags[1]", "changed", "c", "b"],
      ]);
      expect(explanation).toMatchObject({ compared: 2, hasMore: false });
      expect(String(explanation)).toBe(
        "ExplainedArguments.ask would be computed: nothing is stored for it; the nearest of 2 stored " +
          'calls differs in args[0].model ("large", there "small"); args[0].tags[1] ("c", there "b").',
      );
      const other = await memo.explain({ ...near, extra: 1 }, new Map([["k", 1]]));
      expect(places(other)).toEqual([
        ["args[0].extra", "added", 1, undefined],
        ["args[1]", "added", new Map([["k", 1]]), undefined],
      ]);
      const without = await memo.explain({ model: "small", when: new Date(0) });
      expect(places(without)).toEqual([["args[0].tags", "removed", undefined, ["a", "b"]]]);
    });

    test("tells apart what only looks alike", async () => {
      class ExplainedTypes {
        @cached() async ask(_of: unknown): Promise<number> {
          return 1;
        }
      }
      const asked = new ExplainedTypes();
      const memo = memoOf(asked, "ask");
      const pairs: (readonly [string, unknown, unknown])[] = [
        ["args[0]", 1, "1"],
        ["args[0].n", { n: 1n }, { n: 1 }],
        ["args[0]", new Date(1), new Date(0)],
        ['args[0].get("k")', new Map([["k", 1]]), new Map([["k", 2]])],
        ["args[0]", new Set([1]), new Set([2])],
        ['args[0]["a b"]', { "a b": null }, { "a b": false }],
        ["args[0].$a", { $a: 1 }, { $a: 2 }],
        ["args[0]", new Uint8Array([1]), Buffer.from([1])],
      ];
      for (const [path, given, stored] of pairs) {
        await memo.clear();
        await asked.ask(stored);
        const explanation = await memo.explain(given);
        expect(told(explanation)).toEqual(["miss", "arguments"]);
        expect(explanation.differences).toHaveLength(1);
        expect(explanation.differences[0]).toMatchObject({ path, kind: "changed" });
        expect(String(explanation)).toContain(`differs in ${path} (`);
      }
      await memo.clear();
      await asked.ask({ a: undefined });
      expect(places(await memo.explain({}))).toEqual([
        ["args[0].a", "removed", undefined, undefined],
      ]);
    });

    test("names the field of the instance, and of instances among arguments", async () => {
      @cacheable({
        id: "explained-model",
        identity: (model: ExplainedModel) => ({ name: model.name }),
      })
      class ExplainedModel {
        readonly name: string;
        constructor(name: string) {
          this.name = name;
        }
      }
      class ExplainedOwn {
        [identity](): object {
          return { own: true };
        }
      }
      class ExplainedFields {
        model = "small";
        options = { temperature: 0 };
        @cached() async ask(_of?: unknown): Promise<number> {
          return 1;
        }
      }
      const asked = new ExplainedFields();
      await asked.ask("x");
      asked.options.temperature = 1;
      const explanation = await memoOf(asked, "ask").explain("x");
      expect(told(explanation)).toEqual(["miss", "identity"]);
      expect(places(explanation)).toEqual([["this.options.temperature", "changed", 1, 0]]);

      const ask = memoOf(asked, "ask");
      await asked.ask(new ExplainedModel("a"));
      expect(places(await ask.explain(new ExplainedModel("b")))).toEqual([
        ["args[0].name", "changed", "b", "a"],
      ]);
      const other = await ask.explain(new ExplainedOwn());
      expect(other.differences).toHaveLength(1);
      expect(other.differences[0]?.given).toBeInstanceOf(InstanceKey);
      expect(String(other)).toContain("args[0] (ExplainedOwn { own: true }, there");
    });

    test("names both versions", async () => {
      const bump = { version: 1 };
      const make = (): { ask: (text: string) => Promise<string> } => {
        @cacheable({ id: "explained-version" })
        class Versioned {
          @cached({ version: bump.version }) async ask(text: string): Promise<string> {
            return text;
          }
        }
        return new Versioned();
      };
      await make().ask("x");
      bump.version = 2;
      const newer = make();
      await newer.ask("y");
      const explanation = await memoOf(newer, "ask").explain("x");
      expect(told(explanation)).toEqual(["miss", "version"]);
      expect(places(explanation)).toEqual([["version", "changed", 2, 1]]);
    });

    test("prefers the stored call with the fewest differences, then the most alike text", async () => {
      const ask = memoize(async (text: string, n: number) => text.length + n, {
        id: "explained-nearest",
      });
      await ask("hello world", 2);
      await ask("hello world ", 3);
      const changed = await ask.memo.explain("hello world", 1);
      expect(places(changed)).toEqual([["args[1]", "changed", 1, 2]]);
      for (const text of ["hello worlds", "goodbye", "hello world "]) await ask(text, 1);
      const alike = await ask.memo.explain("hello, world ", 1);
      expect(places(alike)).toEqual([["args[0]", "changed", "hello, world ", "hello world "]]);
    });

    test("shows where long texts begin to differ, and says when a part is too long to be kept", async () => {
      const ask = memoize(async (text: string) => text.length, { id: "explained-long" });
      const begin = "x".repeat(200);
      await ask(`${begin}one`);
      expect(String(await ask.memo.explain(`${begin}two`))).toContain(
        `args[0] ("…${"x".repeat(20)}two", there "…${"x".repeat(20)}one")`,
      );
      const long = await ask.memo.explain("y".repeat(2000));
      expect(places(long)).toEqual([["args", "digest", undefined, undefined]]);
      expect(String(long)).toContain("differs in args (too long to be kept)");
    });

    test("calls what the option key gave by that name", async () => {
      const ask = memoize(async (text: string) => text.length, {
        id: "explained-key",
        key: ([text]) => ({ lower: text.toLowerCase() }),
      });
      await ask("Ab");
      expect(told(await ask.memo.explain("aB"))).toEqual(["hit", "fresh", "memory"]);
      expect(places(await ask.memo.explain("c"))).toEqual([["key.lower", "changed", "c", "ab"]]);
    });

    test("looks at no more than 10,000 stored calls, and says so", async () => {
      const ask = memoize(async (n: number) => n, { id: "explained-many" });
      await ask(-1);
      const explanation = await ask.memo.explain(0);
      expect(explanation).toMatchObject({ compared: 1, hasMore: false });
      const ids: string[] = [];
      for await (const id of currentBackend().ids())
        if (id.includes("explained-many")) ids.push(id);
      const mapping = currentBackend().open<string, number>(ids[0] as string);
      await mapping.setMany(
        Array.from({ length: 10_001 }, (_, n) => [ask.memo.key(n + 1), n] as const),
      );
      const bounded = await ask.memo.explain(0);
      expect(bounded).toMatchObject({ outcome: "miss", compared: 10_000, hasMore: true });
      expect(String(bounded)).toContain("of the first 10000 stored calls");
    });
  });
}
