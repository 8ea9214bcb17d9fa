import type { Key } from "./key.ts";

/** What an entry may carry beside its value. */
export interface SetOptions {
  /** When the entry ceases to exist, in milliseconds since the epoch. Default: never. */
  readonly expiresAt?: number | undefined;
  /** What computing the value took, in milliseconds. Eviction keeps what is dear. Default: unknown. */
  readonly cost?: number | undefined;
}

/** A stored entry, told apart from absence even when its value is `undefined`. */
export interface Entry<V> {
  readonly value: V;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  /** Milliseconds since the epoch; undefined: never. */
  readonly expiresAt: number | undefined;
  /** Milliseconds that the value took to compute; undefined: unknown. */
  readonly cost: number | undefined;
}

/** What is known of an entry without reading its value. */
export interface RecordInfo<K> {
  readonly key: K;
  /** Size of the encoded value. */
  readonly bytes: number;
  readonly storedAt: number;
  readonly expiresAt: number | undefined;
  readonly cost: number | undefined;
}

/** What is to remain after `prune()`. Expired entries always go. */
export interface PruneLimits {
  /** Encoded values may take so many bytes in total. */
  readonly maxBytes?: number | undefined;
  readonly maxEntries?: number | undefined;
  /** Entries stored longer ago than this, in milliseconds, go. */
  readonly maxAge?: number | undefined;
}

/** What `prune()` did and what it left. */
export interface PruneReport {
  /** Entries removed, the expired ones included. */
  readonly removed: number;
  /** Of those, the ones that had expired. */
  readonly expired: number;
  /** Entries left. */
  readonly entries: number;
  /** Bytes of the encoded values left. */
  readonly bytes: number;
}

/**
 * An asynchronous mapping from keys, compared by value, to values. Entries that have expired do not
 * exist for any operation.
 */
export interface MutableMapping<K extends Key, V> extends AsyncIterable<[K, V]>, AsyncDisposable {
  readonly id: string;

  get(key: K): Promise<V | undefined>;
  /** Tells a stored `undefined` from absence. */
  lookup(key: K): Promise<Entry<V> | undefined>;
  has(key: K): Promise<boolean>;
  set(key: K, value: V, options?: SetOptions): Promise<void>;
  /** @returns true when something was deleted */
  delete(key: K): Promise<boolean>;
  clear(): Promise<void>;
  /** The exact number of live entries. */
  size(): Promise<number>;

  /** Stable under concurrent writes: no entry twice, none that was there throughout missed. */
  keys(): AsyncIterableIterator<K>;
  values(): AsyncIterableIterator<V>;
  entries(): AsyncIterableIterator<[K, V]>;
  /** Entries without their values. */
  records(): AsyncIterableIterator<RecordInfo<K>>;

  /** Aligned with the keys given. */
  getMany(keys: Iterable<K>): Promise<(V | undefined)[]>;
  /** Aligned with the keys given. */
  hasMany(keys: Iterable<K>): Promise<boolean[]>;
  /** Of a key given twice the last value stays. */
  setMany(entries: Iterable<readonly [K, V]>, options?: SetOptions): Promise<void>;
  /** @returns how many entries were deleted */
  deleteMany(keys: Iterable<K>): Promise<number>;

  /** Deletes the entry and returns its value; undefined when there is none. */
  pop(key: K): Promise<V | undefined>;
  /** The entry's value; where there is none, `value` is stored and returned. */
  setDefault(key: K, value: V): Promise<V>;

  /**
   * Removes what has expired, what is past `maxAge`, and of the rest, while it is beyond the other
   * limits, what the backend's eviction policy gives up first.
   */
  prune(limits?: PruneLimits): Promise<PruneReport>;
  /**
   * Tells how often entries were used by callers who kept their values, so that eviction counts those
   * uses as if they had been look-ups. Of use where the backend is `bounded`.
   */
  touch?(uses: Iterable<readonly [K, number]>): Promise<void>;
  /** Ends this handle. Entries stay. Closing twice does nothing. */
  close(): Promise<void>;
}
