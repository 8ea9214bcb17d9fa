import { types } from "node:util";
import type { Awaitable } from "./awaitable.ts";
import { settle } from "./awaitable.ts";
import { mayReadBriefly } from "./decoding.ts";
import { withEncodedValue } from "./encoded-value.ts";
import { EntryCodec } from "./entry-codec.ts";
import { ClosedError } from "./errors.ts";
import type { Key } from "./key.ts";
import { decodeKey, encodeKey } from "./key.ts";
import type { LentEntry } from "./lent-value.ts";
import type { Limits } from "./limits.ts";
import { checkLimits, planEviction } from "./limits.ts";
import type {
  Entry,
  MutableMapping,
  PruneLimits,
  PruneReport,
  RecordInfo,
  SetOptions,
} from "./mutable-mapping.ts";
import type { MappingSettings } from "./settings.ts";
import type { StoredEntry, StoredRecord } from "./stored.ts";
import { hasExpired, isLive } from "./stored.ts";
import type { UseCounter } from "./uses.ts";

/**
 * What every backend's mapping builds on. The public methods check their arguments, encode keys and
 * values and decide what has expired, once; a backend fills the underscored hooks, which are given
 * canonical key texts and bytes only, and are never called on a closed mapping.
 */
export abstract class BaseMapping<K extends Key, V> implements MutableMapping<K, V> {
  readonly id: string;
  protected readonly settings: MappingSettings;
  readonly #entries: EntryCodec<V>;
  readonly #uses: UseCounter | undefined;
  #closed: Promise<void> | undefined;

  /** @param uses told of every use of an entry; undefined: nobody wants to know */
  constructor(id: string, settings: MappingSettings, uses?: UseCounter) {
    this.id = id;
    this.settings = settings;
    this.#entries = new EntryCodec(id, settings);
    this.#uses = uses;
  }

  /** The stored entry, expired or not. Unreadable bytes are reported and answered with undefined. */
  protected abstract _lookup(key: string): Awaitable<StoredEntry | undefined>;
  protected abstract _set(key: string, entry: StoredEntry): Awaitable<void>;
  /** @returns whether an entry that is live at `now` was deleted */
  protected abstract _delete(key: string, now: number): Awaitable<boolean>;
  protected abstract _clear(): Awaitable<void>;
  /**
   * Every stored record, expired ones included, in any order. Under concurrent writes no key comes
   * twice and none that is there throughout is missed.
   */
  protected abstract _records(): AsyncIterable<StoredRecord> | Iterable<StoredRecord>;
  /** Deletes each record that is still the one described, none that was written since. */
  protected abstract _evict(records: readonly StoredRecord[]): Awaitable<void>;

  /**
   * The same for one who is done with the value before control is given back to it: its memory may be used
   * again for the next. To allot fresh memory for a large value can take longer than to read it.
   */
  protected _peek(key: string): Awaitable<StoredEntry | undefined> {
    return this._lookup(key);
  }

  /**
   * Stores an entry before it returns, for the entry's bytes hold no longer. What is returned may tell of
   * work that has yet to end. @returns false, at once, where it cannot: then `_set` is called
   */
  protected _setAtOnce(_key: string, _entry: LentEntry): Awaitable<boolean> {
    return false;
  }

  /** @returns whether there is an entry that is live at `now` */
  protected _has(key: string, now: number): Awaitable<boolean> {
    return settle(this._lookup(key), (entry) => entry !== undefined && isLive(entry, now));
  }

  /** @returns how many entries are live at `now` */
  protected async _size(now: number): Promise<number> {
    let size = 0;
    for await (const record of this._records()) if (isLive(record, now)) size += 1;
    return size;
  }

  protected async _lookupMany(keys: readonly string[]): Promise<(StoredEntry | undefined)[]> {
    const entries: (StoredEntry | undefined)[] = [];
    for (const key of keys) entries.push(await this._lookup(key));
    return entries;
  }

  protected async _hasMany(keys: readonly string[], now: number): Promise<boolean[]> {
    const found: boolean[] = [];
    for (const key of keys) found.push(await this._has(key, now));
    return found;
  }

  protected async _setMany(entries: readonly (readonly [string, StoredEntry])[]): Promise<void> {
    for (const [key, entry] of entries) await this._set(key, entry);
  }

