/**
 * How each of the peers documents the memoizing of a function; where one needs a key, it is the
 * cheapest text that tells the arguments apart.
 */
import stringify from "fast-json-stable-stringify";
import type { Case, Query } from "./cases.ts";
import {
  newQuery,
  ofFieldsAndNumber,
  ofNumber,
  ofObject,
  ofStringAndNumber,
  queries,
  texts,
  toObject,
} from "./cases.ts";
import type { Hit, MemoryContender } from "./contender.ts";

const HOUR_S = 3600;
const HOUR_MS = HOUR_S * 1000;

/** For peers that are given a key and what computes the value. */
type Ask = (key: string, compute: () => Promise<unknown>) => Promise<unknown>;

const instance = { model: "small", size: 256 };

export const peers: Readonly<Record<string, MemoryContender>> = {
  "key + Map": async (name) => {
    const map = new Map<string, Promise<unknown>>();
    return keyed(name, async (key, compute) => {
      let value = map.get(key);
      if (value === undefined) {
        value = compute();
        map.set(key, value);
      }
      return value;
    });
  },

  "lru-cache fetch": async (name) => {
    const { LRUCache } = await import("lru-cache");
    const cache = new LRUCache<string, object, () => Promise<unknown>>({
      max: 1000,
      fetchMethod: async (_key, _stale, { context }) => (await context()) as object,
    });
    return keyed(name, (key, compute) => cache.fetch(key, { context: compute }));
  },

  memoizee: async (name) => {
    const { default: memoizee } = await import("memoizee");
    const primitive = { promise: true, primitive: true };
    const normalized = { promise: true, normalizer: ([query]: [Query]) => stringify(query) };
    return called(name, {
      number: memoizee(ofNumber, primitive),
      stringAndNumber: memoizee(ofStringAndNumber, primitive),
      object: memoizee(ofObject, normalized),
      fieldsAndNumber: memoizee(ofFieldsAndNumber, primitive),
      toObject: memoizee(toObject, primitive),
    });
  },

  "p-memoize": async (name) => {
    const { default: pMemoize } = await import("p-memoize");
    const cacheKey = JSON.stringify;
    return called(name, {
      number: pMemoize(ofNumber),
      stringAndNumber: pMemoize(ofStringAndNumber, { cacheKey }),
      object: pMemoize(ofObject, { cacheKey: ([query]) => stringify(query) }),
      fieldsAndNumber: pMemoize(ofFieldsAndNumber, { cacheKey }),
      toObject: pMemoize(toObject),
    });
  },

  "async-cache-dedupe": async (name) => {
    const { createCache } = await import("async-cache-dedupe");
    const cache = createCache({ ttl: HOUR_S, storage: { type: "memory" } })
      .define("number", ofNumber)
      .define("pair", ({ text, n }: { text: string; n: number }) => ofStringAndNumber(text, n))
      .define("object", ofObject)
      .define("fields", ({ model, size, n }: { model: string; size: number; n: number }) =>
        ofFieldsAndNumber(model, size, n),
      )
      .define("result", toObject);
    return called(name, {
      number: (n) => cache.number(n),
      stringAndNumber: (text, n) => cache.pair({ text, n }),
      object: (query) => cache.object(query),
      fieldsAndNumber: (model, size, n) => cache.fields({ model, size, n }),
      toObject: (n) => cache.result(n),
    });
  },

  cachified: async (name) => {
    const { cachified } = await import("@epic-web/cachified");
    const cache = new Map();
    return keyed(name, (key, compute) =>
      cachified({ key, cache, ttl: HOUR_MS, getFreshValue: compute }),
    );
  },

  bentocache: async (name) => {
    const { BentoCache, bentostore } = await import("bentocache");
    const { memoryDriver } = await import("bentocache/drivers/memory");
    const stores = { memory: bentostore().useL1Layer(memoryDriver()) };
    const bento = new BentoCache({ default: "memory", stores });
    return keyed(name, (key, factory) => bento.getOrSet({ key, ttl: "1h", factory }));
  },

  cacheable: async (name) => {
    const { Cacheable } = await import("cacheable");
    const cache = new Cacheable();
    const wrapped = <Args extends unknown[], Value>(
      compute: (...args: Args) => Promise<Value>,
    ): ((...args: Args) => Promise<Value>) =>
      cache.wrap(compute, { ttl: "1h", keyPrefix: compute.name }) as (
        ...args: Args
      ) => Promise<Value>;
    return called(name, {
      number: wrapped(ofNumber),
      stringAndNumber: wrapped(ofStringAndNumber),
      object: wrapped(ofObject),
      fieldsAndNumber: wrapped(ofFieldsAndNumber),
      toObject: wrapped(toObject),
    });
  },

  keyv: async (name) => {
    const { Keyv } = await import("keyv6");
    const keyv = new Keyv();
    return keyed(name, async (key, compute) => {
      const remembered = await keyv.get(key);
      if (remembered !== undefined) return remembered;
      const value = await compute();
      await keyv.set(key, value, HOUR_MS);
      return value;
    });
  },
};

interface Functions {
  readonly number: (n: number) => Promise<unknown>;
  readonly stringAndNumber: (text: string, n: number) => Promise<unknown>;
  readonly object: (query: Query) => Promise<unknown>;
  readonly fieldsAndNumber: (model: string, size: number, n: number) => Promise<unknown>;
  readonly toObject: (n: number) => Promise<unknown>;
}

function called(name: Case, functions: Functions): Hit {
  const { number, stringAndNumber, object, fieldsAndNumber, toObject: result } = functions;
  switch (name) {
    case "number":
      return (index) => number(index);
    case "string and number":
      return (index) => stringAndNumber(texts[index]!, index);
    case "nested object":
      return (index) => object(queries[index]!);
    case "new nested object":
      return (index) => object(newQuery(index));
    case "instance of two fields":
      return (index) => fieldsAndNumber(instance.model, instance.size, index);
    case "number, object result":
      return (index) => result(index);
  }
}

/** What it computes is a closure of the call, as it is where a function asks its cache. */
function keyed(name: Case, ask: Ask): Hit {
  switch (name) {
    case "number":
      return (n) => ask(`${n}`, () => ofNumber(n));
    case "string and number":
      return (n) => ask(`${texts[n]}:${n}`, () => ofStringAndNumber(texts[n]!, n));
    case "nested object":
      return (n) => ask(stringify(queries[n]), () => ofObject(queries[n]!));
    case "new nested object":
      return (n) => {
        const query = newQuery(n);
        return ask(stringify(query), () => ofObject(query));
      };
    case "instance of two fields":
      return (n) =>
        ask(`${instance.model}:${instance.size}:${n}`, () =>
          ofFieldsAndNumber(instance.model, instance.size, n),
        );
    case "number, object result":
      return (n) => ask(`${n}`, () => toObject(n));
  }
}
