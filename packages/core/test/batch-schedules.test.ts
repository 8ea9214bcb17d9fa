import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { MemoizedBatch } from "@class-cache/core";
import { configure, memoizeBatch } from "@class-cache/core";
import { memory } from "@class-cache/mapping";

const RUNS = process.env.CLASS_CACHE_SOAK === "1" ? 20_000 : 300;

interface BatchStep {
  readonly items: readonly number[];
  /** Turns of the event loop before the call. */
  readonly after: number;
  /** Turns until the caller aborts; undefined: never. */
  readonly abortAfter: number | undefined;
}

interface Schedule {
  readonly steps: readonly BatchStep[];
  readonly maxBatchSize: number | undefined;
  readonly concurrency: number | undefined;
  /** Turns that each call of the method takes, over and over. */
  readonly delays: readonly number[];
  /** Calls of the method, by number, that reject as a whole. */
  readonly rejected: readonly number[];
}

type Load = (items: readonly number[], signal: AbortSignal) => Promise<(string | Error)[]>;

const batchStep = fc.record<BatchStep>({
  items: fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 8 }),
  after: fc.nat({ max: 6 }),
  abortAfter: fc.option(fc.nat({ max: 12 }), { nil: undefined, freq: 3 }),
});

const schedule = fc.record<Schedule>({
  steps: fc.array(batchStep, { minLength: 1, maxLength: 8 }),
  maxBatchSize: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  concurrency: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  delays: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 5 }),
  rejected: fc.array(fc.nat({ max: 8 }), { maxLength: 3 }),
});

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const ABORTED = new Error("aborted");

/** A method that notes what it does, and what it must never do. */
class Method {
  readonly faults: string[] = [];
  readonly #schedule: Schedule;
  /** Given up by everyone while others of its call are wanted, an item may be computed once more. */
  readonly #givenUp: ReadonlySet<number>;
  readonly #underWay = new Set<number>();
  readonly #known = new Set<number>();
  #calls = 0;

  constructor(given: Schedule) {
    this.#schedule = given;
    const aborted = given.steps.filter(({ abortAfter }) => abortAfter !== undefined);
    this.#givenUp = new Set(aborted.flatMap(({ items }) => items));
  }

  readonly load: Load = async (items, signal) => {
    const number = this.#calls;
    this.#calls += 1;
    const { delays, maxBatchSize = Infinity, rejected } = this.#schedule;
    if (items.length === 0 || items.length > maxBatchSize) this.faults.push("size");
    if (new Set(items).size < items.length) this.faults.push("not folded");
    for (const item of items) {
      if (this.#givenUp.has(item)) continue;
      if (this.#underWay.has(item)) this.faults.push(`twice at a time: ${item}`);
      if (this.#known.has(item)) this.faults.push(`again: ${item}`);
      this.#underWay.add(item);
    }
    signal.addEventListener("abort", () => this.#forget(items));
    await turns(delays[number % delays.length] ?? 0);
    if (!signal.aborted) this.#forget(items);
    if (rejected.includes(number)) throw new Error("rejected");
    if (!signal.aborted) for (const item of items) if (item >= 0) this.#known.add(item);
    return items.map((item) => (item < 0 ? new Error(`no ${item}`) : `result ${item}`));
  };

  #forget(items: readonly number[]): void {
    for (const item of items) this.#underWay.delete(item);
  }
}

async function take(load: MemoizedBatch<Load>, step: BatchStep): Promise<string | undefined> {
  const { items, after, abortAfter } = step;
  await turns(after);
  const controller = new AbortController();
  if (abortAfter !== undefined) {
    void turns(abortAfter).then(() => controller.abort(ABORTED));
  }
  try {
    const results = await load(items, controller.signal);
    const texts = results.map((result) => (result instanceof Error ? result.message : result));
    const right = items.map((item) => (item < 0 ? `no ${item}` : `result ${item}`));
    return texts.join() === right.join() ? undefined : `${texts.join()} for ${items.join()}`;
  } catch (error) {
    if (error === ABORTED) return abortAfter === undefined ? "aborted by another" : undefined;
    return (error as Error).message === "rejected" ? undefined : String(error);
  }
}

test("any schedule of overlapping batches, aborts and failures answers right and computes nothing twice", async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(schedule, async (given) => {
      configure({ backend: memory() });
      const method = new Method(given);
      const { maxBatchSize, concurrency } = given;
      const id = `schedule ${(run += 1)}`;
      const load = memoizeBatch(method.load, { id, maxBatchSize, concurrency });
      const faults = await Promise.all(given.steps.map((step) => take(load, step)));
      expect([...faults.filter((fault) => fault !== undefined), ...method.faults]).toEqual([]);
    }),
    { numRuns: RUNS },
  );
}, 600_000);
