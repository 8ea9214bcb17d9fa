import { setImmediate } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import type { Key, MutableMapping } from "@class-cache/mapping";
import { encodeKey, memory } from "@class-cache/mapping";
import fc from "fast-check";
import { Cache } from "../src/cache/cache.ts";
import { flaky, type FlakyBackend } from "./flaky-backend.ts";

const soak = process.env["CLASS_CACHE_SOAK"] === "1";
const numRuns = soak ? 20_000 : 300;
/** Milliseconds, for machines that are busy. */
const patience = soak ? 1_800_000 : 60_000;

/** The model knows a key by its place here; the cache is always given a new, equal object. */
const keys: readonly (() => Key)[] = [
  () => 0,
  () => "0",
  () => 1n,
  () => null,
  () => [1, [2]],
  () => [[1], 2],
  () => ({ a: 1, b: [2] }),
  () => new Map([[1, new Date(0)]]),
];
const places = new Map(keys.map((make, at) => [encodeKey(make()), at]));

type Value = { n: number } | undefined;
type Model = Map<number, Value>;

const at = fc.nat({ max: keys.length - 1 });
const some = fc.array(at, { maxLength: 5 });
const to = fc.option(
  fc.nat({ max: 9 }).map((n) => ({ n })),
  { nil: undefined },
);
const pairs = fc.array(fc.tuple(at, to), { maxLength: 6 });
const op = fc.oneof(
  { weight: 3, arbitrary: fc.constant("set") },
  fc.constantFrom("setMany", "setDefault"),
  fc.constantFrom("delete", "deleteMany", "pop", "clear"),
  fc.constantFrom("get", "getMany", "lookup"),
  fc.constantFrom("size", "iterate", "records", "read by another"),
  fc.constantFrom("flush", "flush meanwhile", "fail or recover"),
);
const step: fc.Arbitrary<Step> = fc.record({ op, at, to, some, pairs });

interface Step {
  readonly op: string;
  readonly at: number;
  readonly to: Value;
  readonly some: readonly number[];
  readonly pairs: readonly (readonly [number, Value])[];
}

interface Subject {
  readonly cache: Cache<Key, Value>;
  readonly backend: FlakyBackend;
  /** Flushes that nobody has waited for. */
  readonly flushes: Promise<void>[];
}

/** Does the step to the cache, and tells what came out of it. */
async function done(
  { cache, backend, flushes }: Subject,
  { op, at, to, some, pairs }: Step,
): Promise<unknown> {
  switch (op) {
    case "set":
      return cache.set(keyAt(at), to);
    case "setMany":
      return cache.setMany(pairs.map(([place, value]) => [keyAt(place), value] as const));
    case "delete":
      return cache.delete(keyAt(at));
    case "deleteMany":
      return cache.deleteMany(some.map(keyAt));
    case "get":
      return [await cache.get(keyAt(at)), await cache.has(keyAt(at))];
    case "lookup": {
      const entry = await cache.lookup(keyAt(at));
      return entry && { value: entry.value };
    }
    case "getMany":
      return [await cache.getMany(some.map(keyAt)), await cache.hasMany(some.map(keyAt))];
    case "pop":
      return cache.pop(keyAt(at));
    case "setDefault":
      return cache.setDefault(keyAt(at), to);
    case "clear":
      return cache.clear();
    case "size":
      return cache.size();
    case "iterate":
      return contents(cache);
    case "records":
      return recorded(cache);
    case "flush":
      return backend.failing ? cache.flush().catch(() => undefined) : cache.flush();
    case "flush meanwhile":
      flushes.push(cache.flush().catch(() => undefined));
      return undefined;
    case "fail or recover":
      backend.failing = !backend.failing;
      return undefined;
    case "read by another":
      backend.failing = false;
      await cache.flush();
      return contents(backend.open(cache.id));
    default:
      throw new Error(`There is no step ${op}.`);
  }
}