  protected async _deleteMany(keys: readonly string[], now: number): Promise<number> {
    let deleted = 0;
    for (const key of keys) if (await this._delete(key, now)) deleted += 1;
    return deleted;
  }

  /**
   * Stores the entry unless one that is live at `entry.storedAt` exists, which is then returned. As
   * it stands another process may write between the look and the write; override it to be atomic.
   */
  protected async _setDefault(key: string, entry: StoredEntry): Promise<StoredEntry | undefined> {
    const present = await this._lookup(key);
    if (present !== undefined && isLive(present, entry.storedAt)) return present;
    await this._set(key, entry);
    return undefined;
  }

  /** Notes uses that were answered elsewhere, by canonical key texts. */
  protected _touch(uses: readonly (readonly [string, number])[]): Awaitable<void> {
    for (const [key, times] of uses) this.#uses?.note(key, times);
  }

  /** The order in which `prune()` evicts: the lowest goes first. Default: those stored longest ago. */
  protected _priorities(records: readonly StoredRecord[], limits: Limits): Float64Array {
    const { eviction, clock } = this.settings;
    if (eviction === undefined) return Float64Array.from(records, ({ storedAt }) => storedAt);
    const mapping = this.id;
    const placed = records.map((record) => ({ ...record, mapping }));
    return eviction.priorities(placed, limits, clock.now());
  }

  /** Gives back the space of what was deleted. Called at the end of `prune()`. */
  protected _compact(): Awaitable<void> {}

  protected _close(): Awaitable<void> {}

  async get(key: K): Promise<V | undefined> {
    const text = this.#text(key);
    const isBrief = mayReadBriefly(this.settings.codec);
    const found = isBrief ? this._peek(text) : this._lookup(text);
    const stored = types.isPromise(found) ? await found : found;
    if (stored === undefined || hasExpired(stored, this.settings.clock)) return undefined;
    this.#uses?.note(text, 1);
    const value = this.#entries.decode(text, stored);
    const entry = types.isPromise(value) ? await value : value;
    return entry?.value;
  }

  async lookup(key: K): Promise<Entry<V> | undefined> {
    const text = this.#text(key);
    const found = this._lookup(text);
    const stored = types.isPromise(found) ? await found : found;
    if (stored === undefined || hasExpired(stored, this.settings.clock)) return undefined;
    this.#uses?.note(text, 1);
    const entry = this.#entries.decode(text, stored);
    const noted = (found: Entry<V> | undefined): Entry<V> | undefined =>
      found && withEncodedValue(found, stored.value);
    return types.isPromise(entry) ? entry.then(noted) : noted(entry);
  }

