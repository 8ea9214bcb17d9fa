import { beforeEach, describe, expect, test } from "@jest/globals";
import {
  cached,
  configure,
  memoize,
  memoOf,
  resetStats,
  stats,
  transient,
} from "@class-cache/core";
import { ManualClock, memory } from "@class-cache/mapping";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setImmediate as nextTurn } from "node:timers/promises";

let runs = 0;

class Doubler {
  factor = 2;
  note = "";

  @cached()
  async double(n: number, _label?: string): Promise<number> {
    runs += 1;
    return n * this.factor;
  }
}

const CALLS = 5;

async function warm(call: () => Promise<unknown>): Promise<void> {
  for (let at = 0; at < CALLS; at += 1) await call();
}

describe("a hit in memory that was given several times", () => {
  let doubler: Doubler;

  beforeEach(async () => {
    configure({ backend: memory() });
    doubler = new Doubler();
    await warm(() => doubler.double(21));
    runs = 0;
  });

  test("is no hit for another value of a field, and is one again for the old one", async () => {
    doubler.factor = 3;
    expect(await doubler.double(21)).toBe(63);
    doubler.factor = 2;
    expect(await doubler.double(21)).toBe(42);
    expect(runs).toBe(1);
  });

  test("is no hit once there is a field more, or one less", async () => {
    Object.assign(doubler, { more: 1 });
    await doubler.double(21);
    expect(runs).toBe(1);
    Reflect.deleteProperty(doubler, "more");
    await doubler.double(21);
    expect(runs).toBe(1);
    Reflect.deleteProperty(doubler, "note");
    await doubler.double(21);
    expect(runs).toBe(2);
  });

  test("does not hide a field that is named by a symbol, from the next turn on", async () => {
    await nextTurn();
    Object.assign(doubler, { [Symbol("hidden")]: 1 });
    await expect(doubler.double(21)).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
  });

  test("is given the same to an equal instance, not to one that differs", async () => {
    expect(await new Doubler().double(21)).toBe(42);
    const other = new Doubler();
    other.factor = 10;
    expect(await other.double(21)).toBe(210);
    expect(await doubler.double(21)).toBe(42);
  });

  test("is told from arguments that are alike", async () => {
    await doubler.double(21, undefined);
    expect(runs).toBe(0);
    await doubler.double(21, "");
    await doubler.double("21" as never);
    await (doubler.double as (...args: unknown[]) => Promise<number>)();
    expect(runs).toBe(3);
  });

  test("ends with what is set, expired, invalidated or cleared", async () => {
    const memo = memoOf(doubler, "double");
    await memo.set([21], 1);
    expect(await doubler.double(21)).toBe(1);
    await warm(() => doubler.double(21));
    await memo.invalidate(21);
    expect(await doubler.double(21)).toBe(42);
    await warm(() => doubler.double(21));
    await memo.clear();
    await doubler.double(21);
    await warm(() => doubler.double(21));
    await memo.expire(21);
    await doubler.double(21);
    expect(runs).toBe(3);
  });

  test("ends with the backend that was configured", async () => {
    configure({ backend: memory() });
    await doubler.double(21);
    expect(runs).toBe(1);
  });

  test("ends with its ttl", async () => {
    const clock = new ManualClock();
    configure({ backend: memory({ clock }) });
    const square = memoize(async (n: number) => n * n + (runs += 1), { id: "square", ttl: "1m" });
    await warm(() => square(3));
    expect(await square(3)).toBe(10);
    clock.advance(60_000);
    expect(await square(3)).toBe(11);
    configure({ clock: undefined });
  });

  test("ends when others have taken its place in memory", async () => {
    const backend = memory({ maxEntries: 1 });
    const memoryOfOne = { memory: { maxEntries: 1 } };
    const square = memoize(async (n: number) => n * n + (runs += 1), {
      id: "crowded",
      backend,
      ...memoryOfOne,
    });
    await warm(() => square(3));
    await square(4);
    expect(await square(3)).toBe(12);
  });

  test("is counted and published each time", async () => {
    resetStats();
    const told: unknown[] = [];
    const listen = (message: unknown): void => void told.push(message);
    subscribe("class-cache:hit", listen);
    await warm(() => doubler.double(21));
    unsubscribe("class-cache:hit", listen);
    expect(stats()).toMatchObject({ hits: CALLS, memoryHits: CALLS, misses: 0 });
    expect(told).toHaveLength(CALLS);
    expect(told).toEqual(told.map(() => expect.objectContaining({ source: "memory" })));
  });
});

