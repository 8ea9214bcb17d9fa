import type { Setup } from "./memo-model-setup.ts";
import { argOf, errorOf, valueOf } from "./memo-model-setup.ts";

/** What the reference model has remembered of one call. */
export interface Entry {
  /** Of the value or, where it failed, of the error. */
  readonly n: number;
  readonly failed: boolean;
  readonly storedAt: number;
  readonly freshUntil: number;
  readonly tags: readonly string[];
  /** How many invalidations had been told of when its computation began. */
  readonly toldOf: number;
}

/** What an entry may serve for. */
export type Use = "fresh" | "due" | "stale" | "fallback" | "nothing";

interface Failures {
  readonly count: number;
  readonly retryAt: number;
}

/** What the reference model remembers: results, tags that ended, failures that make it pause. */
export class ModelRemembered {
  now = 0;
  readonly #setup: Setup;
  readonly #entries = new Map<string, Entry>();
  /** How many invalidations had been told of when a tag was last invalidated, that one included. */
  readonly #tagEnds = new Map<string, number>();
  readonly #failures = new Map<string, Failures>();

  constructor(setup: Setup) {
    this.#setup = setup;
  }

  useOf({ failed, storedAt, freshUntil }: Entry): Use {
    const { staleWhileRevalidate = 0, staleIfError = 0 } = this.#setup;
    const { now } = this;
    if (now < this.#quickUntil(storedAt, freshUntil)) return "fresh";
    if (now < freshUntil) return failed ? "fresh" : "due";
    if (failed) return "nothing";
    if (now < freshUntil + staleWhileRevalidate) return "stale";
    return now < freshUntil + staleIfError ? "fallback" : "nothing";
  }

  recall(key: string): { readonly peek: string; readonly has: boolean } {
    const entry = this.lookup(key);
    const has = entry !== undefined && !entry.failed;
    return { peek: has ? `value ${entry.n}` : "nothing", has };
  }

  /** What may serve for something. */
  lookup(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.useOf(entry) === "nothing") return undefined;
    return this.isInvalidated(entry) ? undefined : entry;
  }

  /** Something is stored of which it is not said whether it counts as remembered. */
  isLingering(key: string): boolean {
    return this.#entries.has(key) && this.lookup(key) === undefined;
  }

  isInvalidated({ tags, toldOf }: Pick<Entry, "tags" | "toldOf">): boolean {
    return tags.some((tag) => (this.#tagEnds.get(tag) ?? 0) > toldOf);
  }

  quickUntil({ storedAt, freshUntil }: Entry): number {
    return this.#quickUntil(storedAt, freshUntil);
  }

  /** For how long a result is fresh. */
  lifetimeOf(n: number): number {
    const { ttl = Infinity } = this.#setup;
    return typeof ttl === "number" ? ttl : ttl(valueOf(n));
  }

  /** For how long an error is. */
  errorLifetimeOf(n: number): number {
    const { cacheErrors = false, ttl = Infinity } = this.#setup;
    if (typeof cacheErrors === "function") return cacheErrors(errorOf(n));
    return cacheErrors ? (ttl as number) : 0;
  }

  /** An entry that was just made. */
  made(key: string, n: number, lifetime: number, toldOf: number): Entry {
    return {
      n,
      failed: false,
      storedAt: this.now,
      freshUntil: this.now + lifetime,
      tags: this.#setup.tags?.(valueOf(n), [argOf(key)]) ?? [],
      toldOf,
    };
  }

  store(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  endTags(tags: readonly string[], toldOf: number): void {
    for (const tag of tags) this.#tagEnds.set(tag, toldOf);
  }

  /** @returns whether there was a result, which stays only where stale results are of use */
  expire(key: string): boolean {
    const { staleWhileRevalidate = 0, staleIfError = 0 } = this.#setup;
    const entry = this.lookup(key);
    const existed = entry !== undefined && !entry.failed;
    if (!existed || Math.max(staleWhileRevalidate, staleIfError) === 0) this.forget(key);
    else {
      const freshUntil = Math.min(entry.freshUntil, this.now);
      this.store(key, { ...entry, freshUntil, storedAt: this.now });
    }
    return existed;
  }

  /** After a failure a stale result is the answer at once for a second, then two, up to a minute. */
  isPausing(key: string): boolean {
    const left = (this.#failures.get(key)?.retryAt ?? -Infinity) - this.now;
    // A longer time is one of a clock that was ahead.
    return left > 0 && left <= 60_000;
  }

  failed(key: string): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const pause = Math.min(1000 * 2 ** (count - 1), 60_000);
    this.#failures.set(key, { count, retryAt: this.now + pause });
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** The instants at which something changes. */
  boundaries(): readonly number[] {
    const { staleWhileRevalidate = 0, staleIfError = 0 } = this.#setup;
    const found = new Set<number>();
    for (const { storedAt, freshUntil } of this.#entries.values()) {
      found.add(this.#quickUntil(storedAt, freshUntil)).add(freshUntil);
      found.add(freshUntil + staleWhileRevalidate).add(freshUntil + staleIfError);
    }
    for (const { retryAt } of this.#failures.values()) found.add(retryAt);
    return [...found].filter((at) => at !== Infinity);
  }

  /** Until when a result is fresh and need not be computed ahead. */
  #quickUntil(storedAt: number, freshUntil: number): number {
    const { refreshAhead = 0 } = this.#setup;
    if (refreshAhead === 0 || freshUntil === Infinity) return freshUntil;
    const share = (freshUntil - storedAt) * refreshAhead;
    return freshUntil - (refreshAhead < 1 ? share : refreshAhead);
  }
}
