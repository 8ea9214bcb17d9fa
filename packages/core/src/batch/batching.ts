import { BatchError, OptionError } from "@class-cache/mapping";
import { signalsIn, untilAborted } from "../memo/abort.ts";
import type { Arrival } from "./batch-collector.ts";
import { BatchCollector, commonRest } from "./batch-collector.ts";
import type { BatchSettings } from "./batch-options.ts";
import { withinAll } from "../memo/computing-chain.ts";
import { isError, isItemFailure, ItemFailure, unwrapped } from "../memo/item-failure.ts";
import { Limiter } from "../memo/limiter.ts";
import type { Memo } from "../memo/memo.ts";
import type { AnyMethod } from "../options/only-async.ts";
import type { Flight } from "../memo/single-flight.ts";

/** Answers the calls of a method from items to results, item by item from a memo. */
export class Batching {
  readonly #original: AnyMethod;
  readonly #maxBatchSize: number;
  /** Items with one key may differ. */
  readonly #areKeysOwn: boolean;
  readonly #limiter: Limiter | undefined;

  constructor(original: AnyMethod, { maxBatchSize, concurrency, item }: BatchSettings) {
    this.#original = original;
    this.#areKeysOwn = item.key !== undefined || item.ignoreArgs.includes(0);
    this.#maxBatchSize = maxBatchSize;
    this.#limiter = concurrency === Infinity ? undefined : new Limiter(concurrency);
  }

  /**
   * The results of the items, in their order; an error in the place of an item that failed, where the
   * method gave one.
   *
   * @throws what the method rejected with, of the first item that it concerns
   */
  async call(memo: Memo, instance: unknown, args: readonly unknown[]): Promise<unknown[]> {
    const [given, ...rest] = args;
    if (!Array.isArray(given)) {
      throw new OptionError(`The first argument of ${memo.method}`, "an array of items", given);
    }
    // The caller may change it from here on.
    const items: unknown[] = [...(given as readonly unknown[])];
    const signals = signalsIn(rest) ?? [];
    for (const signal of signals) signal.throwIfAborted();
    if (items.length === 0) return [];
    // Once for all: items that are in memory then need no flight each to learn that they still count.
    await untilAborted(memo.renew(), signals, () => undefined);
    const placeOfItem = this.#fold(items, (item) => memo.key(instance, [item, ...rest]));
    const collector = new BatchCollector(
      this.#maxBatchSize,
      (arrivals, costs) => void this.#compute(memo, instance, arrivals, costs),
    );
    const calls: Promise<unknown>[] = [];
    for (const [at, item] of items.entries()) {
      if (placeOfItem[at] !== calls.length) continue;
      calls.push(memo.call(instance, [item, ...rest], collector.compute, collector));
    }
    const outcomes = await Promise.allSettled(calls);
    const results = outcomes.map((outcome) => {
      if (outcome.status === "fulfilled") return outcome.value;
      if (isItemFailure(outcome.reason)) return unwrapped(outcome.reason);
      throw outcome.reason;
    });
    return placeOfItem.map((place) => results[place]);
  }

  /** The result of one item, computed by itself. */
  async one(method: string, instance: unknown, args: readonly unknown[]): Promise<unknown> {
    const [item, ...rest] = args;
    const compute = async (): Promise<unknown> => {
      const [result] = await this.#run(method, instance, [item], rest);
      if (isError(result)) throw new ItemFailure(result);
      return result;
    };
    return this.#limiter === undefined ? compute() : this.#limiter.run(compute);
  }

  /** The place of each item among those that differ. */
  #fold(items: readonly unknown[], keyOf: (item: unknown) => string): number[] {
    const byValue = new Map<unknown, number>();
    const byKey = new Map<string, number>();
    return items.map((item) => {
      // Primitives a Map tells apart as keys do.
      const isPlain = !this.#areKeysOwn && isPrimitive(item);
      const next = byValue.size + byKey.size;
      return isPlain ? placed(byValue, item, next) : placed(byKey, keyOf(item), next);
    });
  }

  async #compute(
    memo: Memo,
    instance: unknown,
    arrivals: readonly Arrival[],
    costs: WeakMap<Flight, number>,
  ): Promise<void> {
    const compute = async (): Promise<void> => {
      const wanted = arrivals.filter(({ link }) => !link.computation.abandoned);
      if (wanted.length === 0) return;
      for (const { link, args } of wanted) noteChange(memo, instance, link.computation, args);
      const items = wanted.map(({ args }) => args[0]);
      const began = performance.now();
      try {
        const results = await withinAll(
          wanted.map(({ link }) => link),
          () => this.#run(memo.method, instance, items, commonRest(wanted)),
        );
        shareCost(wanted, performance.now() - began, costs);
        for (const [at, { resolve, reject }] of wanted.entries()) {
          const result = results[at];
          if (isError(result)) reject(new ItemFailure(result));
          else resolve(result);
        }
      } catch (error) {
        shareCost(wanted, performance.now() - began, costs);
        for (const { reject } of wanted) reject(error);
      }
    };
    await (this.#limiter === undefined ? compute() : this.#limiter.run(compute));
    for (const { link, reject } of arrivals) reject(link.computation.controller?.signal.reason);
  }

  /** @throws BatchError when the results are not one for each item */
  async #run(
    method: string,
    instance: unknown,
    items: readonly unknown[],
    rest: readonly unknown[],
  ): Promise<readonly unknown[]> {
    // The method may keep and change the array that it is given.
    const results: unknown = await this.#original.call(instance, [...items], ...rest);
    if (Array.isArray(results) && results.length === items.length) return [...results];
    throw new BatchError(method, items.length, results);
  }
}

function placed<T>(places: Map<T, number>, mark: T, next: number): number {
  const place = places.get(mark) ?? next;
  if (place === next) places.set(mark, next);
  return place;
}

function isPrimitive(item: unknown): boolean {
  if (item === null) return true;
  return typeof item !== "object" && typeof item !== "function" && typeof item !== "symbol";
}

/** The method sees the item as it is now: another than its key says is not to be kept under that. */
function noteChange(memo: Memo, instance: unknown, flight: Flight, args: readonly unknown[]): void {
  try {
    if (memo.key(instance, args) === flight.key) return;
  } catch {
    // It could be keyed before, and something in it cannot now.
  }
  flight.diverted = true;
  flight.superseded = true;
}

/** Each item is reckoned to have cost the same. */
function shareCost(
  arrivals: readonly Arrival[],
  milliseconds: number,
  costs: WeakMap<Flight, number>,
): void {
  for (const { link } of arrivals) costs.set(link.computation, milliseconds / arrivals.length);
}