  async has(key: K): Promise<boolean> {
    return this._has(this.#text(key), this.settings.clock.now());
  }

  async set(key: K, value: V, options?: SetOptions): Promise<void> {
    const text = this.#text(key);
    const lent = this.#entries.lend(value, options);
    const isDone = lent !== undefined && this._setAtOnce(text, lent);
    if (types.isPromise(isDone) ? await isDone : isDone) return;
    const encoded = this.#entries.encode(text, value, options);
    const written = this._set(text, types.isPromise(encoded) ? await encoded : encoded);
    // Returning a promise costs two more turns of the queue of microtasks than awaiting it does.
    if (written !== undefined) await written;
  }

  async delete(key: K): Promise<boolean> {
    return this._delete(this.#text(key), this.settings.clock.now());
  }

  async clear(): Promise<void> {
    this.#checkOpen();
    return this._clear();
  }

  async size(): Promise<number> {
    this.#checkOpen();
    return this._size(this.settings.clock.now());
  }

  async *keys(): AsyncIterableIterator<K> {
    for await (const record of this.#live()) yield decodeKey(record.key) as K;
  }

  async *values(): AsyncIterableIterator<V> {
    for await (const [, value] of this.entries()) yield value;
  }

  async *entries(): AsyncIterableIterator<[K, V]> {
    for await (const record of this.#live()) {
      const stored = await this._lookup(record.key);
      if (stored === undefined || hasExpired(stored, this.settings.clock)) continue;
      const entry = await this.#entries.decode(record.key, stored);
      if (entry !== undefined) yield [decodeKey(record.key) as K, entry.value];
    }
  }

  async *records(): AsyncIterableIterator<RecordInfo<K>> {
    for await (const { key, bytes, storedAt, expiresAt, cost } of this.#live()) {
      yield { key: decodeKey(key) as K, bytes, storedAt, expiresAt, cost };
    }
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<[K, V]> {
    return this.entries();
  }

  async getMany(keys: Iterable<K>): Promise<(V | undefined)[]> {
    const texts = this.#texts(keys);
    const found = await this._lookupMany(texts);
    const now = this.settings.clock.now();
    return Promise.all(
      texts.map(async (text, index) => {
        const stored = found[index];
        if (stored === undefined || !isLive(stored, now)) return undefined;
        this.#uses?.note(text, 1);
        return (await this.#entries.decode(text, stored))?.value;
      }),
    );
  }

  async hasMany(keys: Iterable<K>): Promise<boolean[]> {
    return this._hasMany(this.#texts(keys), this.settings.clock.now());
  }

  async setMany(entries: Iterable<readonly [K, V]>, options?: SetOptions): Promise<void> {
    this.#checkOpen();
    const texts = new Map<string, V>();
    for (const [key, value] of entries) texts.set(this.#text(key), value);
    // Nothing is stored before it is known that all can be.
    const lent: [string, V, LentEntry][] = [];
    const others: [string, Awaitable<StoredEntry>][] = [];
    for (const [text, value] of texts) {
      const entry = this.#entries.lend(value, options);
      if (entry === undefined) others.push([text, this.#entries.encode(text, value, options)]);
      else lent.push([text, value, entry]);
    }
    const underWay: Promise<boolean>[] = [];
    for (const [text, value, entry] of lent) {
      const isDone = this._setAtOnce(text, entry);
      if (isDone === false) others.push([text, this.#entries.encode(text, value, options)]);
      else if (isDone !== true) underWay.push(isDone);
    }
    const encoded = others.map(async ([text, entry]): Promise<[string, StoredEntry]> => [
      text,
      await entry,
    ]);
    const [stored] = await Promise.all([Promise.all(encoded), Promise.all(underWay)]);
    return this._setMany(stored);
  }

  async deleteMany(keys: Iterable<K>): Promise<number> {
    return this._deleteMany(this.#texts(keys), this.settings.clock.now());
  }

  async touch(uses: Iterable<readonly [K, number]>): Promise<void> {
    this.#checkOpen();
    return this._touch(Array.from(uses, ([key, times]) => [encodeKey(key), times] as const));
  }

  async pop(key: K): Promise<V | undefined> {
    const entry = await this.lookup(key);
    return entry !== undefined && (await this.delete(key)) ? entry.value : undefined;
  }

  async setDefault(key: K, value: V): Promise<V> {
    const text = this.#text(key);
    const present = await this._setDefault(text, await this.#entries.encode(text, value));
    if (present === undefined) return value;
    const entry = await this.#entries.decode(text, present);
    if (entry !== undefined) return entry.value;
    await this.set(key, value);
    return value;
  }

  async prune(limits: PruneLimits = {}): Promise<PruneReport> {
    this.#checkOpen();
    const checked = checkLimits(limits, "prune");
    const records: StoredRecord[] = [];
    for await (const record of this._records()) records.push(record);
    const now = this.settings.clock.now();
    const plan = planEviction(records, checked, now, (kept) => this._priorities(kept, checked));
    const removed = [...plan.expired, ...plan.evicted];
    if (removed.length > 0) await this._evict(removed);
    await this._compact();
    return { removed: removed.length, expired: plan.expired.length, ...plan.left };
  }

  close(): Promise<void> {
    this.#closed ??= (async () => this._close())();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined || this.settings.lifetime.ended) {
      throw new ClosedError(`The mapping ${JSON.stringify(this.id)}`);
    }
  }

  #text(key: K): string {
    this.#checkOpen();
    return encodeKey(key);
  }

  #texts(keys: Iterable<K>): string[] {
    this.#checkOpen();
    return Array.from(keys, (key) => encodeKey(key));
  }

  async *#live(): AsyncIterableIterator<StoredRecord> {
    this.#checkOpen();
    for await (const record of this._records()) {
      if (isLive(record, this.settings.clock.now())) yield record;
      this.#checkOpen();
    }
  }
}
