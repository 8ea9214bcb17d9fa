import { types } from "node:util";
import type { Awaitable } from "./awaitable.ts";
import type { Eviction } from "./eviction.ts";
import type { Limits, Usage } from "./limits.ts";
import { planEviction } from "./limits.ts";
import type { PlacedRecord } from "./stored.ts";

/** What is asked of a store that is kept within limits. Mappings of bookkeeping do not belong to it. */
export interface BoundedStore {
  /** What all mappings hold. */
  usage(): Awaitable<Usage>;
  /** Every record, or as many at least, taken at random. */
  placedRecords(atLeast: number): Awaitable<Iterable<PlacedRecord>>;
  /** Deletes each record that is still the one described. */
  evict(records: readonly PlacedRecord[]): Awaitable<void>;
  /** Runs the work while no other process runs such work on the store. */
  alone(work: () => Promise<Usage>): Promise<Usage>;
}

/** Share of a limit that one eviction frees below it, so that not every write has to evict. */
const MOST_FREED = 0.02;
const LEAST_FREED = 0.001;
/** An eviction of so many entries is worth its look at the store: more would only take longer. */
const ENTRIES_FREED = 1000;

/** Records among which each that is evicted is chosen, at least. */
const CHOICE = 10;
const LEAST_CHOICE = 2000;

/** Evictions in a row, each of which found the limits passed all the same: others write faster. */
const MOST_ROUNDS = 20;

/** Brings a store back within `maxBytes` and `maxEntries`. */
export class LimitKeeper {
  readonly #limits: Limits;
  readonly #eviction: Eviction;
  readonly #store: BoundedStore;
  readonly #now: () => number;

  constructor(eviction: Eviction, limits: Limits, store: BoundedStore, now: () => number) {
    this.#eviction = eviction;
    this.#limits = limits;
    this.#store = store;
    this.#now = now;
  }

  /** @returns what the store then holds; at once where nothing has to go and that is known at once */
  keep(): Awaitable<Usage> {
    const usage = this.#store.usage();
    return types.isPromise(usage) ? usage.then((found) => this.#judge(found)) : this.#judge(usage);
  }

  #judge(usage: Usage): Awaitable<Usage> {
    return this.#isPassed(usage) ? this.#store.alone(() => this.#evictUntilWithin()) : usage;
  }

  async #evictUntilWithin(): Promise<Usage> {
    for (let round = 0; ; round += 1) {
      const usage = await this.#store.usage();
      if (!this.#isPassed(usage) || round === MOST_ROUNDS) return usage;
      await this.#evict(usage);
    }
  }

  async #evict(usage: Usage): Promise<void> {
    const { maxBytes, maxEntries } = this.#limits;
    const share = Math.min(MOST_FREED, Math.max(LEAST_FREED, ENTRIES_FREED / usage.entries));
    const entriesToGo = Math.max(0, usage.entries - below(maxEntries, share));
    const bytesToGo = Math.max(0, usage.bytes - below(maxBytes, share));
    const shareToGo = Math.max(entriesToGo / usage.entries, bytesToGo / usage.bytes || 0);
    const choice = Math.max(LEAST_CHOICE, CHOICE * shareToGo * usage.entries);
    const records = Array.from(await this.#store.placedRecords(Math.ceil(choice)));
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
    const now = this.#now();
    const target = {
      maxEntries: maxEntries === Infinity ? Infinity : Math.max(0, records.length - entriesToGo),
      maxBytes: maxBytes === Infinity ? Infinity : Math.max(0, bytes - bytesToGo),
      maxAge: Infinity,
    };
    const { expired, evicted, highest } = planEviction(records, target, now, (kept) =>
      this.#eviction.priorities(kept, this.#limits, now),
    );
    await this.#store.evict([...expired, ...evicted]);
    this.#eviction.evicted(evicted, highest, now);
  }

  #isPassed({ entries, bytes }: Usage): boolean {
    return entries > this.#limits.maxEntries || bytes > this.#limits.maxBytes;
  }
}

function below(limit: number, share: number): number {
  return limit === Infinity ? Infinity : Math.floor(limit * (1 - share));
}
