import { setImmediate } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { cacheable, cached, configure, memoOf } from "@class-cache/core";
import type { Backend } from "@class-cache/mapping";
import { isBookkeeping, memory } from "@class-cache/mapping";
import fc from "fast-check";
import { drained } from "./read-all.ts";

const soak = process.env["CLASS_CACHE_SOAK"] === "1";
const numRuns = soak ? 10_000 : 150;
const patience = soak ? 1_800_000 : 60_000;

const CONSUMERS = 4;

const step = fc.record({
  at: fc.nat({ max: CONSUMERS - 1 }),
  op: fc.oneof(
    { weight: 8, arbitrary: fc.constant("next" as const) },
    fc.constantFrom("return" as const, "throw" as const, "abort" as const, "pause" as const),
  ),
});

const stream = fc.record({
  /** Bytes of each item: some fill a chunk, many together fill several. */
  sizes: fc.array(fc.constantFrom(10, 1000, 90_000, 300_000), { maxLength: 12 }),
  /** The item in whose place the method throws. */
  failsAt: fc.option(fc.nat({ max: 12 }), { nil: undefined }),
  /** The item that cannot be stored. */
  unstorableAt: fc.option(fc.nat({ max: 12 }), { nil: undefined, freq: 8 }),
});

interface Script {
  readonly sizes: readonly number[];
  readonly failsAt: number | undefined;
  readonly unstorableAt: number | undefined;
}

/** What a consumer must be given, step after step. */
class Model {
  #at = 0;
  #isOver = false;
  readonly #script: Script;

  constructor(script: Script) {
    this.#script = script;
  }

  next(): string {
    const { sizes, failsAt } = this.#script;
    if (this.#isOver) return "done";
    const at = this.#at;
    if (at === failsAt && at <= sizes.length) return this.#end(`failed at ${at}`);
    if (at === sizes.length) return this.#end(`returned ${at}`);
    this.#at += 1;
    return `item ${at}`;
  }

  leave(outcome: string): string {
    this.#isOver = true;
    return outcome;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  #end(outcome: string): string {
    this.#isOver = true;
    return outcome;
  }
}

class Consumer {
  readonly model: Model;
  readonly #controller = new AbortController();
  readonly #stream: AsyncGenerator<unknown, string>;
  #isAborted = false;

  constructor(script: Script, open: (signal: AbortSignal) => AsyncGenerator<unknown, string>) {
    this.model = new Model(script);
    this.#stream = open(this.#controller.signal);
  }

  /** @returns what came out of it, and what should have */
  async does(op: "next" | "return" | "throw" | "abort"): Promise<[string, string]> {
    if (op === "abort") {
      if (this.#isAborted) return ["", ""];
      this.#isAborted = true;
      const wasOver = this.model.isOver;
      this.#controller.abort(new Error("aborted"));
      return [await outcomeOf(this.#stream.next()), wasOver ? "done" : this.model.leave("aborted")];
    }
    if (op === "return") {
      return [await outcomeOf(this.#stream.return("left")), this.model.leave("left")];
    }
    if (op === "throw") {
      return [await outcomeOf(this.#stream.throw(new Error("thrown"))), this.model.leave("thrown")];
    }
    // In this order: the model does not wait.
    const expected = this.model.next();
    return [await outcomeOf(this.#stream.next()), expected];
  }
}

async function outcomeOf(step: Promise<IteratorResult<unknown, string>>): Promise<string> {
  try {
    const { done, value } = await step;
    if (done === true) return value ?? "done";
    const item = typeof value === "function" ? (value as () => unknown)() : value;
    return (item as { text: string }).text.trimEnd();
  } catch (error) {
    return (error as Error).message;
  }
}

/** Entries in the backend, once those that are just being removed have gone. */
async function leftOver(backend: Backend): Promise<number> {
  let count = 0;
  for (let turn = 0; turn < 100; turn += 1) {
    count = 0;
    for await (const id of backend.ids()) {
      if (!isBookkeeping(id)) count += await backend.open(id).size();
    }
    if (count === 0) break;
    await setImmediate();
  }
  return count;
}

test(
  "whatever several consumers of a stream do, each gets what the method yields",
  async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        stream,
        fc.array(step, { maxLength: 60 }),
        fc.boolean(),
        async (script, steps, inParallel) => {
          const state = { running: 0, completed: 0 };
          const { sizes, failsAt, unstorableAt } = script;
          @cacheable({ id: `schedule ${(number += 1)}` })
          class Scripted {
            @cached({ onError: () => undefined }) async *all(
              _signal?: AbortSignal,
            ): AsyncGenerator<unknown, string> {
              state.running += 1;
              try {
                for (const [at, size] of sizes.entries()) {
                  if (at % 3 === 0) await setImmediate();
                  if (at === failsAt) throw new Error(`failed at ${at}`);
                  const item = { text: `item ${at}`.padEnd(size) };
                  yield at === unstorableAt ? () => item : item;
                }
                if (sizes.length === failsAt) throw new Error(`failed at ${failsAt}`);
                state.completed += 1;
                return `returned ${sizes.length}`;
              } finally {
                state.running -= 1;
              }
            }
          }
          const backend = memory();
          configure({ backend });
          const scripted = new Scripted();
          const open = (signal: AbortSignal): AsyncGenerator<unknown, string> =>
            scripted.all(signal);
          const consumers = Array.from({ length: CONSUMERS }, () => new Consumer(script, open));
          // Of one consumer the steps come one after the other, as `for await` has it.
          const queues = consumers.map(() => Promise.resolve());
          for (const { at, op } of steps) {
            const act = async (): Promise<void> => {
              if (op === "pause") return setImmediate();
              const [outcome, expected] = await (consumers[at] as Consumer).does(op);
              expect(outcome).toBe(expected);
            };
            queues[at] = (queues[at] as Promise<void>).then(act);
            if (!inParallel) await queues[at];
          }
          await Promise.all(queues);
          await Promise.all(consumers.map((consumer) => consumer.does("return")));
          for (let turn = 0; turn < 4; turn += 1) await setImmediate();
          expect(state.running).toBe(0);
          const isStorable = unstorableAt === undefined || unstorableAt >= sizes.length;
          const isKept = await memoOf(scripted, "all").has();
          expect(isKept).toBe(isStorable && state.completed > 0);
          const { completed } = state;
          if (isKept) {
            expect((await drained(scripted.all())).items).toHaveLength(sizes.length);
            expect(state.completed).toBe(completed);
          }
          if (!isKept) expect(await leftOver(backend)).toBe(0);
          await memoOf(scripted, "all").clear();
          expect(await leftOver(backend)).toBe(0);
        },
      ),
      { numRuns },
    );
  },
  patience,
);
