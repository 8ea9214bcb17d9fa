import { describe, expect, test } from "@jest/globals";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Key, ValueCodec } from "@class-cache/mapping";
import { copy, json, memory } from "@class-cache/mapping";
import { contents, emptyMapping, numbered } from "./support/mappings.ts";

describe("copy() that is stopped", () => {
  test("by a signal ends between batches with the signal's reason", async () => {
    const to = emptyMapping<number, string>();
    const stop = new AbortController();
    const reason = new Error("enough");
    const copying = copy(await numbered(10), to, {
      batchSize: 3,
      signal: stop.signal,
      onProgress: ({ entries }) => (entries === 6 ? stop.abort(reason) : undefined),
    });
    await expect(copying).rejects.toBe(reason);
    expect(await to.size()).toBe(6);
  });

  test("by a signal between two mappings does not begin the second", async () => {
    const from = memory();
    await from.open<string, number>("a").set("one", 1);
    await from.open<string, number>("b").set("two", 2);
    const to = memory();
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const copying = copy(from, to, { signal: stop.signal, onProgress });
    await expect(copying).rejects.toMatchObject({ name: "AbortError" });
    const ids: string[] = [];
    for await (const id of to.ids()) ids.push(id);
    expect(ids).toEqual(["a"]);
  });

  test("before it begins copies nothing", async () => {
    const to = emptyMapping<number, string>();
    const reason = new Error("never");
    const signal = AbortSignal.abort(reason);
    await expect(copy(await numbered(1), to, { signal })).rejects.toBe(reason);
    await expect(copy(memory(), memory(), { signal })).rejects.toBe(reason);
    expect(await to.size()).toBe(0);
  });

  test("after the last batch is complete", async () => {
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const report = await copy(await numbered(2), emptyMapping(), {
      signal: stop.signal,
      onProgress,
    });
    expect(report.entries).toBe(2);
  });

  for (const [how, fail] of [
    ["throws", (error: Error): never => raise(error)],
    ["rejects", (error: Error): Promise<never> => Promise.reject(error)],
  ] as const) {
    test(`by an onProgress that ${how} rejects with what it threw`, async () => {
      const to = emptyMapping<number, string>();
      const error = new Error("no more");
      const copying = copy(await numbered(4), to, { batchSize: 1, onProgress: () => fail(error) });
      await expect(copying).rejects.toBe(error);
      expect(await to.size()).toBe(1);
    });
  }

  test("by a value that the target's codec refuses names its key and keeps what was copied", async () => {
    const from = memory().open<Key, unknown>("times");
    const to = memory({ codec: json() }).open<Key, unknown>("texts");
    const noon = { at: new Date(5) };
    await from.set("first", 1);
    await from.set({ day: "monday" }, noon);
    await from.set("last", 3);
    const error = await copy(from, to, { batchSize: 2 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ERR_UNSTORABLE", path: "value.at", value: noon });
    expect((error as Error).message).toContain('{"day":"monday"}');
    expect((error as Error).message).toContain('"texts"');
    expect((error as Error).cause).toMatchObject({ code: "ERR_UNSTORABLE", path: "value.at" });
    // Of the batch of the refused value the others are there, of later batches nothing.
    expect(await contents(to)).toEqual(new Map([["first", 1]]));
  });

  test("rejects only when none of its writes is under way any more", async () => {
    const plain = json();
    const codec: ValueCodec = {
      ...plain,
      encode: async (value, context) => {
        for (let turns = typeof value === "bigint" ? 0 : 5; turns > 0; turns -= 1) await nextTurn();
        return plain.encode(value, context);
      },
    };
    const from = memory().open<string, unknown>("a");
    const to = memory({ codec }).open<string, unknown>("a");
    await from.setMany([
      ["refused", 1n],
      ["slow", 2],
    ]);
    await expect(copy(from, to)).rejects.toMatchObject({ code: "ERR_UNSTORABLE" });
    expect(await to.get("slow")).toBe(2);
  });

  test("by a target that is closed meanwhile", async () => {
    const target = memory();
    const onProgress = (): Promise<void> => target.close();
    const copying = copy(await numbered(2), target.open<number, string>("a"), {
      batchSize: 1,
      onProgress,
    });
    await expect(copying).rejects.toMatchObject({ code: "ERR_CLOSED" });
  });
});

describe("copy() refuses", () => {
  const backend = memory();
  const mapping = backend.open<string, number>("a");

  test("a mapping beside a backend", async () => {
    // @ts-expect-error: one is a mapping, the other a backend
    const toBackend = copy(mapping, backend);
    await expect(toBackend).rejects.toMatchObject({ code: "ERR_OPTION", option: "copy.to" });
    // @ts-expect-error: one is a backend, the other a mapping
    const toMapping = copy(backend, mapping);
    await expect(toMapping).rejects.toMatchObject({ code: "ERR_OPTION", option: "copy.to" });
  });

  test("what is neither", async () => {
    for (const neither of [undefined, null, {}, new Map(), "dir"]) {
      const from = copy(neither as never, mapping);
      await expect(from).rejects.toMatchObject({ code: "ERR_OPTION", option: "copy.from" });
      const to = copy(mapping, neither as never);
      await expect(to).rejects.toMatchObject({ code: "ERR_OPTION", option: "copy.to" });
    }
  });

  test("one object as both sides", async () => {
    await expect(copy(mapping, mapping)).rejects.toMatchObject({ code: "ERR_OPTION" });
    await expect(copy(backend, backend)).rejects.toMatchObject({ code: "ERR_OPTION" });
  });

  test("options that are none", async () => {
    for (const [name, values] of Object.entries({
      batchSize: [0, -1, 1.5, NaN, Infinity, "10"],
      overwrite: [null, "no", 0],
      signal: [null, {}, new AbortController()],
      onProgress: [null, {}, "log"],
    })) {
      for (const value of values) {
        const copying = copy(backend, memory(), { [name]: value });
        await expect(copying).rejects.toMatchObject({
          code: "ERR_OPTION",
          option: `copy.${name}`,
        });
      }
    }
  });

  test("nothing for explicit undefined", async () => {
    const options = {
      batchSize: undefined,
      overwrite: undefined,
      signal: undefined,
      onProgress: undefined,
    };
    expect(await copy(await numbered(1), emptyMapping(), options)).toMatchObject({ entries: 1 });
  });

  test("by its types, mappings whose keys or values differ", async () => {
    const from = memory().open<string, number>("a");
    const texts = memory().open<string, string>("b");
    const byNumber = memory().open<number, number>("c");
    await from.set("one", 1);
    // @ts-expect-error: numbers are no strings
    await copy(from, texts);
    // @ts-expect-error: keys that are strings are no numbers
    await copy(from, byNumber);
    const wider = memory().open<string, number | string>("d");
    expect(await copy(from, wider)).toMatchObject({ entries: 1 });
    expect(await copy(from, memory().open("e"))).toMatchObject({ entries: 1 });
    expect(await copy(memory().open("f"), wider)).toMatchObject({ entries: 0 });
  });
});

function raise(error: Error): never {
  throw error;
}
