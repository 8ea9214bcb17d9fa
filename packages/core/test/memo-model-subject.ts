import { isDeepStrictEqual } from "node:util";
import { ManualClock, memory } from "@class-cache/mapping";
import type { Backend } from "@class-cache/mapping";
import {
  cacheable,
  cached,
  configure,
  invalidateTags,
  memoOf,
  resetStats,
  stats,
} from "@class-cache/core";
import type { MemoHandle } from "@class-cache/core";
import type { Computation, Counts } from "./memo-model-flight.ts";
import { countNames } from "./memo-model-flight.ts";
import type { Setup, Value } from "./memo-model-setup.ts";
import { argOf, errorOf, optionsOf, valueOf } from "./memo-model-setup.ts";
import { sharedMemory } from "./shared-memory.ts";

interface Running {
  readonly key: string;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
}

type Work = (key: number, signal?: AbortSignal) => Promise<Value>;

interface Worker {
  readonly name: string;
  work: Work;
}

const METHOD = "Modelled.work";

/** A decorated method on two instances whose computations go on until they are told to end. */
export class MemoSubject {
  readonly clock: ManualClock = new ManualClock(0);
  /**
   * The counts that are the same in every order. Where who joined has to look once more, and another process
   * has waited for its turn, one has from the backend what the other, who goes on after it, has from memory.
   */
  readonly comparable: readonly (keyof Counts)[];
  readonly #backend: Backend;
  readonly #isolates: boolean;
  readonly #workers: ReadonlyMap<string, Worker>;
  readonly #running = new Map<number, Running>();
  readonly #calls: string[] = [];
  readonly #controllers: (AbortController | undefined)[] = [];
  #computed = 0;

  constructor(setup: Setup, isShared: boolean) {
    this.#isolates = setup.isolate !== false;
    const isOrdered = !isShared || setup.tags === undefined;
    this.comparable = countNames.filter((name) => isOrdered || name !== "memoryHits");
    this.#backend = isShared ? sharedMemory() : memory();
    configure({ backend: this.#backend, clock: this.clock, onError: undefined });
    resetStats();
    const Class = modelled(setup, (name, key, signal) => this.#compute(name, key, signal));
    this.#workers = new Map(["a", "b"].map((name) => [name, new Class(name)]));
  }

  /** From here on the backend knows that it counts invalidations. */
  async begin(): Promise<void> {
    await this.invalidateTags(["never given"]);
  }

  call(key: string, forced: boolean, signal: "none" | "given" | "aborted"): void {
    const controller = signal === "none" ? undefined : new AbortController();
    const id = this.#calls.length;
    this.#controllers.push(controller);
    if (signal === "aborted") controller?.abort(new Error(`left ${id}`));
    this.#calls.push("pending");
    const call: Work = forced
      ? (...args) => this.#memo(key).refresh(...args)
      : (...args) => this.#worker(key).work(...args);
    call(argOf(key), controller?.signal).then(
      (value) => {
        this.#calls[id] = this.#seen(value);
      },
      (error: unknown) => {
        this.#calls[id] = `error ${(error as Error).message}`;
      },
    );
  }

  abort(call: number): void {
    this.#controllers[call]?.abort(new Error(`left ${call}`));
  }

  settle(computation: number, fails: boolean): void {
    const running = this.#running.get(computation);
    if (running === undefined) throw new Error(`No computation ${computation} is running.`);
    this.#running.delete(computation);
    if (fails) running.reject(errorOf(computation));
    else running.resolve(valueOf(computation));
  }

  async set(key: string, n: number): Promise<void> {
    const value = valueOf(n);
    await this.#memo(key).set([argOf(key)], value);
    if (this.#isolates) value.items.push(-1);
  }

  async invalidate(key: string): Promise<boolean> {
    return this.#memo(key).invalidate(argOf(key));
  }

  async expire(key: string): Promise<boolean> {
    return this.#memo(key).expire(argOf(key));
  }

  async clear(): Promise<void> {
    await this.#memo("a0").clear();
  }

  async invalidateTags(tags: readonly string[]): Promise<void> {
    await invalidateTags(tags, { backend: this.#backend });
  }

  configure(): void {
    configure({ backend: this.#backend });
  }

  calls(): readonly string[] {
    return [...this.#calls];
  }

  running(): readonly Computation[] {
    return Array.from(this.#running, ([id, { key, signal }]) => ({
      id,
      key,
      signal: signal === undefined ? "none" : signal.aborted ? "aborted" : "given",
    }));
  }

  counts(): Counts {
    const counted = stats().methods[METHOD];
    return Object.fromEntries(countNames.map((name) => [name, counted?.[name] ?? 0])) as Counts;
  }

  /** What is remembered, as the handle tells it. */
  async remembered(key: string): Promise<{ readonly peek: string; readonly has: boolean }> {
    const memo = this.#memo(key);
    const has = await memo.has(argOf(key));
    const value = await memo.peek(argOf(key));
    return { peek: value === undefined ? "nothing" : this.#seen(value), has };
  }

  #worker(key: string): Worker {
    return this.#workers.get(key.charAt(0)) as Worker;
  }

  #memo(key: string): MemoHandle<Work> {
    return memoOf(this.#worker(key), "work");
  }

  #compute(name: string, key: number, signal: AbortSignal | undefined): Promise<Value> {
    this.#computed += 1;
    const id = this.#computed;
    return new Promise((resolve, reject) => {
      this.#running.set(id, { key: `${name}${key}`, signal, resolve, reject });
    });
  }

  /** Tells what a caller got, who then changes it. */
  #seen(value: Value): string {
    if (!isDeepStrictEqual(value, valueOf(value.n))) return `spoilt ${JSON.stringify(value)}`;
    if (this.#isolates) value.items.push(-1);
    return `value ${value.n}`;
  }
}

function modelled(
  setup: Setup,
  compute: (name: string, key: number, signal: AbortSignal | undefined) => Promise<Value>,
): new (name: string) => Worker {
  @cacheable({ id: "Modelled" })
  class Modelled implements Worker {
    readonly name: string;

    constructor(name: string) {
      this.name = name;
    }

    @cached(optionsOf(setup))
    async work(key: number, signal?: AbortSignal): Promise<Value> {
      return compute(this.name, key, signal);
    }
  }
  return Modelled;
}
