import type {
  Awaitable,
  Budget,
  Key,
  MappingSettings,
  StoredEntry,
  StoredRecord,
} from "@class-cache/mapping";
import { BaseMapping, isLive } from "@class-cache/mapping";
import type { BlockStore } from "./block-store.ts";

/** A handle of a mapping that lies in a block store. */
export class BlockMapping<K extends Key, V> extends BaseMapping<K, V> {
  readonly #store: BlockStore;
  readonly #budget: Budget | undefined;

  constructor(
    id: string,
    settings: MappingSettings,
    store: BlockStore,
    budget: Budget | undefined,
  ) {
    super(id, settings);
    this.#store = store;
    this.#budget = budget;
  }

  protected _lookup(key: string): Awaitable<StoredEntry | undefined> {
    return this.#store.lookup(key, this.settings.onError);
  }

  protected override _has(key: string, now: number): boolean {
    return this.#store.has(key, now, this.settings.onError);
  }

  protected override async _size(now: number): Promise<number> {
    return this.#store.size(now, this.settings.onError);
  }

  protected _records(): Iterable<StoredRecord> {
    return this.#store.records(this.settings.onError);
  }

  protected _set(key: string, entry: StoredEntry): Awaitable<void> {
    const written = this.#store.set(key, entry, this.settings.onError);
    const budget = this.#budget;
    if (budget === undefined)
      return written instanceof Promise ? written.then(() => {}) : undefined;
    if (!(written instanceof Promise)) return budget.spend(1, entry.value.byteLength);
    return written.then(() => budget.spend(1, entry.value.byteLength));
  }

  protected override async _setMany(
    entries: readonly (readonly [string, StoredEntry])[],
  ): Promise<void> {
    await this.#store.setMany(entries, this.#now, this.settings.onError);
    const bytes = entries.reduce((sum, [, entry]) => sum + entry.value.byteLength, 0);
    await this.#budget?.spend(entries.length, bytes);
  }

  protected override async _setDefault(
    key: string,
    entry: StoredEntry,
  ): Promise<StoredEntry | undefined> {
    while (!(await this.#store.set(key, entry, this.settings.onError, true))) {
      const present = await this._lookup(key);
      if (present !== undefined && isLive(present, entry.storedAt)) return present;
      // What was there has been deleted since, or turned out to be damaged.
    }
    await this.#budget?.spend(1, entry.value.byteLength);
    return undefined;
  }

  protected _delete(key: string, now: number): Awaitable<boolean> {
    return this.#store.delete(key, now, this.settings.onError);
  }

  protected override _deleteMany(keys: readonly string[], now: number): Promise<number> {
    return this.#store.deleteMany(keys, now, this.settings.onError);
  }

  protected _clear(): Promise<void> {
    return this.#store.clear(this.settings.onError);
  }

  protected _evict(records: readonly StoredRecord[]): Promise<void> {
    return this.#store.evict(records, this.#now, this.settings.onError);
  }

  protected override _compact(): Promise<void> {
    return this.#store.compact(this.#now, this.settings.onError);
  }

  get #now(): number {
    return this.settings.clock.now();
  }
}