describe("a transient field", () => {
  test("may change between hits, and is not read", async () => {
    configure({ backend: memory() });
    let reads = 0;
    class Client {
      host = "a";
      @transient socket = 0;

      @cached()
      async load(id: number): Promise<string> {
        runs += 1;
        return `${this.host}${id}`;
      }
    }
    const client = new Client();
    Object.defineProperty(client, "socket", { enumerable: true, get: () => (reads += 1) });
    runs = 0;
    await warm(() => client.load(1));
    expect([runs, reads]).toEqual([1, 0]);
  });
});

describe("calls with an object that is given again and again", () => {
  interface Query {
    filter: { tags: string[]; since: number };
    text: string;
  }

  class Finder {
    @cached()
    async find(query: Query, limit?: number): Promise<string> {
      runs += 1;
      return JSON.stringify([query, limit]);
    }
  }

  const query = (): Query => ({ filter: { tags: ["a"], since: 1 }, text: "t" });
  let finder: Finder;

  beforeEach(() => {
    configure({ backend: memory() });
    finder = new Finder();
    runs = 0;
  });

  test("are hits, and so are those with another that is equal", async () => {
    const given = query();
    await warm(() => finder.find(given));
    expect(await finder.find(query())).toBe(await finder.find(given));
    expect(runs).toBe(1);
  });

  test("are others once it is changed, anywhere in it, and the same again when that is undone", async () => {
    const given = query();
    const changes: ((query: Query) => unknown)[] = [
      (it) => (it.filter.since += 1),
      (it) => it.filter.tags.push("b"),
      (it) => (it.filter.tags[0] = "c"),
      (it) => (it.text = "u"),
      (it) => (it.filter = { tags: ["c", "b"], since: 9 }),
      (it) => Object.assign(it, { more: null }),
    ];
    for (const change of changes) {
      await warm(() => finder.find(given));
      change(given);
      for (let at = 0; at < CALLS; at += 1) {
        expect(await finder.find(given)).toBe(JSON.stringify([given, undefined]));
      }
    }
    expect(runs).toBe(1 + changes.length);
    Object.assign(given, query());
    Reflect.deleteProperty(given, "more");
    expect(await finder.find(given)).toBe(JSON.stringify([query(), undefined]));
    expect(runs).toBe(1 + changes.length);
  });

  test("are told apart by what comes behind it, and before it", async () => {
    const [one, other] = [query(), { ...query(), text: "other" }];
    for (let at = 0; at < CALLS; at += 1) {
      expect(await finder.find(one, 1)).toBe(JSON.stringify([one, 1]));
      expect(await finder.find(one, 2)).toBe(JSON.stringify([one, 2]));
      expect(await finder.find(other, 1)).toBe(JSON.stringify([other, 1]));
      expect(await finder.find(one)).toBe(JSON.stringify([one, undefined]));
    }
    expect(runs).toBe(4);
  });
});

