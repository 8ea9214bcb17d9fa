import type {
  Awaitable,
  Budget,
  Key,
  LentEntry,
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
    super(id, settings, budget && settings.eviction?.uses?.of(id));
    this.#store = store;
    store.enter();
    this.#budget = budget;
  }

  protected _lookup(key: string): Awaitable<StoredEntry | undefined> {
    return this.#store.lookup(key, this.settings.onError);
  }

  protected override _peek(key: string): Awaitable<StoredEntry | undefined> {
    return this.#store.lookup(key, this.settings.onError, true);
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
    const set = (): Awaitable<void> => {
      const written = this.#store.set(key, entry, this.settings.onError);
      return written instanceof Promise ? written.then(() => {}) : undefined;
    };
    return this.#budget === undefined ? set() : this.#budget.write(1, bytesOf(entry), set);
  }

  protected override _setAtOnce(key: string, entry: LentEntry): Awaitable<boolean> {
    // To keep within limits may take waiting.
    if (this.#budget !== undefined) return false;
    return this.#store.setAtOnce(key, entry, this.settings.onError);
  }

  protected override async _setMany(
    entries: readonly (readonly [string, StoredEntry])[],
  ): Promise<void> {
    const set = (some: typeof entries): Promise<void> =>
      this.#store.setMany(some, this.#now, this.settings.onError);
    if (this.#budget === undefined) return set(entries);
    return this.#budget.writeMany(entries, ([, entry]) => bytesOf(entry), set);
  }

  protected override async _setDefault(
    key: string,
    entry: StoredEntry,
  ): Promise<StoredEntry | undefined> {
    const set = (): Awaitable<boolean> => this.#store.set(key, entry, this.settings.onError, true);
    for (;;) {
      const budget = this.#budget;
      if (await (budget === undefined ? set() : budget.write(1, bytesOf(entry), set))) {
        return undefined;
      }
      const present = await this._lookup(key);
      if (present !== undefined && isLive(present, entry.storedAt)) return present;
      // What was there has been deleted since, or turned out to be damaged.
    }
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

  protected override _close(): Promise<void> {
    return this.#store.leave();
  }

  get #now(): number {
    return this.settings.clock.now();
  }
}

function bytesOf({ value }: StoredEntry): number {
  return value.byteLength;
}