/** Does the step to the model, and tells what has to come out of it. */
function expected(model: Model, { op, at, to, some, pairs }: Step): unknown {
  switch (op) {
    case "set":
      model.set(at, to);
      return undefined;
    case "setMany":
      for (const [place, value] of pairs) model.set(place, value);
      return undefined;
    case "delete":
      return model.delete(at);
    case "deleteMany":
      return some.filter((place) => model.delete(place)).length;
    case "get":
      return [model.get(at), model.has(at)];
    case "lookup":
      return model.has(at) ? { value: model.get(at) } : undefined;
    case "getMany":
      return [some.map((place) => model.get(place)), some.map((place) => model.has(place))];
    case "pop": {
      const value = model.get(at);
      model.delete(at);
      return value;
    }
    case "setDefault":
      if (!model.has(at)) model.set(at, to);
      return model.get(at);
    case "clear":
      model.clear();
      return undefined;
    case "size":
      return model.size;
    case "records":
      return new Set(model.keys());
    case "iterate":
    case "read by another":
      return new Map(model);
    default:
      return undefined;
  }
}

function keyAt(place: number): Key {
  const make = keys[place];
  if (make === undefined) throw new RangeError(`No key has the place ${place}.`);
  return make();
}

function placeOf(key: Key): number {
  const place = places.get(encodeKey(key));
  if (place === undefined) throw new Error(`The key ${encodeKey(key)} was never set.`);
  return place;
}

async function contents(mapping: MutableMapping<Key, Value>): Promise<Model> {
  const found: Model = new Map();
  for await (const [key, value] of mapping) {
    if (found.has(placeOf(key))) throw new Error(`The key ${encodeKey(key)} came twice.`);
    found.set(placeOf(key), value);
  }
  return found;
}

async function recorded(mapping: MutableMapping<Key, Value>): Promise<Set<number>> {
  const found = new Set<number>();
  for await (const { key } of mapping.records()) found.add(placeOf(key));
  return found;
}

test.each([
  ["an immediate backend", undefined],
  ["a slow backend", () => setImmediate()],
])(
  "over %s a cache is a Map, whatever is flushed, evicted or failing",
  async (_name, pause) => {
    const sequence = fc.array(step, { maxLength: 40 });
    const maxItems = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(sequence, maxItems, async (steps, max) => {
        const backend = flaky(memory());
        backend.pause = pause;
        const cache = new Cache<Key, Value>({
          id: "model",
          backend,
          maxItems: max,
          flushRatio: 0.5,
        });
        const model: Model = new Map();
        const flushes: Promise<void>[] = [];
        for (const each of steps) {
          expect(await done({ cache, backend, flushes }, each)).toEqual(expected(model, each));
        }
        await Promise.all(flushes);
        backend.failing = false;
        await cache.close();
        expect(await contents(backend.open("model"))).toEqual(model);
      }),
      { numRuns: pause === undefined ? numRuns : Math.ceil(numRuns / 3) },
    );
  },
  patience,
);

test(
  "operations that overlap succeed as often as they change something",
  async () => {
    const call = fc.tuple(fc.constantFrom("delete", "pop", "setDefault"), fc.nat({ max: 2 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 12 }),
        fc.scheduler(),
        async (calls, scheduler) => {
          const inner = memory();
          const below = inner.open<number, number>("a");
          await below.setMany([
            [0, -1],
            [1, -1],
          ]);
          const backend = flaky(inner);
          backend.pause = () => scheduler.schedule(Promise.resolve());
          const cache = new Cache<number, number>({ id: "a", backend, maxItems: 1 });
          const balance = [1, 1, 0];
          const count = (key: number, change: number): void => {
            balance[key] = (balance[key] ?? 0) + change;
          };
          const calling = calls.map(async ([name, key], stamp) => {
            if (name === "delete") count(key, (await cache.delete(key)) ? -1 : 0);
            else if (name === "pop") count(key, (await cache.pop(key)) === undefined ? 0 : -1);
            else count(key, (await cache.setDefault(key, stamp)) === stamp ? 1 : 0);
          });
          await scheduler.waitFor(Promise.all(calling));
          backend.pause = undefined;
          await cache.flush();
          expect((await below.hasMany([0, 1, 2])).map(Number)).toEqual(balance);
        },
      ),
      { numRuns },
    );
  },
  patience,
);
