import { beforeEach, describe, expect, test } from "@jest/globals";
import { cacheable, cached, configure, memoize, memoOf, transient } from "@class-cache/core";
import { memory } from "@class-cache/mapping";

beforeEach(() => {
  configure({ backend: memory() });
});

const untyped = (options: object): never => options as never;

describe("options are checked when they are given", () => {
  test.each<[object, string]>([
    [{ id: "" }, "cached({ id })"],
    [{ id: 1 }, "cached({ id })"],
    [{ version: {} }, "cached({ version })"],
    [{ version: Number.NaN }, "cached({ version })"],
    [{ backend: {} }, "cached({ backend })"],
    [{ ttl: "10 parsecs" }, "cached({ ttl })"],
    [{ ttl: "10" }, "cached({ ttl })"],
    [{ ttl: "" }, "cached({ ttl })"],
    [{ ttl: "-1m" }, "cached({ ttl })"],
    [{ ttl: -1 }, "cached({ ttl })"],
    [{ ttl: Number.NaN }, "cached({ ttl })"],
    [{ ttl: null }, "cached({ ttl })"],
    [{ key: "x" }, "cached({ key })"],
    [{ ignoreArgs: 1 }, "cached({ ignoreArgs })"],
    [{ ignoreArgs: [-1] }, "cached({ ignoreArgs })"],
    [{ ignoreArgs: ["0"] }, "cached({ ignoreArgs })"],
    [{ shouldCache: true }, "cached({ shouldCache })"],
    [{ concurrency: 0 }, "cached({ concurrency })"],
    [{ concurrency: 1.5 }, "cached({ concurrency })"],
    [{ memory: true }, "cached({ memory })"],
    [{ memory: { maxEntries: 0 } }, "cached({ memory }).maxEntries"],
    [{ memory: { maxBytes: -1 } }, "cached({ memory }).maxBytes"],
    [{ memory: { entries: 1 } }, "An option of cached({ memory })"],
    [{ isolate: 1 }, "cached({ isolate })"],
    [{ forceFresh: "yes" }, "cached({ forceFresh })"],
    [{ onError: {} }, "cached({ onError })"],
    [{ singleFlight: true }, "cached({ singleFlight })"],
    [{ tll: 1 }, "An option of cached"],
    [[], "cached(options)"],
  ])("cached(%j)", (options, option) => {
    expect(() => cached(untyped(options))).toThrow(
      expect.objectContaining({ code: "ERR_OPTION", option }),
    );
  });

  test("undefined stands for the default", async () => {
    let calls = 0;
    const nothing = {
      id: undefined,
      version: undefined,
      backend: undefined,
      ttl: undefined,
      key: undefined,
      ignoreArgs: undefined,
      shouldCache: undefined,
      concurrency: undefined,
      memory: undefined,
      isolate: undefined,
      forceFresh: undefined,
      onError: undefined,
      singleFlight: undefined,
    };
    class Plain {
      @cached(nothing) async load(): Promise<number> {
        return (calls += 1);
      }
    }
    expect([await new Plain().load(), await new Plain().load()]).toEqual([1, 1]);
  });

  test.each(["1ms", "1.5h", "2 days", "1 WEEK", 0, Infinity])("accepts the ttl %p", (ttl) => {
    expect(() => cached({ ttl: ttl as number })).not.toThrow();
  });

  test("a ttl function that gives no duration rejects the call", async () => {
    class Wrong {
      @cached({ ttl: () => "soon" as never }) async load(): Promise<number> {
        return 1;
      }
    }
    await expect(new Wrong().load()).rejects.toMatchObject({ option: "cached({ ttl })" });
  });

  test("of cacheable, configure and memoize too", () => {
    expect(() => cacheable(untyped({ name: "x" }))).toThrow("An option of cacheable");
    expect(() => cacheable(untyped({ id: 1 }))).toThrow("cacheable({ id })");
    expect(() => configure(untyped({ backends: 1 }))).toThrow("An option of configure");
    expect(() => configure(untyped({ clock: Date }))).not.toThrow();
    expect(() => configure(untyped({ clock: 1 }))).toThrow("configure({ clock })");
    configure({ clock: undefined });
    const fn = async (): Promise<number> => 1;
    expect(() => memoize(fn, untyped({}))).toThrow("memoize({ id })");
    expect(() => memoize(fn, untyped({ id: "x", ttl: "?" }))).toThrow("memoize({ ttl })");
    expect(() => memoize(1 as unknown as typeof fn, { id: "x" })).toThrow("memoize(fn)");
    expect(() => memoOf(1 as never, "x" as never)).toThrow("memoOf(target)");
  });

  test("the decorators refuse what they do not stand on", () => {
    const place = { kind: "getter", name: "x", static: false, private: false };
    const get = (): number => 1;
    expect(() => cached()(get as never, place as never)).toThrow("@cached");
    expect(() => cached()({}, "x", { get } as never)).toThrow("@cached");
    expect(() => transient(undefined, place as never)).toThrow("@transient");
  });
});

describe("configure", () => {
  test("adds up, and undefined restores a default", async () => {
    const told: string[] = [];
    const failing = memory();
    await failing.close();
    configure({ onError: () => told.push("told") });
    configure({ backend: failing });
    class Follower {
      @cached({ memory: false }) async load(): Promise<number> {
        return 1;
      }
    }
    await new Follower().load();
    expect(told.length).toBeGreaterThan(0);
    told.length = 0;
    configure({ onError: undefined });
    await new Follower().load();
    expect(told).toEqual([]);
  });
});
