import type { Awaitable } from "./awaitable.ts";
import type { BackendOptions } from "./backend.ts";
import { BaseBackend } from "./base-backend.ts";
import { BaseMapping } from "./base-mapping.ts";
import { isBookkeeping } from "./bookkeeping.ts";
import { Budget } from "./budget.ts";
import type { Capabilities } from "./capabilities.ts";
import type { Key } from "./key.ts";
import type { Lease } from "./lease.ts";
import { LeaseQueue } from "./lease-queue.ts";
import type { BoundedStore } from "./limit-keeper.ts";
import { LimitKeeper } from "./limit-keeper.ts";
import type { Usage } from "./limits.ts";
import type { MappingSettings } from "./settings.ts";
import type { PlacedRecord, StoredEntry, StoredRecord } from "./stored.ts";
import { isLive } from "./stored.ts";

/**
 * Keeps everything in this process's memory, as encoded bytes, and forgets it with the process. The
 * reference of what every other backend must do.
 */
export function memory(options: BackendOptions = {}): MemoryBackend {
  return new MemoryBackend(options);
}

/** The backend that `memory()` makes. */
export class MemoryBackend extends BaseBackend {
  readonly supports: Capabilities = {
    permanence: false,
    sharedAccess: false,
    snapshots: true,
    atomicBulk: true,
    cheapRecords: true,
    durableWrites: false,
  };
  readonly #stores = new Map<string, MemoryStore>();
  readonly #leases = new LeaseQueue();
  readonly #totals = new Totals();
  readonly #budget: Budget | undefined;

  constructor(options: BackendOptions = {}) {
    super(options, "memory");
    const { eviction, clock } = this.settings;
    if (eviction?.limits === undefined) return;
    const store: BoundedStore = {
      usage: () => this.#totals,
      placedRecords: () => this.#placedRecords(),
      evict: (records) => this.#evict(records),
      alone: (work) => work(),
    };
    const keeper = new LimitKeeper(eviction, eviction.limits, store, () => clock.now());
    this.#budget = new Budget(eviction.limits, () => keeper.keep());
  }

  protected _open<K extends Key, V>(id: string, settings: MappingSettings): BaseMapping<K, V> {
    let store = this.#stores.get(id);
    const counts = !isBookkeeping(id);
    if (store === undefined) {
      store = new MemoryStore(counts ? this.#totals : new Totals());
      this.#stores.set(id, store);
    }
    return new MemoryMapping<K, V>(id, settings, store, counts ? this.#budget : undefined);
  }

  protected *_ids(): Iterable<string> {
    for (const [id, store] of this.#stores) if (store.exists) yield id;
  }

  protected _drop(id: string): boolean {
    return this.#stores.get(id)?.drop() ?? false;
  }

  protected _lease(name: string, signal: AbortSignal | undefined): Promise<Lease> {
    return this.#leases.acquire(name, signal);
  }

  protected override _close(): void {
    this.#stores.clear();
  }

  *#placedRecords(): Iterable<PlacedRecord> {
    for (const [mapping, store] of this.#stores) {
      if (isBookkeeping(mapping)) continue;
      for (const record of store.records()) yield { ...record, mapping };
    }
  }

  #evict(records: readonly PlacedRecord[]): void {
    for (const record of records) this.#stores.get(record.mapping)?.evict(record);
  }
}

class Totals implements Usage {
  entries = 0;
  bytes = 0;
}

/** The entries of one id, which all handles of that id share. */
class MemoryStore {
  /** Written to at least once since it was made or dropped. */
  exists = false;
  readonly #entries = new Map<string, StoredEntry>();
  readonly #totals: Totals;

  constructor(totals: Totals) {
    this.#totals = totals;
  }

  get(key: string): StoredEntry | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: StoredEntry): void {
    this.delete(key);
    this.exists = true;
    this.#entries.set(key, entry);
    this.#totals.entries += 1;
    this.#totals.bytes += entry.value.byteLength;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#totals.entries -= 1;
    this.#totals.bytes -= entry.value.byteLength;
  }

  evict(record: StoredRecord): void {
    if (this.#entries.get(record.key)?.storedAt === record.storedAt) this.delete(record.key);
  }

  clear(): void {
    for (const key of Array.from(this.#entries.keys())) this.delete(key);
  }

  drop(): boolean {
    const existed = this.exists;
    this.clear();
    this.exists = false;
    return existed;
  }

  records(): StoredRecord[] {
    return Array.from(this.#entries, ([key, { value, storedAt, expiresAt, cost }]) => ({
      key,
      bytes: value.byteLength,
      storedAt,
      expiresAt,
      cost,
    }));
  }
}

class MemoryMapping<K extends Key, V> extends BaseMapping<K, V> {
  readonly #store: MemoryStore;
  readonly #budget: Budget | undefined;

  constructor(
    id: string,
    settings: MappingSettings,
    store: MemoryStore,
    budget: Budget | undefined,
  ) {
    super(id, settings, budget && settings.eviction?.uses?.of(id));
    this.#store = store;
    this.#budget = budget;
  }

  protected _lookup(key: string): StoredEntry | undefined {
    return this.#store.get(key);
  }

  protected _set(key: string, entry: StoredEntry): Awaitable<void> {
    if (this.#budget === undefined) return this.#store.set(key, entry);
    return this.#budget.write(1, entry.value.byteLength, () => this.#store.set(key, entry));
  }

  protected override async _setMany(
    entries: readonly (readonly [string, StoredEntry])[],
  ): Promise<void> {
    const bytes = entries.reduce((sum, [, entry]) => sum + entry.value.byteLength, 0);
    const write = (): void => {
      for (const [key, entry] of entries) this.#store.set(key, entry);
    };
    await (this.#budget === undefined ? write() : this.#budget.write(entries.length, bytes, write));
  }

  protected override async _setDefault(
    key: string,
    entry: StoredEntry,
  ): Promise<StoredEntry | undefined> {
    const write = (): StoredEntry | undefined => {
      const present = this.#store.get(key);
      if (present !== undefined && isLive(present, entry.storedAt)) return present;
      this.#store.set(key, entry);
      return undefined;
    };
    return this.#budget === undefined
      ? write()
      : this.#budget.write(1, entry.value.byteLength, write);
  }

  protected _delete(key: string, now: number): boolean {
    const entry = this.#store.get(key);
    if (entry === undefined) return false;
    this.#store.delete(key);
    return isLive(entry, now);
  }

  protected override async _deleteMany(keys: readonly string[], now: number): Promise<number> {
    return keys.filter((key) => this._delete(key, now)).length;
  }

  protected _clear(): void {
    this.#store.clear();
  }

  protected _records(): Iterable<StoredRecord> {
    return this.#store.records();
  }

  protected _evict(records: readonly StoredRecord[]): void {
    for (const record of records) this.#store.evict(record);
  }
}
