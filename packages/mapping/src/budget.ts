import type { Awaitable } from "./awaitable.ts";
import type { PruneLimits } from "./mutable-mapping.ts";
import type { Limits, Usage } from "./limits.ts";
import { checkLimits, planEviction } from "./limits.ts";
import type { StoredRecord } from "./stored.ts";

/** A record and the mapping it lies in. */
export interface PlacedRecord extends StoredRecord {
  readonly mapping: string;
}

/** What a budget asks of the backend that it keeps within its limits. */
export interface BudgetedStore {
  /** What all mappings hold. */
  usage(): Awaitable<Usage>;
  /** Every record of all mappings. */
  placedRecords(): Awaitable<Iterable<PlacedRecord>>;
  /** Deletes each record that is still the one described. */
  evict(records: readonly PlacedRecord[]): Awaitable<void>;
}

/** Share of a limit that may be written between two looks, and that one eviction frees. */
const SLACK = 0.02;

/**
 * Keeps a backend within `maxBytes` and `maxEntries`. It looks at the store's usage once so much has
 * been written since the last look that the limit could be passed by more than the slack, and then
 * evicts the slack in one go, so that the cost of an eviction is spread over many writes.
 */
export class Budget {
  readonly #limits: Limits;
  readonly #store: BudgetedStore;
  readonly #now: () => number;
  /** Writes allowed before the next look. */
  #entriesLeft = 0;
  #bytesLeft = 0;
  /** More has been written than the last look allowed for. */
  #due = false;
  #running: Promise<void> | undefined;

  private constructor(limits: Limits, store: BudgetedStore, now: () => number) {
    this.#limits = limits;
    this.#store = store;
    this.#now = now;
  }

  /** @returns undefined when the options set no limit */
  static of(
    options: PruneLimits,
    where: string,
    store: BudgetedStore,
    now: () => number,
  ): Budget | undefined {
    const limits = checkLimits(options, where);
    if (limits.maxBytes === Infinity && limits.maxEntries === Infinity) return undefined;
    return new Budget({ ...limits, maxAge: Infinity }, store, now);
  }

  /** Called after a write; resolves when the store is within its limits again. */
  spend(entries: number, bytes: number): Awaitable<void> {
    this.#entriesLeft -= entries;
    this.#bytesLeft -= bytes;
    if (this.#entriesLeft >= 0 && this.#bytesLeft >= 0) return undefined;
    this.#due = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    // What is written while a look is under way may not be in what it sees.
    while (this.#due) {
      this.#due = false;
      await this.#keep();
    }
  }

  async #keep(): Promise<void> {
    const { maxBytes, maxEntries } = this.#limits;
    let usage = await this.#store.usage();
    if (usage.entries > maxEntries || usage.bytes > maxBytes) {
      const target = { ...this.#limits, maxBytes: below(maxBytes), maxEntries: below(maxEntries) };
      const plan = planEviction(await this.#store.placedRecords(), target, this.#now());
      await this.#store.evict([...plan.expired, ...plan.evicted]);
      usage = plan.left;
    }
    this.#entriesLeft = Math.min(maxEntries - usage.entries, maxEntries * SLACK);
    this.#bytesLeft = Math.min(maxBytes - usage.bytes, maxBytes * SLACK);
  }
}

function below(limit: number): number {
  return limit === Infinity ? Infinity : Math.floor(limit * (1 - SLACK));
}