describe("calls with a new object each time", () => {
  interface Query {
    filter: { tags: unknown[]; since: number };
    text: string;
  }

  class Searcher {
    @cached()
    async find(query: Query, limit?: number): Promise<string> {
      runs += 1;
      return JSON.stringify([query, limit]);
    }
  }

  /** So many that what is made anew each time is recognised. */
  const OFTEN = 300;
  const query = (since = 1): Query => ({ filter: { tags: ["a", null], since }, text: "t" });
  let finder: Searcher;

  beforeEach(async () => {
    configure({ backend: memory() });
    finder = new Searcher();
    for (let at = 0; at < OFTEN; at += 1) await finder.find(query(at % 3));
    runs = 0;
  });

  test("are hits when such a one was given, and are counted and published each time", async () => {
    resetStats();
    const keys = new Set<string>();
    const listen = (message: unknown): void => void keys.add((message as { key: string }).key);
    subscribe("class-cache:hit", listen);
    for (let at = 0; at < 9; at += 1) {
      expect(await finder.find(query(at % 3))).toBe(JSON.stringify([query(at % 3), undefined]));
    }
    unsubscribe("class-cache:hit", listen);
    expect(runs).toBe(0);
    expect(stats()).toMatchObject({ hits: 9, memoryHits: 9, misses: 0 });
    const memo = memoOf(finder, "find");
    expect(keys).toEqual(new Set([0, 1, 2].map((at) => memo.key(query(at)))));
  });

  test("are hits with undefined behind it, and others with anything else", async () => {
    await finder.find(query(), undefined);
    expect(runs).toBe(0);
    await finder.find(query(), 0);
    expect(runs).toBe(1);
  });

  test.each<[string, (query: Query) => unknown]>([
    ["another value", ({ filter }) => (filter.since = 4)],
    ["a value of another type", ({ filter }) => (filter.since = "1" as never)],
    ["undefined in the place of null", ({ filter }) => (filter.tags[1] = undefined)],
    ["a hole", ({ filter }) => Reflect.deleteProperty(filter.tags, 1)],
    ["a property more", (it) => Object.assign(it, { more: undefined })],
    ["a property less", (it) => Reflect.deleteProperty(it, "text")],
    ["an array with a name", ({ filter }) => Object.assign(filter.tags, { name: 1 })],
    ["a hidden property", (it) => Object.defineProperty(it, "text", { enumerable: false })],
    ["an object without a prototype", ({ filter }) => Object.setPrototypeOf(filter, null)],
    ["a date", ({ filter }) => (filter.since = new Date(1) as never)],
  ])("are computed with %s", async (_, change) => {
    const other = query();
    change(other);
    const result = await finder.find(other);
    expect(runs).toBe(1);
    expect(result).toBe(JSON.stringify([other, undefined]));
    await finder.find(query());
    expect(runs).toBe(1);
  });

  test.each<[string, (query: Query) => unknown]>([
    ["a symbol", ({ filter }) => Object.assign(filter, { [Symbol("s")]: 1 })],
    ["a symbol on an array", ({ filter }) => Object.assign(filter.tags, { [Symbol("s")]: 1 })],
    ["a kind", (it) => Object.defineProperty(it, Symbol.toStringTag, { value: "Query" })],
    ["a function", ({ filter }) => (filter.tags[1] = () => 1)],
    [
      "an instance",
      ({ filter }) => Object.setPrototypeOf(filter, class Filter {}.prototype as object),
    ],
    ["itself", (it) => (it.filter = it as never)],
  ])("are refused with %s in it", async (_, change) => {
    const other = query();
    change(other);
    await expect(finder.find(other)).rejects.toMatchObject({ code: "ERR_UNKEYABLE" });
    expect(runs).toBe(0);
  });

  test("are what is given at the time, whatever becomes of the object afterwards", async () => {
    const given = query(5);
    for (let at = 0; at < OFTEN; at += 1) await finder.find(given);
    given.filter.since = 6;
    expect(await finder.find(given)).toBe(JSON.stringify([query(6), undefined]));
    expect(await finder.find(query(5))).toBe(JSON.stringify([query(5), undefined]));
    expect(runs).toBe(2);
  });

  test("end with what is invalidated", async () => {
    await memoOf(finder, "find").invalidate(query(1));
    await finder.find(query(1));
    await finder.find(query(2));
    expect(runs).toBe(1);
  });
});
