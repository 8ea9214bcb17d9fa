import { OptionError } from "@class-cache/mapping";
import type { Explanation } from "../memo/explanation.ts";
import type { Memo } from "../memo/memo.ts";
import type { AnyMethod, Loose } from "../options/only-async.ts";
import type { ArgumentsOf, ResultOf } from "../options/signatures.ts";
import type { StreamMemo } from "../stream/stream-memo.ts";

/** What can be done with the remembered results of a method or function, beside calling it. */
export interface MemoHandle<Method extends AnyMethod> {
  /** The canonical text that stands for a call. @throws UnkeyableError */
  key(...args: ArgumentsOf<Method>): string;
  /** Whether the call would be answered from what is remembered. */
  has(...args: ArgumentsOf<Method>): Promise<boolean>;
  /** What is remembered; undefined also when nothing is. Computes nothing. */
  peek<Args extends ArgumentsOf<Method>>(
    ...args: Args
  ): Promise<Awaited<ResultOf<Method, Args>> | undefined>;
  /** Remembers a value as if the call had returned it; the options `ttl` and `memory` hold. */
  set<const Args extends ArgumentsOf<Method>>(
    args: Args,
    value: Awaited<ResultOf<Method, Args>>,
  ): Promise<void>;
  /** Computes and stores anew. Answers as the call does. */
  refresh<Args extends ArgumentsOf<Method>>(...args: Args): ResultOf<Method, Args>;
  /** Forgets one call's result. @returns whether there was one */
  invalidate(...args: ArgumentsOf<Method>): Promise<boolean>;
  /**
   * Makes one call's result stale, as if its time had run out: options about stale results apply to it.
   * Without such options it is forgotten. @returns whether there was one
   */
  expire(...args: ArgumentsOf<Method>): Promise<boolean>;
  /**
   * Whether the call would be a hit, stale or a miss, and why: what in it differs from the nearest stored
   * call, or what became of its result. Computes nothing, and is counted nowhere.
   */
  explain(...args: ArgumentsOf<Method>): Promise<Explanation>;
  /** Forgets the results of all calls: for a method, on all instances of the class. */
  clear(): Promise<void>;
}

/** What can be done for all instances of a class at once. */
export type ClassMemoHandle = Pick<MemoHandle<AnyMethod>, "clear">;

type Args = readonly unknown[];

/** The handle of a memo, for calls on one instance (undefined for functions). */
export class InstanceMemoHandle implements MemoHandle<AnyMethod> {
  readonly #memo: Memo | StreamMemo;
  readonly #instance: unknown;

  constructor(memo: Memo | StreamMemo, instance: unknown) {
    this.#memo = memo;
    this.#instance = instance;
  }

  key(...args: Args): string {
    return this.#memo.key(this.#instance, args);
  }

  async has(...args: Args): Promise<boolean> {
    return this.#memo.remembering.has(this.key(...args));
  }

  async peek(...args: Args): Promise<Loose> {
    return this.#memo.remembering.peek(this.key(...args));
  }

  async set(args: Args, value: unknown): Promise<void> {
    if (!Array.isArray(args)) {
      throw new OptionError("set(args)", "an array of the call's arguments", args);
    }
    const call = { key: this.key(...(args as Args)), instance: this.#instance, args: args as Args };
    await this.#memo.remembering.set(call, value);
  }

  /** A promise or, of a method that yields, a generator at once. */
  refresh(...args: Args): Loose {
    return this.#memo.refresh(this.#instance, args);
  }

  async invalidate(...args: Args): Promise<boolean> {
    return this.#memo.remembering.delete(this.key(...args));
  }

  async expire(...args: Args): Promise<boolean> {
    return this.#memo.remembering.expire(this.key(...args));
  }

  async explain(...args: Args): Promise<Explanation> {
    return this.#memo.explain(this.#instance, args);
  }

  async clear(): Promise<void> {
    await this.#memo.remembering.clear();
  }
}
